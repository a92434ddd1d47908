//===- InvariantLoads.h - Loads of what a kernel never writes ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TARGET_NVPTX_INVARIANTLOADS_H
#define WAV_LIB_TARGET_NVPTX_INVARIANTLOADS_H

namespace llvm {
class Function;
} // namespace llvm

namespace mlir::wav {

/// Marks the loads of an optimised kernel from slots that it never writes,
/// which may then go through the read-only cache and ahead of barriers and
/// stores. LLVM finds out for itself about the slots that are buffers, but not
/// about the rows that a bank's table points to. Slots that are written overlap
/// no others (`wav.argument`).
void markInvariantLoads(llvm::Function &kernel);

} // namespace mlir::wav

#endif // WAV_LIB_TARGET_NVPTX_INVARIANTLOADS_H
