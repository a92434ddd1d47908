//===- Recompute.cpp - Replay cheap ops in the backward pass --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value that is computed again before a late use, from operands that live
// until then anyway, need not be kept for that use. So each step frees memory
// at the peak and takes none anywhere.
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"
#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace mlir::wav;

namespace mlir::wav {
#define GEN_PASS_DEF_RECOMPUTEPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

namespace {

/// An op to repeat, and its first use behind the peak.
struct Candidate {
  Operation *op = nullptr;
  Operation *use = nullptr;
  /// Bytes that are freed at the peak for one floating-point operation.
  double merit = 0.0;
};

} // namespace

/// Whether `user` names its operands for others: a bank keeps what it lists for
/// all of its readers.
static bool isKeptBy(Operation *user) {
  if (!isa<ViewOpInterface>(user))
    return false;
  return !isRepeatedInKernels(user) ||
         llvm::any_of(user->getUsers(), llvm::IsaPred<ViewOpInterface>);
}

/// Repeating `op` frees its result at the peak if it has uses before and after
/// it; returns the first of those after it, or null.
static Operation *getFirstUseAfterPeak(Operation *op,
                                       const LiveMemory &memory) {
  unsigned peak = memory.getPosition(memory.getPeak());
  if (memory.getPosition(op) >= peak)
    return nullptr;
  Operation *first = nullptr;
  bool isUsedBefore = false;
  for (Operation *user : op->getUsers()) {
    user = op->getBlock()->findAncestorOpInBlock(*user);
    unsigned position = memory.getPosition(user);
    if (position == peak || isKeptBy(user))
      return nullptr;
    isUsedBefore |= position < peak;
    if (position > peak && (!first || user->isBeforeInBlock(first)))
      first = user;
  }
  return isUsedBefore ? first : nullptr;
}

/// Row programs are cheap. Sums over rows are not rows of anything later.
static bool isCheap(Operation *op) {
  auto row = dyn_cast<RowOpInterface>(op);
  return row && isPure(op) && op->getNumResults() == 1 &&
         row.getRowResult(0) != RowResult::Sum && isa<CostOpInterface>(op);
}

static Candidate getBestCandidate(func::FuncOp function,
                                  const LiveMemory &memory) {
  Candidate best;
  for (Operation &op : function.front()) {
    if (!isCheap(&op))
      continue;
    Operation *use = getFirstUseAfterPeak(&op, memory);
    if (!use || llvm::any_of(op.getOperands(), [&](Value operand) {
          return !memory.isLiveAt(operand, use);
        }))
      continue;
    double bytes = getTotalBytes(op.getResult(0).getType());
    double merit = bytes / (1.0 + cast<CostOpInterface>(op).getFlops());
    if (merit > best.merit)
      best = {&op, use, merit};
  }
  return best;
}

static void recompute(const Candidate &candidate, const LiveMemory &memory) {
  unsigned use = memory.getPosition(candidate.use);
  OpBuilder builder(candidate.use);
  Operation *again = builder.clone(*candidate.op);
  candidate.op->getResult(0).replaceUsesWithIf(
      again->getResult(0), [&](OpOperand &operand) {
        return operand.getOwner() != again &&
               memory.getPosition(operand.getOwner()) >= use;
      });
}

/// The bytes that live when the forward pass ends: those kept for the backward
/// pass, and the logits.
static int64_t getSavedBytes(func::FuncOp function, const LiveMemory &memory) {
  Operation *terminator = function.front().getTerminator();
  Operation *loss = terminator->getNumOperands() == 0
                        ? nullptr
                        : terminator->getOperand(0).getDefiningOp();
  return loss ? memory.getLiveBytes(loss) : 0;
}

/// The bytes of the parameters, and of their gradients and moments as far as
/// the module has them.
static int64_t getArenaBytes(ModuleOp module) {
  llvm::SmallSetVector<Arena, 4> arenas;
  arenas.insert(Arena::Parameters);
  module.walk([&](PlacedOpInterface op) {
    for (unsigned i = 0; i < op->getNumResults(); ++i)
      if (std::optional<Place> place = op.getResultPlace(i))
        if (place->symbol.empty())
          arenas.insert(place->arena);
  });
  return getSizeInBytes(ParameterLayout(module).getArenaType()) *
         int64_t(arenas.size());
}

namespace {
struct RecomputePass : public wav::impl::RecomputePassBase<RecomputePass> {
  using RecomputePassBase::RecomputePassBase;

  void runOnOperation() override {
    int64_t arenaBytes = getArenaBytes(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getBody().hasOneBlock() && failed(run(function, arenaBytes)))
        return signalPassFailure();
  }

private:
  LogicalResult run(func::FuncOp function, int64_t arenaBytes);
};
} // namespace

LogicalResult RecomputePass::run(func::FuncOp function, int64_t arenaBytes) {
  auto memory = std::make_unique<LiveMemory>(function);
  remark::analysis(function.getLoc(), remark::RemarkOpts::name("Memory")
                                          .category("wav-recompute")
                                          .function(function.getSymName()))
      << "estimated memory" << remark::metric("ArenaBytes", arenaBytes)
      << remark::metric("PeakScratchBytes",
                        memory->getLiveBytes(memory->getPeak()))
      << remark::metric("SavedForBackwardBytes",
                        getSavedBytes(function, *memory));
  if (memoryBudget == 0)
    return success();
  // So that what a source names is used where the source is read.
  repeatInKernels(function.front());
  memory = std::make_unique<LiveMemory>(function);

  int64_t bytes;
  while ((bytes = arenaBytes + memory->getLiveBytes(memory->getPeak())) >
         memoryBudget) {
    Candidate best = getBestCandidate(function, *memory);
    if (!best.op)
      return function.emitError()
             << "needs an estimated " << bytes
             << " bytes, with all that can be recomputed, but the memory "
                "budget is "
             << memoryBudget.getValue()
             << "; raise it, or make the batch or the context smaller";
    remark::passed(best.op->getLoc(), remark::RemarkOpts::name("Recompute")
                                          .category("wav-recompute")
                                          .function(function.getSymName()))
        << ("recomputed " + best.op->getName().stripDialect()).str();
    recompute(best, *memory);
    memory = std::make_unique<LiveMemory>(function);
  }
  return success();
}
