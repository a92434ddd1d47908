//===- State.h - state.json -------------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_CHECKPOINT_STATE_H
#define WAVRT_CHECKPOINT_STATE_H

#include "wavrt/checkpoint.h"

namespace wavrt {

using FileDigests = std::map<std::string, FileDigest>;

/// The text of state.json, with the digests of the files beside it.
std::string formatState(const CheckpointState &state, const FileDigests &files);

/// Throws Error if `text` is not what formatState returns, or if a value in it
/// is out of the range that any program has.
CheckpointState parseState(const std::string &text, FileDigests &files);

} // namespace wavrt

#endif // WAVRT_CHECKPOINT_STATE_H
