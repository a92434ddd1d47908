//===- Transformer.cpp - Row programs of transformer ops ---------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavTransformerOps.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// EmbedOp
//===----------------------------------------------------------------------===//

int64_t EmbedOp::getNumRows() { return getResult().getType().getDimSize(0); }
RowOperand EmbedOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getTableMutable()}) ? RowOperand::Gathered
                                             : RowOperand::ByRow;
}

LogicalResult EmbedOp::emitRow(RowEmitter &emit) {
  Value index = emit.index(getIndex());
  Value zero = emit.constantIndex(0);
  emit.define(getResult(), emit.load(getTable(), {index, zero},
                                     getTable().getType().getDimSize(1)));
  return success();
}

//===----------------------------------------------------------------------===//
// RMSNormOp, RMSNormGradOp
//===----------------------------------------------------------------------===//

int64_t RMSNormOp::getNumRows() { return getInput().getType().getDimSize(0); }
RowOperand RMSNormOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getGainMutable()}) ? RowOperand::Whole
                                            : RowOperand::ByRow;
}

LogicalResult RMSNormOp::emitRow(RowEmitter &emit) {
  RowValue x = emit.row(getInput());
  RowValue gain = emit.whole(getGain());
  RowValue meanSquare = emit.mean(x * x);
  RowValue rho = emit.rsqrt(meanSquare + getEpsilon().convertToDouble());
  emit.define(getResult(), gain * x * rho);
  return success();
}

int64_t RMSNormGradOp::getNumRows() {
  return getInput().getType().getDimSize(0);
}
RowOperand RMSNormGradOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getGainMutable()}) ? RowOperand::Whole
                                            : RowOperand::ByRow;
}
RowResult RMSNormGradOp::getRowResult(unsigned index) {
  return getResult(index) == getGainGrad() ? RowResult::Sum : RowResult::ByRow;
}

LogicalResult RMSNormGradOp::emitRow(RowEmitter &emit) {
  RowValue x = emit.row(getInput());
  RowValue gain = emit.whole(getGain());
  RowValue grad = emit.row(getGrad());
  RowValue h = gain * grad;
  RowValue meanSquare = emit.mean(x * x);
  RowValue meanProduct = emit.mean(h * x);
  RowValue rho = emit.rsqrt(meanSquare + getEpsilon().convertToDouble());
  RowValue correction = rho * rho * rho * meanProduct;
  RowValue scaled = h * rho;
  emit.define(getInputGrad(), scaled - x * correction);
  emit.accumulate(getGainGrad(), grad * x * rho);
  return success();
}

//===----------------------------------------------------------------------===//
// RopeOp
//===----------------------------------------------------------------------===//

int64_t RopeOp::getNumRows() {
  return getInput().getType().getDimSize(0) * getHeads();
}
RowOperand RopeOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getPositionMutable()}) ? RowOperand::Whole
                                                : RowOperand::Gathered;
}
RowResult RopeOp::getRowResult(unsigned) { return RowResult::Scattered; }

LogicalResult RopeOp::emitRow(RowEmitter &emit) {
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  int64_t headWidth = getInput().getType().getDimSize(1) / getHeads();
  int64_t half = headWidth / 2;
  // Row `row` of this row space is head `row % heads` of token `row / heads`.
  Value heads = emit.constantIndex(getHeads());
  Value token = arith::DivUIOp::create(builder, emit.getRow(), heads);
  Value head = arith::RemUIOp::create(builder, emit.getRow(), heads);
  Value column1 =
      arith::MulIOp::create(builder, head, emit.constantIndex(headWidth));
  Value column2 =
      arith::AddIOp::create(builder, column1, emit.constantIndex(half));
  Value position = arith::RemUIOp::create(
      builder, token, emit.constantIndex(getSequenceLength()));
  Value zero = emit.constantIndex(0);
  if (getPosition()) {
    Value offset = emit.element(getPosition(), zero);
    position = arith::AddIOp::create(builder, position, offset);
  }

  RowValue x1 = emit.load(getInput(), {token, column1}, half);
  RowValue x2 = emit.load(getInput(), {token, column2}, half);
  RowValue cos = emit.load(getTable(), {position, zero}, half);
  RowValue sin =
      emit.load(getTable(), {position, emit.constantIndex(half)}, half);
  if (getInverse())
    sin = -sin;
  RowValue x1Cos = x1 * cos;
  emit.store(getResult(), {token, column1}, x1Cos - x2 * sin);
  RowValue x2Cos = x2 * cos;
  emit.store(getResult(), {token, column2}, x2Cos + x1 * sin);
  return success();
}

