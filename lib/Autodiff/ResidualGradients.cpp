//===- ResidualGradients.cpp - Gradient rules of residual-routing ops -----===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Autodiff/Gradients.h"
#include "wav/IR/WavResidualOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

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
    gradients.add(scale,
                  RowSumOp::create(builder, getLoc(), scale.getType(),
                                   getUpdate(), grad, *getPer()),
                  getCoefficient().convertToDouble());
  return success();
}

bool MatchOp::stopsGradient() { return getDetach(); }

LogicalResult MatchOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  auto op = MatchGradOp::create(builder, getLoc(), Gradients::getType(getRow()),
                                Gradients::getType(getReference()), getRow(),
                                getReference(), gradients.get(getResult()),
                                getEpsilonAttr());
  gradients.add(getRow(), op.getRowGrad());
  gradients.add(getReference(), op.getReferenceGrad());
  return success();
}

/// Adds to the gradients of what a source is made of, given those of its row
/// and (null if not wanted) of its scale.
static void addToSource(Gradients &gradients, SourceOp source, Value rowGrad,
                        Value scaleGrad) {
  for (auto [i, plane] : llvm::enumerate(source.getPlanes()))
    gradients.add(plane, rowGrad, source.getCoefficient(i));
  if (scaleGrad)
    gradients.add(source.getScale(), scaleGrad);
}

/// Adds up the gradients of what a source is made of. Many ops may use one
/// plane, one after the other: summed up where the gradients of several rows
/// are known, one tensor is passed on.
static void sumUp(Gradients &gradients, SourceOp source) {
  for (Value plane : source.getPlanes())
    gradients.get(plane);
}

/// The same as `addToSource` for a source that is number `index` of a bank,
/// from the bank's gradient.
static void addToSource(OpBuilder &builder, Gradients &gradients,
                        SourceOp source, Value bankGrad, int64_t index) {
  if (!gradients.isActive(source))
    return;
  Location loc = bankGrad.getLoc();
  Value row = TakeOp::create(builder, loc, bankGrad, index), scale;
  if (cast<BankType>(bankGrad.getType()).getScaled() &&
      gradients.isActive(source.getScale()))
    scale = TakeOp::create(builder, loc, bankGrad, index, BankPart::Scale);
  addToSource(gradients, source, row, scale);
}

LogicalResult BankOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  Value grad = gradients.get(getResult());
  auto gradType = cast<BankType>(grad.getType());
  int64_t offset = 0;
  for (Value bank : getBanks()) {
    int64_t size = cast<BankType>(bank.getType()).getSize();
    // A source's gradient goes straight to what it is made of.
    if (auto source = bank.getDefiningOp<SourceOp>()) {
      addToSource(builder, gradients, source, grad, offset);
    } else if (gradients.isActive(bank)) {
      gradients.add(bank,
                    SliceOp::create(builder, getLoc(), gradType.withSize(size),
                                    grad, offset));
    }
    offset += size;
  }
  for (Value bank : getBanks())
    if (auto source = bank.getDefiningOp<SourceOp>())
      sumUp(gradients, source);
  return success();
}

static SmallVector<Type> getTypes(ValueRange values) {
  return llvm::to_vector(values.getTypes());
}

LogicalResult ReadOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  if (!getPart().empty())
    return emitOpError("continues a part of a read, which has no gradient of "
                       "its own; split reads after they are differentiated");

  // The roles whose outputs matter.
  SmallVector<Value> queries, biases, grads;
  for (unsigned role : llvm::seq(getNumRoles())) {
    Value output = getOutputs()[role];
    if (!gradients.has(output))
      continue;
    queries.push_back(getQueries()[role]);
    if (Value bias = getBias(role))
      biases.push_back(bias);
    grads.push_back(gradients.get(output));
  }
  if (queries.empty())
    return emitOpError("has statistics that the loss depends on; only its "
                       "outputs are differentiated");

  SmallVector<SourceOp> open;
  SmallVector<Type> openGradTypes, openScaleGradTypes;
  for (Value value : getOpen()) {
    open.push_back(value.getDefiningOp<SourceOp>());
    openGradTypes.push_back(
        Gradients::getType(open.back().getPlanes().front()));
  }
  if (llvm::any_of(open, [&](SourceOp source) {
        return gradients.hasActiveScale(source);
      }))
    openScaleGradTypes.assign(open.size(), getMaxima().front().getType());
  Value soFar;
  Type bankGradType;
  if (getBank()) {
    soFar = gradients.take(getBank());
    bankGradType = soFar ? soFar.getType() : gradients.getStartType(getBank());
  }

  auto op = ReadGradOp::create(
      builder, getLoc(), getTypes(queries), getTypes(biases), bankGradType,
      openGradTypes, openScaleGradTypes, /*part_weights=*/TypeRange(),
      /*part_lse_grads=*/TypeRange(), queries, biases, getBank(), getOpen(),
      /*part=*/ValueRange(), /*part_max=*/ValueRange(),
      /*part_inverse_sum=*/ValueRange(), grads, /*weights=*/ValueRange(),
      /*lse_grads=*/ValueRange(), soFar, getEpsilonAttr());

  for (auto [query, grad] : llvm::zip_equal(queries, op.getQueryGrads()))
    gradients.add(query, grad);
  for (auto [bias, grad] : llvm::zip_equal(biases, op.getBiasGrads()))
    gradients.add(bias, grad);
  if (getBank()) {
    if (auto source = getBank().getDefiningOp<SourceOp>())
      addToSource(builder, gradients, source, op.getBankGrad(), 0);
    else
      gradients.add(getBank(), op.getBankGrad());
  }
  for (auto [i, source] : llvm::enumerate(open))
    addToSource(gradients, source, op.getOpenGrads()[i],
                openScaleGradTypes.empty() || !source.getScale()
                    ? Value()
                    : op.getOpenScaleGrads()[i]);
  for (SourceOp source : open)
    sumUp(gradients, source);
  return success();
}

LogicalResult CombineOp::buildGradient(OpBuilder &, Gradients &gradients) {
  for (auto [input, coefficient] :
       llvm::zip_equal(getInputs(), getCoefficients()))
    gradients.forward(getResult(), input, coefficient);
  return success();
}

/// What was cast from f32 has a gradient that is never rounded.
Type CastOp::getGradientType(unsigned) {
  Type element = getInput().getType().getElementType();
  return element.isF32() ? getResult().getType().clone(element) : Type();
}

LogicalResult CastOp::buildGradient(OpBuilder &, Gradients &gradients) {
  gradients.forward(getResult(), getInput());
  return success();
}

LogicalResult BroadcastOp::buildGradient(OpBuilder &builder,
                                         Gradients &gradients) {
  gradients.add(getInput(),
                RowSumOp::create(builder, getLoc(), getInput().getType(),
                                 gradients.get(getResult()),
                                 /*factor=*/Value(), getPer()));
  return success();
}

LogicalResult RowSumOp::buildGradient(OpBuilder &builder,
                                      Gradients &gradients) {
  // One number for all elements of a row or column, times what it was
  // multiplied by.
  auto addTo = [&](Value value, Value factor) {
    if (!value || !gradients.isActive(value))
      return;
    Type type = Gradients::getType(value);
    Value grad = BroadcastOp::create(builder, getLoc(), type,
                                     gradients.get(getResult()), getPer());
    if (factor) {
      factor = builder.createOrFold<CastOp>(getLoc(), type, factor);
      grad = arith::MulFOp::create(builder, getLoc(), grad, factor);
    }
    gradients.add(value, grad);
  };
  addTo(getInput(), getFactor());
  addTo(getFactor(), getInput());
  return success();
}
