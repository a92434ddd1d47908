//===- ReadFile.h - Reading files that may be absent ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_CHECKPOINT_READFILE_H
#define WAVRT_CHECKPOINT_READFILE_H

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace wavrt {

/// Calls `use` with the bytes of a file, piece by piece. Returns false if there
/// is no such regular file; throws Error if there is one and it cannot be read,
/// which says nothing about its contents. It is read, not mapped: a mapping
/// answers a failing disk with a signal.
bool readFile(const std::filesystem::path &path,
              const std::function<void(std::span<const std::byte>)> &use);

} // namespace wavrt

#endif // WAVRT_CHECKPOINT_READFILE_H
