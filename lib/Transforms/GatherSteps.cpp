//===- GatherSteps.cpp - Put equal steps side by side -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before memory is planned: what can be done at once must find its operands
// where nothing else has been written meanwhile.
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::wav {
#define GEN_PASS_DEF_GATHERSTEPSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

static bool isParameter(Value value) {
  auto result = dyn_cast<OpResult>(value);
  auto op = result ? dyn_cast<PlacedOpInterface>(result.getOwner()) : nullptr;
  std::optional<Place> place =
      op ? op.getResultPlace(result.getResultNumber()) : std::nullopt;
  return place && place->arena == Arena::Parameters;
}

/// Moves fusions that read nothing but parameters, before these are replaced,
/// to the front: those of weights that are kept for the backward pass anyway.
/// If that takes more memory than before, all stay.
static void hoistFusionsOfParameters(func::FuncOp function) {
  Block &block = function.front();
  SmallVector<FusionOp> fusions;
  for (Operation &op : block) {
    if (hasEffect<MemoryEffects::Write>(&op))
      break;
    auto fusion = dyn_cast<FusionOp>(op);
    if (fusion && llvm::all_of(fusion.getInputs(), isParameter))
      fusions.push_back(fusion);
  }
  auto getPeakBytes = [&] {
    LiveMemory memory(function);
    return memory.getLiveBytes(memory.getPeak());
  };
  int64_t before = getPeakBytes();
  /// What was moved, and what it stood in front of.
  SmallVector<std::pair<Operation *, Operation *>> moved;
  auto moveToFront = [&](Operation *op) {
    moved.emplace_back(op, op->getNextNode());
    op->moveBefore(&block, block.begin());
  };
  for (FusionOp fusion : llvm::reverse(fusions)) {
    moveToFront(fusion);
    for (Value input : fusion.getInputs())
      moveToFront(input.getDefiningOp());
  }
  if (getPeakBytes() > before)
    for (auto [op, next] : llvm::reverse(moved))
      op->moveBefore(next);
}

/// What calls of a library have in common if they do the same: the function,
/// its parameters and which buffers are absent.
static Attribute getWork(LibraryOpInterface op) {
  Builder builder(op->getContext());
  SmallVector<Attribute> work = {
      builder.getStringAttr(op.getLibraryFunction()),
      builder.getDenseI64ArrayAttr(op.getLibraryParams())};
  for (Value buffer : op.getLibraryBuffers())
    work.push_back(builder.getBoolAttr(buffer != nullptr));
  return builder.getArrayAttr(work);
}

/// Moves `op` behind `earlier` if its operands are known there and few ops are
/// in between; what is farther away was put there for a reason.
static bool moveTo(Operation *earlier, Operation *op, int64_t reach) {
  Operation *between = earlier->getNextNode();
  for (int64_t i = 0; between != op; between = between->getNextNode())
    if (++i > reach)
      return false;
  for (Value operand : op->getOperands())
    if (Operation *definition = operand.getDefiningOp();
        definition && definition->getBlock() == op->getBlock() &&
        earlier->isBeforeInBlock(definition))
      return false;
  op->moveAfter(earlier);
  return true;
}

static void gatherCalls(Block &block, int64_t reach) {
  DenseMap<Attribute, Operation *> last;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto call = dyn_cast<LibraryOpInterface>(op);
    if (!call || llvm::any_of(op.getResults(), [](OpResult result) {
          return getTiedOperand(result) != nullptr;
        }))
      continue;
    Operation *&earlier = last[getWork(call)];
    if (earlier)
      moveTo(earlier, &op, reach);
    earlier = &op;
  }
}

namespace {
struct GatherSteps : wav::impl::GatherStepsPassBase<GatherSteps> {
  using GatherStepsPassBase::GatherStepsPassBase;
  void runOnOperation() override {
    if (reach == 0 || !getOperation().getBody().hasOneBlock())
      return;
    hoistFusionsOfParameters(getOperation());
    gatherCalls(getOperation().front(), reach);
  }
};
} // namespace
