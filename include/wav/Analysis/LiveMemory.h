//===- LiveMemory.h - How much memory lives when ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_ANALYSIS_LIVEMEMORY_H
#define WAV_ANALYSIS_LIVEMEMORY_H

#include "wav/Analysis/ValueBuffers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::wav {

/// The scratch memory that a function of one block needs, as `wav-plan` will
/// assign it (ValueBuffers). Constants, inputs, outputs and what has a fixed
/// place (PlacedOpInterface) are not scratch.
///
/// An estimate: values that a fusion keeps to itself are counted, gaps between
/// buffers are not.
class LiveMemory {
public:
  explicit LiveMemory(func::FuncOp function);

  /// The position in the function's block of an op, or of the one around it.
  unsigned getPosition(Operation *op) const { return positions.at(op); }

  /// The bytes that are live while `op` runs.
  int64_t getLiveBytes(Operation *op) const {
    return liveBytes[getPosition(op)];
  }

  /// The first op during which the most bytes are live.
  Operation *getPeak() const { return peak; }

  /// The scratch memory that holds a value.
  int64_t getScratchBytes(Value value) const;

  /// Calls `visit` for each piece of scratch memory that is live while `op`
  /// runs, with the value that it was made for.
  void forEachLive(Operation *op,
                   function_ref<void(Value, int64_t bytes)> visit) const;

private:
  llvm::DenseMap<Operation *, unsigned> positions;
  ValueBuffers buffers;
  /// Of each buffer: when it lives, the value that it was made for, and whether
  /// it is scratch.
  SmallVector<ValueBuffers::Lifetime> lifetimes;
  SmallVector<Value> values;
  llvm::BitVector isScratch;
  SmallVector<int64_t> liveBytes;
  Operation *peak = nullptr;
};

} // namespace mlir::wav

#endif // WAV_ANALYSIS_LIVEMEMORY_H
