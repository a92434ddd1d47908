//===- Read.cpp - Row program of the routing read ------------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The logits of all sources and then the weighted sum, or (in one-pass form) an
// online softmax: one loop that carries the weighted sum and rescales it when a
// larger logit comes. Its steps form a chain, which is slower on a CPU, but it
// keeps fewer rows in registers.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "wav/IR/WavResidualOps.h"

#include <limits>

using namespace mlir;
using namespace mlir::wav;

static constexpr double kMinusInfinity =
    -std::numeric_limits<double>::infinity();

int64_t ReadOp::getNumRows() {
  return cast<RankedTensorType>(getResult(0).getType()).getDimSize(0);
}

RowOperand ReadOp::getRowOperand(unsigned index) {
  if (isOneOf(index, {getOpenMutable(), getPartMutable(), getPartMaxMutable(),
                      getPartInverseSumMutable(), getBaseMutable()}))
    return RowOperand::ByRow;
  return isOneOf(index, {getBankMutable()}) ? RowOperand::Gathered
                                            : RowOperand::Whole;
}

namespace {
/// `sum_k exp(z_k - max) v_k`, `sum_k exp(z_k - max)` and `max`, the largest
/// `z_k`, over the sources so far.
struct WeightedSum {
  RowValue row, weight, max;
};
} // namespace

static WeightedSum emitTwoPhase(RowEmitter &emit, Sources &sources,
                                RowValue query, const WeightedSum &start,
                                bool hasPart) {
  using Values = Sources::Values;
  Value logits = sources.list(kMinusInfinity);
  Value scales = sources.list();
  Value weights = sources.list();

  Values max = sources.forEach(
      start.max,
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue logit = sources.getLogit(source, query).value;
        emit.set(logits, source.index, logit);
        emit.set(scales, source.index, source.scale);
        return {emit.larger(logit, carried[0])};
      });

  WeightedSum before = start;
  if (hasPart) {
    RowValue rescale = emit.exp(start.max - max[0]);
    before = {start.row * rescale, start.weight * rescale, max[0]};
  }
  Values sum = sources.forEachChunk(
      before.weight, [&](Value index, ArrayRef<RowValue> carried) -> Values {
        RowValue exps = emit.exp(emit.getChunk(logits, index) - max[0]);
        RowValue scale = emit.getChunk(scales, index);
        emit.setChunk(weights, index, exps * scale);
        return {carried[0] + emit.sum(exps)};
      });

  Values mix = sources.forEach(
      before.row,
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue weight = emit.get(weights, source.index);
        return {carried[0] + source.row * weight};
      });
  return {mix[0], sum[0], max[0]};
}

static WeightedSum emitOnePass(RowEmitter &emit, Sources &sources,
                               RowValue query, const WeightedSum &start) {
  using Values = Sources::Values;
  Values result = sources.forEach(
      {start.max, start.weight, start.row},
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue logit = sources.getLogit(source, query).value;
        SoftmaxStep step(emit, logit, carried[0]);
        RowValue sum = carried[1] * step.rescale + step.exp;
        RowValue mix = carried[2] * step.rescale;
        RowValue weight = step.exp * source.scale;
        return {step.max, sum, mix + source.row * weight};
      });
  return {result[2], result[1], result[0]};
}

LogicalResult ReadOp::emitRow(RowEmitter &emit) {
  for (auto [role, query] : llvm::enumerate(getQueries())) {
    Sources sources(emit, getBank(), getOpen(), getBias(role),
                    getEpsilon().convertToDouble());
    RowValue weights = emit.whole(query);
    RowValue zero = emit.constant(0);
    WeightedSum start = {emit.broadcast(zero, weights.getWidth()), zero,
                         emit.constant(kMinusInfinity)};
    if (!getPart().empty()) {
      start.weight = 1.0 / emit.scalar(getPartInverseSum()[role]);
      start.row = emit.row(getPart()[role]) * start.weight;
      start.max = emit.scalar(getPartMax()[role]);
    }
    WeightedSum sum =
        emit.getForm() == RowForm::OnePass
            ? emitOnePass(emit, sources, weights, start)
            : emitTwoPhase(emit, sources, weights, start, !getPart().empty());
    RowValue inverseSum = 1.0 / sum.weight;
    if (getStatistics()) {
      emit.define(getMax(role), sum.max);
      emit.define(getInverseSum(role), inverseSum);
    }
    RowValue result = sum.row * inverseSum;
    if (getBase())
      result = result + emit.row(getBase());
    emit.define(getResult(role), result);
  }
  return success();
}
