//===- ResidualGradients.cpp - Gradient rules of residual-routing ops -----===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Autodiff/Gradients.h"
#include "wav/IR/WavResidualOps.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult WriteOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  if (Value row = getRow())
    gradients.forward(getResult(), row);
  Value scale = getScale();
  if (!scale) {
    gradients.forward(getResult(), getUpdate(),
                      getCoefficient().convertToDouble());
    return success();
  }
  Value grad = gradients.get(getResult());
  gradients.add(getUpdate(),
                WriteOp::create(builder, getLoc(),
                                Gradients::getType(getUpdate()), grad,
                                /*row=*/Value(), scale, getPerAttr(),
                                getCoefficientAttr()));
  if (gradients.isActive(scale))
    gradients.add(scale, WriteScaleGradOp::create(
                             builder, getLoc(), scale.getType(), getUpdate(),
                             grad, getPerAttr(), getCoefficientAttr()));
  return success();
}

LogicalResult MatchOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  // A detached match is not active and never asked.
  auto op = MatchGradOp::create(builder, getLoc(), Gradients::getType(getRow()),
                                Gradients::getType(getReference()), getRow(),
                                getReference(), gradients.get(getResult()),
                                getEpsilonAttr());
  gradients.add(getRow(), op.getRowGrad());
  gradients.add(getReference(), op.getReferenceGrad());
  return success();
}

LogicalResult BankOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  Value grad = gradients.get(getResult());
  int64_t index = 0;
  if (Value prefix = getPrefix()) {
    index = cast<BankType>(prefix.getType()).getSize();
    gradients.add(prefix, PrefixOp::create(builder, getLoc(),
                                           Gradients::getType(prefix), grad));
  }
  Type rowType = cast<BankType>(grad.getType()).getRowType();
  for (Value row : getRows()) {
    if (gradients.isActive(row))
      gradients.add(row,
                    TakeOp::create(builder, getLoc(), rowType, grad, index));
    ++index;
  }
  return success();
}

LogicalResult ReadOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  if (Value base = getBase())
    gradients.forward(getResult(), base);
  Value grad = gradients.get(getResult());

  // All reads of a bank accumulate onto one gradient.
  Value bankSoFar = gradients.take(getBank());
  // Detached matches and constants are not active: their scales need nothing.
  Type scalesGradType;
  Value scalesSoFar;
  if (gradients.isActive(getScales())) {
    scalesGradType = getScales().getType();
    if (bankSoFar)
      scalesSoFar = gradients.take(getScales());
  }
  SmallVector<Type> openGradTypes =
      llvm::map_to_vector(getOpen(), Gradients::getType);
  bool openScalesActive = llvm::any_of(
      getOpenScales(), [&](Value v) { return gradients.isActive(v); });

  auto op = ReadGradOp::create(
      builder, getLoc(), getQuery().getType(),
      getBias() ? getBias().getType() : Type(), Gradients::getType(getBank()),
      openGradTypes, scalesGradType,
      openScalesActive ? TypeRange(getOpenScales().getTypes()) : TypeRange(),
      getQuery(), getBias(), getBank(), getScales(), getKinds(), getOpen(),
      getOpenScales(), grad, bankSoFar, scalesSoFar, getOpenKindsAttr(),
      getEpsilonAttr());

  gradients.add(getQuery(), op.getQueryGrad());
  if (getBias())
    gradients.add(getBias(), op.getBiasGrad());
  gradients.add(getBank(), op.getBankGrad());
  for (auto [row, rowGrad] : llvm::zip_equal(getOpen(), op.getOpenGrads()))
    gradients.add(row, rowGrad);
  if (scalesGradType)
    gradients.add(getScales(), op.getScalesGrad());
  // Empty unless some open scale is active.
  for (auto [scaleGrad, scale] :
       llvm::zip_first(op.getOpenScalesGrads(), getOpenScales()))
    gradients.add(scale, scaleGrad);
  return success();
}

LogicalResult CombineOp::buildGradient(OpBuilder &, Gradients &gradients) {
  for (auto [input, coefficient] :
       llvm::zip_equal(getInputs(), getCoefficients()))
    gradients.forward(getResult(), input, coefficient);
  return success();
}

LogicalResult CastOp::buildGradient(OpBuilder &, Gradients &gradients) {
  gradients.forward(getResult(), getInput());
  return success();
}

LogicalResult MultiplyOp::buildGradient(OpBuilder &builder,
                                        Gradients &gradients) {
  Value grad = gradients.get(getResult());
  auto addProduct = [&](Value operand, Value other) {
    if (gradients.isActive(operand))
      gradients.add(operand,
                    MultiplyOp::create(builder, getLoc(), operand.getType(),
                                       grad, other));
  };
  addProduct(getLhs(), getRhs());
  addProduct(getRhs(), getLhs());
  return success();
}
