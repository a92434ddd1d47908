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

#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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

/// Moves fusions that read nothing but parameters to the front.
static void hoistFusionsOfParameters(Block &block) {
  SmallVector<FusionOp> fusions;
  for (auto fusion : block.getOps<FusionOp>())
    if (llvm::all_of(fusion.getInputs(), isParameter))
      fusions.push_back(fusion);
  for (FusionOp fusion : llvm::reverse(fusions)) {
    fusion->moveBefore(&block, block.begin());
    for (Value input : fusion.getInputs())
      input.getDefiningOp()->moveBefore(&block, block.begin());
  }
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
    if (reach == 0)
      return;
    for (Block &block : getOperation().getBody()) {
      hoistFusionsOfParameters(block);
      gatherCalls(block, reach);
    }
  }
};
} // namespace
