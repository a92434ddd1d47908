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
  ImplicitLocOpBuilder &builder = emit.getBuilder();

  // The numbers that are the same for all parameters.
  RowValue one = emit.constant(1);
  RowValue zero = emit.constant(0);
  RowValue clip = emit.whole(getClip());
  RowValue norm = emit.whole(getNorm());
  RowValue ratio = clip / (norm + 1e-6);
  Value isTooLong = arith::CmpFOp::create(builder, arith::CmpFPredicate::OLT,
                                          ratio.get(), one.get());
  Value clips = arith::CmpFOp::create(builder, arith::CmpFPredicate::ONE,
                                      clip.get(), zero.get());
  Value shortens = arith::AndIOp::create(builder, isTooLong, clips);
  RowValue gradScale = emit.select(shortens, ratio, one);

  Value decays =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, emit.getRow(),
                            emit.constantIndex(getDecayRows()));
  RowValue weightDecay = emit.whole(getWeightDecay());
  RowValue decay = emit.select(decays, weightDecay, zero);
  RowValue lr = emit.whole(getLr());
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
