//===- Temperature.cpp - A row program with a parameter -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Demo.h"

#include "wav/Autodiff/Gradients.h"
#include "wav/Reference/Reference.h"
#include "wav/Rows/RowEmitter.h"

#include <cmath>

using namespace demo;
using namespace mlir;
using namespace mlir::wav;

static LogicalResult checkWidth(Operation *op, RankedTensorType input,
                                RankedTensorType temperature) {
  if (input.getDimSize(1) == temperature.getDimSize(0))
    return success();
  return op->emitOpError("has ")
         << temperature.getDimSize(0) << " temperatures for "
         << input.getDimSize(1) << " channels; it needs one for each";
}

LogicalResult TemperatureOp::verify() {
  return checkWidth(*this, getInput().getType(), getTemperature().getType());
}

LogicalResult TemperatureGradOp::verify() {
  return checkWidth(*this, getInput().getType(), getTemperature().getType());
}

//===----------------------------------------------------------------------===//
// The gradient
//===----------------------------------------------------------------------===//

LogicalResult TemperatureOp::buildGradient(OpBuilder &builder,
                                           Gradients &gradients) {
  auto op = TemperatureGradOp::create(
      builder, getLoc(), Gradients::getType(getInput()),
      getTemperature().getType(), getInput(), getTemperature(),
      gradients.get(getResult()));
  gradients.add(getInput(), op.getInputGrad());
  gradients.add(getTemperature(), op.getTemperatureGrad());
  return success();
}

//===----------------------------------------------------------------------===//
// The reference: float64, slow and obvious
//===----------------------------------------------------------------------===//

LogicalResult TemperatureOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &x = frame.get(getInput()), &t = frame.get(getTemperature());
  RefTensor &y = frame.create(getResult());
  for (int64_t row = 0; row < x.getNumRows(); ++row)
    for (int64_t i = 0; i < x.getWidth(); ++i)
      y.row(row)[i] = x.row(row)[i] * std::exp(t.values[i]);
  return success();
}

LogicalResult TemperatureGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &x = frame.get(getInput()), &t = frame.get(getTemperature()),
                  &grad = frame.get(getGrad());
  RefTensor &dx = frame.create(getInputGrad());
  RefTensor &dt = frame.create(getTemperatureGrad());
  for (int64_t row = 0; row < x.getNumRows(); ++row)
    for (int64_t i = 0; i < x.getWidth(); ++i) {
      dx.row(row)[i] = grad.row(row)[i] * std::exp(t.values[i]);
      dt.values[i] += x.row(row)[i] * dx.row(row)[i];
    }
  return success();
}

//===----------------------------------------------------------------------===//
// The row program
//===----------------------------------------------------------------------===//

// All operands are read by row but the temperatures, which are the same for
// every row. Fusion believes this.

int64_t TemperatureOp::getNumRows() {
  return getInput().getType().getDimSize(0);
}
RowOperand TemperatureOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getTemperatureMutable()}) ? RowOperand::Whole
                                                   : RowOperand::ByRow;
}

LogicalResult TemperatureOp::emitRow(RowEmitter &emit) {
  RowValue x = emit.row(getInput());
  RowValue factor = emit.exp(emit.whole(getTemperature()));
  emit.define(getResult(), x * factor);
  return success();
}

int64_t TemperatureGradOp::getNumRows() {
  return getInput().getType().getDimSize(0);
}
RowOperand TemperatureGradOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getTemperatureMutable()}) ? RowOperand::Whole
                                                   : RowOperand::ByRow;
}
/// The gradient of a parameter is a sum over all rows.
RowResult TemperatureGradOp::getRowResult(unsigned index) {
  return getResult(index) == getTemperatureGrad() ? RowResult::Sum
                                                  : RowResult::ByRow;
}

LogicalResult TemperatureGradOp::emitRow(RowEmitter &emit) {
  RowValue x = emit.row(getInput());
  RowValue factor = emit.exp(emit.whole(getTemperature()));
  RowValue inputGrad = emit.row(getGrad()) * factor;
  emit.define(getInputGrad(), inputGrad);
  emit.accumulate(getTemperatureGrad(), x * inputGrad);
  return success();
}

//===----------------------------------------------------------------------===//
// The cost
//===----------------------------------------------------------------------===//

// A product an element; then two products and a sum. What does not grow with
// the rows is not counted.
int64_t TemperatureOp::getFlops() {
  return getInput().getType().getNumElements();
}
int64_t TemperatureGradOp::getFlops() {
  return 3 * getInput().getType().getNumElements();
}