//===----------------------------------------------------------------------===//
// SwiGLUOp, SwiGLUGradOp
//===----------------------------------------------------------------------===//

/// The logistic function.
static RowValue sigmoid(RowEmitter &emit, RowValue x) {
  return 1.0 / (emit.exp(-x) + 1.0);
}

int64_t SwiGLUOp::getNumRows() { return getGate().getType().getDimSize(0); }

LogicalResult SwiGLUOp::emitRow(RowEmitter &emit) {
  RowValue gate = emit.row(getGate());
  RowValue up = emit.row(getUp());
  emit.define(getResult(), gate * sigmoid(emit, gate) * up);
  return success();
}

int64_t SwiGLUGradOp::getNumRows() { return getGate().getType().getDimSize(0); }

LogicalResult SwiGLUGradOp::emitRow(RowEmitter &emit) {
  RowValue gate = emit.row(getGate());
  RowValue up = emit.row(getUp());
  RowValue grad = emit.row(getGrad());
  RowValue s = sigmoid(emit, gate);
  RowValue silu = gate * s;
  // silu' = s + silu (1 - s) = s + silu - silu s.
  RowValue slope = s + silu - silu * s;
  emit.define(getGateGrad(), grad * up * slope);
  emit.define(getUpGrad(), grad * silu);
  return success();
}

//===----------------------------------------------------------------------===//
// CrossEntropyOp, CrossEntropyGradOp
//===----------------------------------------------------------------------===//

int64_t CrossEntropyOp::getNumRows() {
  return getLogits().getType().getDimSize(0);
}
RowResult CrossEntropyOp::getRowResult(unsigned) { return RowResult::Sum; }

LogicalResult CrossEntropyOp::emitRow(RowEmitter &emit) {
  RowValue logits = emit.row(getLogits());
  RowValue max = emit.max(logits);
  RowValue sum = emit.sum(emit.exp(logits - max));
  // A sum over the row, not a load: the row may exist in registers only.
  Value target = emit.index(getTargets());
  Value isTarget = emit.isElement(target, logits.getWidth());
  RowValue logit = emit.sum(emit.select(isTarget, logits, emit.constant(0)));
  // Large logits differ exactly; added to the logarithm they would take its
  // digits.
  RowValue margin = max - logit;
  RowValue loss = emit.log(sum) + margin;
  emit.accumulate(getLoss(), loss * (1.0 / double(getNumRows())));
  return success();
}

int64_t CrossEntropyGradOp::getNumRows() {
  return getLogits().getType().getDimSize(0);
}
RowOperand CrossEntropyGradOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getGradMutable()}) ? RowOperand::Whole
                                            : RowOperand::ByRow;
}

LogicalResult CrossEntropyGradOp::emitRow(RowEmitter &emit) {
  RowValue logits = emit.row(getLogits());
  int64_t width = logits.getWidth();
  RowValue max = emit.max(logits);
  RowValue exps = emit.exp(logits - max);
  RowValue sum = emit.sum(exps);
  RowValue scale = emit.whole(getGrad()) * (1.0 / double(getNumRows()));
  RowValue probabilities = exps * (scale / sum);

  Value isTarget = emit.isElement(emit.index(getTargets()), width);
  RowValue oneHot = emit.select(isTarget, scale, emit.constant(0));
  emit.define(getLogitsGrad(), probabilities - oneHot);
  return success();
}
