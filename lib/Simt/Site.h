//===- Site.h - Places in a kernel ------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_SITE_H
#define WAV_LIB_SIMT_SITE_H

#include <cstdint>
#include <string>

namespace mlir::wav::simt {

/// What the machine does for an instruction of a kernel.
enum class Op : uint8_t {
  // Accesses.
  Load,
  Store,
  Atomic,
  Copy,
  Set,
  // Operations of one thread.
  /// `Site::detail` is a `Register`.
  ReadRegister,
  /// `Site::size` bytes; `Site::detail` says that an operand says how many of
  /// them are read.
  AsyncCopy,
  AsyncCommit,
  AsyncWait,
  AsyncWaitAll,
  Fence,
  Trap,
  // Operations of a block.
  /// `Site::detail` says that an operand counts the threads.
  Barrier,
  // Operations of a warp: lanes wait for each other. The first operand is a
  // mask, save for those of matrices, which are of the whole warp.
  WarpSync,
  ShuffleIdx,
  ShuffleUp,
  ShuffleDown,
  ShuffleBfly,
  VoteAll,
  VoteAny,
  VoteUni,
  VoteBallot,
  MatchAny,
  /// bf16 x bf16 + f32, m16n8; `Site::detail` is k.
  MmaBF16,
  /// `Site::detail` matrices.
  LoadMatrix,
  LoadMatrixTransposed,
};

enum class Register : uint8_t {
  ThreadIdx,
  BlockDim,
  BlockIdx,
  GridDim,
  Lane,
  Warp,
  WarpSize,
};

/// An instruction that the machine executes or watches. Its address identifies
/// it.
struct Site {
  Op op;
  uint32_t detail = 0;
  /// Of an access: bytes, and what the IR says of its alignment.
  uint32_t size = 0;
  uint32_t alignment = 1;
  /// A load through the read-only cache, which the kernel must not write.
  bool readOnly = false;
  /// For reports: `shfl.sync.bfly.i32`, and a source location or the
  /// instruction.
  std::string name, where;
};

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_SITE_H
