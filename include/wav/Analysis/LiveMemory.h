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

  /// Whether all memory of `value` holds it when `op` runs. Always true of what
  /// is not scratch.
  bool isLiveAt(Value value, Operation *op) const;

private:
  llvm::DenseMap<Operation *, unsigned> positions;
  ValueBuffers buffers;
  /// Of each buffer; those that are not scratch live always.
  SmallVector<ValueBuffers::Lifetime> lifetimes;
  SmallVector<int64_t> liveBytes;
  Operation *peak = nullptr;
};

} // namespace mlir::wav

#endif // WAV_ANALYSIS_LIVEMEMORY_H
