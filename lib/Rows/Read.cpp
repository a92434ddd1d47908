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
  if (isOneOf(index, {getOpenMutable(), getBaseMutable()}))
    return RowOperand::ByRow;
  return isOneOf(index, {getBankMutable()}) ? RowOperand::Gathered
                                            : RowOperand::Whole;
}

namespace {
/// `sum_k exp(z_k - max) v_k` and `sum_k exp(z_k - max)`.
struct WeightedSum {
  RowValue row, weight;
};
} // namespace

static WeightedSum emitTwoPhase(RowEmitter &emit, Sources &sources,
                                RowValue query) {
  using Values = Sources::Values;
  Value logits = sources.list(kMinusInfinity);
  Value scales = sources.list();
  Value weights = sources.list();

  RowValue largest = emit.constant(kMinusInfinity);
  Values max = sources.forEach(
      largest, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue logit = sources.getLogit(source, query).value;
        emit.set(logits, source.index, logit);
        emit.set(scales, source.index, source.scale);
        return {emit.larger(logit, carried[0])};
      });

  RowValue zero = emit.constant(0);
  Values sum = sources.forEachChunk(
      zero, [&](Value index, ArrayRef<RowValue> carried) -> Values {
        RowValue exps = emit.exp(emit.getChunk(logits, index) - max[0]);
        RowValue scale = emit.getChunk(scales, index);
        emit.setChunk(weights, index, exps * scale);
        return {carried[0] + emit.sum(exps)};
      });

  RowValue zeros = emit.broadcast(zero, query.getWidth());
  Values mix = sources.forEach(
      zeros, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue weight = emit.get(weights, source.index);
        return {carried[0] + source.row * weight};
      });
  return {mix[0], sum[0]};
}

static WeightedSum emitOnePass(RowEmitter &emit, Sources &sources,
                               RowValue query) {
  using Values = Sources::Values;
  RowValue largest = emit.constant(kMinusInfinity);
  RowValue zero = emit.constant(0);
  RowValue zeros = emit.broadcast(zero, query.getWidth());
  Values result = sources.forEach(
      {largest, zero, zeros},
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue logit = sources.getLogit(source, query).value;
        SoftmaxStep step(emit, logit, carried[0]);
        RowValue sum = carried[1] * step.rescale + step.exp;
        RowValue mix = carried[2] * step.rescale;
        RowValue weight = step.exp * source.scale;
        return {step.max, sum, mix + source.row * weight};
      });
  return {result[2], result[1]};
}

LogicalResult ReadOp::emitRow(RowEmitter &emit) {
  for (auto [role, query] : llvm::enumerate(getQueries())) {
    Sources sources(emit, getBank(), getOpen(), getBias(role),
                    getEpsilon().convertToDouble());
    RowValue weights = emit.whole(query);
    WeightedSum sum = emit.getForm() == RowForm::OnePass
                          ? emitOnePass(emit, sources, weights)
                          : emitTwoPhase(emit, sources, weights);
    RowValue result = sum.row * (1.0 / sum.weight);
    if (getBase())
      result = result + emit.row(getBase());
    emit.define(getResult(role), result);
  }
  return success();
}
