//===- Memory.h - The memory and the stream of the fake GPU -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_FAKECUDA_MEMORY_H
#define WAVRT_TEST_FAKECUDA_MEMORY_H

#include <cstdint>
#include <functional>
#include <string>

namespace wavrt::test {

/// The host's copy of device memory. Ends the process on an address that is
/// not allocated.
std::byte *toHost(uintptr_t address);
template <typename T> T *toHost(const void *address) {
  return reinterpret_cast<T *>(toHost(reinterpret_cast<uintptr_t>(address)));
}

/// Does `work` when the stream is waited for, or adds it to the graph that is
/// being captured.
void enqueue(std::function<void()> work);

/// Notes a call; returns the failure that is set for it, or 0.
int note(const std::string &function, const std::string &text = "");

} // namespace wavrt::test

#endif // WAVRT_TEST_FAKECUDA_MEMORY_H
