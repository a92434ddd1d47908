//===- ReplayReads.cpp - Read again rather than store -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a read looks at all that the read looked at, so that the read
// itself can be done again there at no traffic.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_REPLAYREADSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

/// The first op that has to do with the gradient of what was read.
static Operation *findStart(ReadGradOp grad) {
  Operation *first = grad;
  for (Value value : grad.getGrads()) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return nullptr;
    if (op->isBeforeInBlock(first))
      first = op;
  }
  return first;
}

/// Repeats `read` in front of the uses of its outputs in the backward pass;
/// returns whether there are any.
static bool replay(ReadOp read) {
  ReadGradOp grad = read.findGradient();
  Operation *start = grad ? findStart(grad) : nullptr;
  if (!start || start->isBeforeInBlock(read))
    return false;
  auto isLate = [&](OpOperand &use) {
    Operation *user = use.getOwner();
    return user->getBlock() == start->getBlock() &&
           !user->isBeforeInBlock(start);
  };
  // What others keep would be stored in any case.
  bool hasLateUse = false, isKept = false;
  for (Value output : read.getOutputs())
    for (OpOperand &use : output.getUses()) {
      hasLateUse |= isLate(use);
      isKept |= isa<ReadOp, ReadGradOp, ViewOpInterface>(use.getOwner()) ||
                use.getOwner()->hasTrait<OpTrait::IsTerminator>();
    }
  if (!hasLateUse || isKept)
    return false;
  OpBuilder builder(start);
  auto again = cast<ReadOp>(builder.clone(*read));
  for (auto [output, replayed] :
       llvm::zip_equal(read.getOutputs(), again.getOutputs()))
    output.replaceUsesWithIf(replayed, isLate);
  return true;
}

namespace {
struct ReplayReadsPass : wav::impl::ReplayReadsPassBase<ReplayReadsPass> {
  using ReplayReadsPassBase::ReplayReadsPassBase;

  void runOnOperation() override {
    SmallVector<ReadOp> reads;
    getOperation().walk([&](ReadOp read) { reads.push_back(read); });
    for (ReadOp read : reads) {
      int64_t bytes = 0;
      for (Value output : read.getOutputs())
        bytes += 2 * getTotalBytes(output.getType());
      if (replay(read))
        remark::passed(read.getLoc(),
                       remark::RemarkOpts::name("ReplayReads")
                           .category("wav-replay-reads")
                           .function(getOperation().getSymName()))
            << "read again for the gradient"
            << remark::metric("SavedBytes", bytes);
    }
  }
};
} // namespace
