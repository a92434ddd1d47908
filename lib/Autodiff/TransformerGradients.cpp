//===- TransformerGradients.cpp - Gradient rules of transformer ops -------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Autodiff/Gradients.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavTransformerOps.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult EmbedOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  Value grad = gradients.get(getResult());
  if (!gradients.isActive(getTable()))
    return success();
  // A tied embedding already has the gradient of the output projection.
  Type sumType = getTable().getType().clone(builder.getF32Type());
  Value soFar = gradients.take(getTable(), sumType);
  if (!soFar)
    soFar = FillOp::create(builder, getLoc(), sumType,
                           builder.getF64FloatAttr(0.0));
  gradients.add(getTable(), EmbedGradOp::create(builder, getLoc(), sumType,
                                                getIndex(), grad, soFar));
  return success();
}

LogicalResult MatmulOp::buildGradient(OpBuilder &builder,
                                      Gradients &gradients) {
  // The other factor is of the type of A and B, whatever that of C.
  Value grad = gradients.get(
      getResult(),
      getResult().getType().clone(getA().getType().getElementType()));
  bool transposeA = getTransposeA(), transposeB = getTransposeB();
  auto addProduct = [&](Value operand, Value lhs, bool transposeLhs, Value rhs,
                        bool transposeRhs) {
    if (gradients.isActive(operand))
      gradients.add(
          operand, MatmulOp::create(
                       builder, getLoc(), Gradients::getType(operand), lhs, rhs,
                       /*accumulator=*/Value(), transposeLhs, transposeRhs));
  };

  // With G the gradient of C = op(A) op(B): d op(A) = G op(B)^T and
  // d op(B) = op(A)^T G; transposed on both sides for a transposed operand.
  if (transposeA)
    addProduct(getA(), getB(), transposeB, grad, /*transposeRhs=*/true);
  else
    addProduct(getA(), grad, /*transposeLhs=*/false, getB(), !transposeB);
  if (transposeB)
    addProduct(getB(), grad, /*transposeLhs=*/true, getA(), transposeA);
  else
    addProduct(getB(), getA(), !transposeA, grad, /*transposeRhs=*/false);

  if (Value accumulator = getAccumulator())
    gradients.forward(getResult(), accumulator);
  return success();
}

LogicalResult RMSNormOp::buildGradient(OpBuilder &builder,
                                       Gradients &gradients) {
  auto op = RMSNormGradOp::create(
      builder, getLoc(), Gradients::getType(getInput()), getGain().getType(),
      getInput(), getGain(), gradients.get(getResult()), getEpsilonAttr());
  gradients.add(getInput(), op.getInputGrad());
  gradients.add(getGain(), op.getGainGrad());
  return success();
}

LogicalResult RopeOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  // A rotation's transpose is its inverse.
  gradients.add(
      getInput(),
      RopeOp::create(builder, getLoc(), Gradients::getType(getInput()),
                     gradients.get(getResult()), getTable(), getPosition(),
                     getHeads(), getSequenceLength(), !getInverse()));
  return success();
}

LogicalResult AttentionOp::buildGradient(OpBuilder &builder,
                                         Gradients &gradients) {
  if (getPosition())
    return emitOpError("has no gradient at a position of a cache; "
                       "differentiate attention over whole sequences");
  if (gradients.has(getMax()) || gradients.has(getInverseSum()))
    return emitOpError("has no gradient with respect to its statistics; "
                       "use only the first result");
  auto op = AttentionGradOp::create(
      builder, getLoc(), getQuery().getType(), getKey().getType(),
      getValue().getType(), getQuery(), getKey(), getValue(), getResult(),
      getMax(), getInverseSum(), gradients.get(getResult()), getBatch(),
      getHeads());
  gradients.add(getQuery(), op.getQueryGrad());
  gradients.add(getKey(), op.getKeyGrad());
  gradients.add(getValue(), op.getValueGrad());
  return success();
}

LogicalResult SwiGLUOp::buildGradient(OpBuilder &builder,
                                      Gradients &gradients) {
  auto op =
      SwiGLUGradOp::create(builder, getLoc(), Gradients::getType(getGate()),
                           Gradients::getType(getUp()), getGate(), getUp(),
                           gradients.get(getResult()));
  gradients.add(getGate(), op.getGateGrad());
  gradients.add(getUp(), op.getUpGrad());
  return success();
}

LogicalResult CrossEntropyOp::buildGradient(OpBuilder &builder,
                                            Gradients &gradients) {
  gradients.add(getLogits(),
                CrossEntropyGradOp::create(
                    builder, getLoc(), Gradients::getType(getLogits()),
                    getLogits(), getTargets(), gradients.get(getLoss())));
  return success();
}
