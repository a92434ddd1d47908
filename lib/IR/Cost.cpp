//===- Cost.cpp - Floating-point operations of each op --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the mathematics needs, whatever a back end does: a multiply-add is two
// operations, an exponential, root or division one. Per-row work that does not
// grow with the width is not counted.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Elementwise.h"
#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/IR/WavTransformerOps.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::wav;

static int64_t numElements(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

//===----------------------------------------------------------------------===//
// Transformer
//===----------------------------------------------------------------------===//

int64_t EmbedOp::getFlops() { return 0; }
int64_t EmbedGradOp::getFlops() { return numElements(getGrad()); }

int64_t MatmulOp::getFlops() {
  int64_t depth = getA().getType().getDimSize(getTransposeA() ? 0 : 1);
  return (2 * depth + (getAccumulator() ? 1 : 0)) * numElements(getResult());
}
StringRef MatmulOp::getCostCategory() { return "matmul"; }
/// A product in parts accumulates into a part that nothing else reads. Any
/// other accumulator is a plane of the residual stream, or its gradient: the
/// product would not need its old value, which an epilogue adds for routing.
std::optional<StringRef> MatmulOp::getOperandCategory(unsigned index) {
  Value accumulator = getAccumulator();
  if (!accumulator || getOperand(index) != accumulator)
    return std::nullopt;
  bool isPart =
      accumulator.hasOneUse() && accumulator.getDefiningOp<MatmulOp>();
  return isPart ? std::nullopt : std::optional<StringRef>("routing");
}

// Mean square 2, normalisation and gain 2 an element.
int64_t RMSNormOp::getFlops() { return 4 * numElements(getInput()); }
StringRef RMSNormOp::getCostCategory() { return "norm"; }
// Mean square 2, <h, x> 2, h 1, dx 4, dgain 3.
int64_t RMSNormGradOp::getFlops() { return 12 * numElements(getInput()); }
StringRef RMSNormGradOp::getCostCategory() { return "norm"; }

// A rotation of a pair is four products and two sums.
int64_t RopeOp::getFlops() { return 3 * numElements(getInput()); }

/// Query-key pairs that a causal mask leaves, over all heads, times the head
/// width. A query against a cache (`position` given) is counted as if it saw
/// the whole cache.
static int64_t visiblePairs(RankedTensorType query, RankedTensorType key,
                            bool cached, int64_t batch) {
  int64_t queries = query.getDimSize(0) / batch;
  int64_t keys = key.getDimSize(0) / batch;
  int64_t pairs = cached ? queries * keys : queries * (queries + 1) / 2;
  return batch * pairs * query.getDimSize(1);
}

// Two products, Q K^T and P V.
int64_t AttentionOp::getFlops() {
  return 4 * visiblePairs(getQuery().getType(), getKey().getType(),
                          getPosition() != nullptr, getBatch());
}
StringRef AttentionOp::getCostCategory() { return "attention"; }

// Five products: Q K^T again, dO V^T, P^T dO, dS K and dS^T Q.
int64_t AttentionGradOp::getFlops() {
  return 10 * visiblePairs(getQuery().getType(), getKey().getType(),
                           /*cached=*/false, getBatch());
}
StringRef AttentionGradOp::getCostCategory() { return "attention"; }

// exp, 1 +, /, *.
int64_t SwiGLUOp::getFlops() { return 4 * numElements(getGate()); }
// The sigmoid 3, silu 1, dup 1, dgate 5.
int64_t SwiGLUGradOp::getFlops() { return 10 * numElements(getGate()); }

// Maximum, subtraction, exp and sum an element.
int64_t CrossEntropyOp::getFlops() { return 4 * numElements(getLogits()); }
// The same, and the scaling.
int64_t CrossEntropyGradOp::getFlops() { return 5 * numElements(getLogits()); }

//===----------------------------------------------------------------------===//
// Residual routing
//===----------------------------------------------------------------------===//

int64_t WriteOp::getFlops() {
  int64_t perElement = getScale() ? 3 : 2;
  return (getRow() ? perElement : perElement - 1) * numElements(getUpdate());
}
StringRef WriteOp::getCostCategory() { return "routing"; }

// Two mean squares.
int64_t MatchOp::getFlops() { return 4 * numElements(getRow()); }
StringRef MatchOp::getCostCategory() { return "routing"; }

// Two mean squares and two scalings.
int64_t MatchGradOp::getFlops() { return 6 * numElements(getRow()); }
StringRef MatchGradOp::getCostCategory() { return "routing"; }

/// Elements of all sources of a read or of its gradient. Banks of unknown size
/// (in kernels) count as empty.
static int64_t sourceElements(Value bank, ValueRange open, Value row) {
  auto type = bank ? cast<BankType>(bank.getType()) : BankType();
  int64_t rows = !type || type.isDynamic() ? 0 : type.getSize();
  return (rows + static_cast<int64_t>(open.size())) * numElements(row);
}

// An element of a source: mean square 2, and for each role logit 2 and sum 2.
int64_t ReadOp::getFlops() {
  Value first = getOutputs().front();
  int64_t roles = getNumRoles();
  return (2 + 4 * roles) * sourceElements(getBank(), getOpen(), first) +
         3 * static_cast<int64_t>(getPart().size()) * numElements(first);
}
StringRef ReadOp::getCostCategory() { return "routing"; }

// An element of a source: mean square 2, its share in its own gradient 2, for
// each role logit 2, <g, v> 2, dv 4, dquery 2, and 1 where it is added to what
// is there.
int64_t ReadGradOp::getFlops() {
  Value first = getGrads().front();
  int64_t roles = getNumRoles();
  int64_t added = getAccumulator() ? sourceElements(getBank(), {}, first) : 0;
  return (4 + 10 * roles) * sourceElements(getBank(), getOpen(), first) +
         2 * static_cast<int64_t>(getPart().size()) * numElements(first) +
         added;
}
StringRef ReadGradOp::getCostCategory() { return "routing"; }

int64_t CombineOp::getFlops() {
  return 2 * static_cast<int64_t>(getInputs().size()) *
         numElements(getResult());
}
StringRef CombineOp::getCostCategory() { return "routing"; }

int64_t CastOp::getFlops() { return 0; }

int64_t BroadcastOp::getFlops() { return 0; }
int64_t RowSumOp::getFlops() {
  return (getFactor() ? 2 : 1) * numElements(getInput());
}

//===----------------------------------------------------------------------===//
// Optimiser
//===----------------------------------------------------------------------===//

int64_t SumSquaresOp::getFlops() { return 2 * numElements(getInput()); }
// Clipping 1, moments 3 + 4, the two corrections 2, root, sum and quotient 3,
// decay 2, update 2.
int64_t AdamWOp::getFlops() { return 17 * numElements(getParameters()); }
// Clipping 1, the mean 3, its sign 1, the moment 3, decay 2, update 2.
int64_t LionOp::getFlops() { return 12 * numElements(getParameters()); }

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

int64_t FusionOp::getFlops() {
  int64_t total = 0;
  for (auto op : getBody().getOps<CostOpInterface>())
    total += op.getFlops();
  return total;
}

/// A fusion is filed under the category that most of its work belongs to.
StringRef FusionOp::getCostCategory() {
  llvm::MapVector<StringRef, int64_t> flops;
  for (auto op : getBody().getOps<CostOpInterface>())
    flops[op.getCostCategory()] += op.getFlops();
  if (flops.empty())
    return "other";
  return llvm::max_element(flops, llvm::less_second())->first;
}

int64_t SumPartialsOp::getFlops() {
  int64_t flops = 0;
  for (Value input : getInputs())
    flops += numElements(input);
  return flops;
}

//===----------------------------------------------------------------------===//
// Arithmetic of other dialects
//===----------------------------------------------------------------------===//

namespace {
template <typename OpTy>
struct CostModel : CostOpInterface::ExternalModel<CostModel<OpTy>, OpTy> {
  int64_t getFlops(Operation *op) const {
    return numElements(op->getResult(0));
  }
};
} // namespace

void wav::attachElementwiseCosts(MLIRContext *context) {
  ElementwiseOps::attach<CostModel>(context);
}
