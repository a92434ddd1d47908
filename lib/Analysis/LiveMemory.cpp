//===- LiveMemory.cpp - How much memory lives when ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"

#include "llvm/ADT/DenseSet.h"

#include <numeric>

using namespace mlir;
using namespace mlir::wav;

/// The buffer of what is not scratch.
static constexpr unsigned kElsewhere = 0;

/// Whether a result lies in an arena of its own.
static bool liesElsewhere(OpResult result) {
  auto placed = dyn_cast<PlacedOpInterface>(result.getOwner());
  return isConstant(result.getOwner()) ||
         (placed && placed.getResultPlace(result.getResultNumber()));
}

/// Whether a result cannot lie where the operand that it is tied to does. One
/// that must is then tied to a copy.
static bool liesApart(OpResult result, const ValueBuffers &buffers) {
  OpOperand *tied = getTiedOperand(result);
  if (!tied)
    return false;
  if (Operation *definition = tied->get().getDefiningOp();
      definition && isConstant(definition))
    return true;
  return cast<TiedOpInterface>(result.getOwner())
             .isTieOptional(result.getResultNumber()) &&
         llvm::any_of(buffers.get(tied->get()), [&](unsigned buffer) {
           return buffer == kElsewhere || buffers.isNeeded(buffer, *tied);
         });
}

LiveMemory::LiveMemory(func::FuncOp function) {
  buffers.create(/*bytes=*/0);
  auto setElsewhere = [&](Value value) {
    buffers.set(value, SmallVector<unsigned>(
                           getTensorTypes(value.getType()).size(), kElsewhere));
  };
  Block &block = function.front();
  llvm::for_each(block.getArguments(), setElsewhere);
  /// What leaves the function, or must lie at a place.
  llvm::DenseSet<unsigned> placed;
  for (auto [position, op] : llvm::enumerate(block)) {
    op.walk([&, now = unsigned(position)](Operation *inner) {
      positions[inner] = now;
    });
    for (OpResult result : op.getResults()) {
      if (liesElsewhere(result))
        setElsewhere(result);
      else if (liesApart(result, buffers))
        buffers.assignOwn(result);
      else
        buffers.assign(result);
      values.resize(buffers.size(), result);
    }
    auto placedOp = dyn_cast<PlacedOpInterface>(op);
    if (op.hasTrait<OpTrait::IsTerminator>() ||
        (placedOp && !placedOp.getOperandPlaces().empty()))
      for (Value operand : op.getOperands())
        placed.insert_range(buffers.get(operand));
  }

  lifetimes = buffers.getLifetimes(block);
  isScratch.resize(lifetimes.size());
  // What changes from each op to the next, then its running sum.
  liveBytes.resize(block.getOperations().size() + 1);
  for (auto [buffer, lifetime] : llvm::enumerate(lifetimes)) {
    if (buffer == kElsewhere || placed.contains(buffer) ||
        lifetime.first > lifetime.last)
      continue;
    isScratch.set(buffer);
    liveBytes[lifetime.first] += buffers.getBytes(buffer);
    liveBytes[lifetime.last + 1] -= buffers.getBytes(buffer);
  }
  std::partial_sum(liveBytes.begin(), liveBytes.end(), liveBytes.begin());
  auto *max = llvm::max_element(liveBytes);
  peak = &*std::next(block.begin(), max - liveBytes.begin());
}

int64_t LiveMemory::getScratchBytes(Value value) const {
  int64_t bytes = 0;
  for (unsigned buffer : buffers.get(value))
    if (isScratch[buffer])
      bytes += buffers.getBytes(buffer);
  return bytes;
}

void LiveMemory::forEachLive(
    Operation *op, function_ref<void(Value, int64_t bytes)> visit) const {
  unsigned position = getPosition(op);
  for (unsigned buffer : isScratch.set_bits())
    if (lifetimes[buffer].first <= position &&
        position <= lifetimes[buffer].last)
      visit(values[buffer], buffers.getBytes(buffer));
}
