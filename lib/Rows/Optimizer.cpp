//===- Optimizer.cpp - Row programs of the optimiser -------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// SumSquaresOp
//===----------------------------------------------------------------------===//

int64_t SumSquaresOp::getNumRows() {
  return getInput().getType().getDimSize(0);
}
RowResult SumSquaresOp::getRowResult(unsigned) { return RowResult::Sum; }

LogicalResult SumSquaresOp::emitRow(RowEmitter &emit) {
  RowValue x = emit.row(getInput());
  emit.accumulate(getResult(), emit.dot(x, x));
  return success();
}

//===----------------------------------------------------------------------===//
// What optimisers share: numbers that are the same for all parameters
//===----------------------------------------------------------------------===//

/// `min(1, clip / (norm + 1e-6))`, or one if `clip` is zero.
static RowValue emitGradScale(RowEmitter &emit, Value clipValue,
                              Value normValue) {
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  RowValue one = emit.constant(1);
  RowValue zero = emit.constant(0);
  RowValue clip = emit.whole(clipValue);
  RowValue norm = emit.whole(normValue);
  RowValue ratio = clip / (norm + 1e-6);
  Value isTooLong = arith::CmpFOp::create(builder, arith::CmpFPredicate::OLT,
                                          ratio.get(), one.get());
  Value clips = arith::CmpFOp::create(builder, arith::CmpFPredicate::ONE,
                                      clip.get(), zero.get());
  Value shortens = arith::AndIOp::create(builder, isTooLong, clips);
  return emit.select(shortens, ratio, one);
}

/// `weightDecay` in the first `decayRows` rows, else zero.
static RowValue emitDecay(RowEmitter &emit, Value weightDecayValue,
                          int64_t decayRows) {
  Value decays =
      arith::CmpIOp::create(emit.getBuilder(), arith::CmpIPredicate::ult,
                            emit.getRow(), emit.constantIndex(decayRows));
  RowValue weightDecay = emit.whole(weightDecayValue);
  return emit.select(decays, weightDecay, emit.constant(0));
}

//===----------------------------------------------------------------------===//
// AdamWOp
//===----------------------------------------------------------------------===//

int64_t AdamWOp::getNumRows() {
  return getParameters().getType().getDimSize(0);
}
RowOperand AdamWOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getParametersMutable(), getGradMutable(),
                         getFirstMomentMutable(), getSecondMomentMutable()})
             ? RowOperand::ByRow
             : RowOperand::Whole;
}

LogicalResult AdamWOp::emitRow(RowEmitter &emit) {
  double beta1 = getBeta1().convertToDouble();
  double beta2 = getBeta2().convertToDouble();
  double epsilon = getEpsilon().convertToDouble();

  RowValue gradScale = emitGradScale(emit, getClip(), getNorm());
  RowValue decay = emitDecay(emit, getWeightDecay(), getDecayRows());
  RowValue lr = emit.whole(getLr());
  RowValue one = emit.constant(1);
  RowValue keep = one - lr * decay;
  RowValue correction1 = emit.whole(getBiasCorrection1());
  RowValue rate = lr / correction1;
  RowValue correction2 = 1.0 / emit.whole(getBiasCorrection2());

  RowValue p = emit.row(getParameters());
  RowValue m = emit.row(getFirstMoment());
  RowValue v = emit.row(getSecondMoment());
  RowValue g = emit.row(getGrad()) * gradScale;
  RowValue gradPart = g * (1 - beta1);
  RowValue newM = m * beta1 + gradPart;
  RowValue squarePart = g * g * (1 - beta2);
  RowValue newV = v * beta2 + squarePart;
  RowValue scale = emit.sqrt(newV * correction2) + epsilon;
  RowValue kept = p * keep;
  emit.define(getNewParameters(), kept - newM * rate / scale);
  emit.define(getNewFirstMoment(), newM);
  emit.define(getNewSecondMoment(), newV);
  return success();
}

//===----------------------------------------------------------------------===//
// LionOp
//===----------------------------------------------------------------------===//

int64_t LionOp::getNumRows() { return getParameters().getType().getDimSize(0); }
RowOperand LionOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getParametersMutable(), getGradMutable(),
                         getFirstMomentMutable()})
             ? RowOperand::ByRow
             : RowOperand::Whole;
}

/// 1, 0 or -1 for each element.
static RowValue emitSign(RowEmitter &emit, RowValue row) {
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  int64_t width = row.getWidth();
  RowValue zero = emit.broadcast(emit.constant(0), width);
  Value isAbove = arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT,
                                        row.get(), zero.get());
  Value isBelow = arith::CmpFOp::create(builder, arith::CmpFPredicate::OLT,
                                        row.get(), zero.get());
  RowValue notAbove = emit.select(isBelow, emit.constant(-1), zero);
  return emit.select(isAbove, emit.constant(1), notAbove);
}

LogicalResult LionOp::emitRow(RowEmitter &emit) {
  double beta1 = getBeta1().convertToDouble();
  double beta2 = getBeta2().convertToDouble();

  RowValue gradScale = emitGradScale(emit, getClip(), getNorm());
  RowValue decay = emitDecay(emit, getWeightDecay(), getDecayRows());
  RowValue lr = emit.whole(getLr());
  RowValue one = emit.constant(1);
  RowValue keep = one - lr * decay;

  RowValue p = emit.row(getParameters());
  RowValue m = emit.row(getFirstMoment());
  RowValue g = emit.row(getGrad()) * gradScale;
  RowValue gradPart1 = g * (1 - beta1);
  RowValue sign = emitSign(emit, m * beta1 + gradPart1);
  RowValue kept = p * keep;
  RowValue gradPart2 = g * (1 - beta2);
  emit.define(getNewParameters(), kept - sign * lr);
  emit.define(getNewFirstMoment(), m * beta2 + gradPart2);
  return success();
}
