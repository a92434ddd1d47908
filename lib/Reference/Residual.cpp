//===- Residual.cpp - Reference of writes, matches and banks --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Reference/Reference.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

/// Which number of a scale is for an element of a matrix.
static int64_t getScaleIndex(Per per, int64_t row, int64_t column) {
  switch (per) {
  case Per::Tensor:
    return 0;
  case Per::Channel:
    return column;
  case Per::Token:
    return row;
  }
  llvm_unreachable("unknown Per");
}

LogicalResult WriteOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &update = frame.get(getUpdate());
  const RefTensor *scale = getScale() ? &frame.get(getScale()) : nullptr;
  double coefficient = getCoefficient().convertToDouble();
  RefTensor &result = getRow() ? frame.createCopy(getResult(), getRow())
                               : frame.create(getResult());
  for (int64_t r = 0; r < update.getNumRows(); ++r)
    for (int64_t c = 0; c < update.getWidth(); ++c) {
      double factor = scale ? scale->values[getScaleIndex(*getPer(), r, c)] : 1;
      result.row(r)[c] += coefficient * factor * update.row(r)[c];
    }
  return success();
}

/// mean(x^2) + epsilon.
static double meanSquare(ArrayRef<double> x, double epsilon) {
  double sum = 0;
  for (double value : x)
    sum += value * value;
  return sum / x.size() + epsilon;
}

LogicalResult MatchOp::evaluate(ReferenceFrame &frame) {
  if (getDetach() && frame.setHeld(getResult()))
    return success();
  const RefTensor &row = frame.get(getRow());
  const RefTensor &reference = frame.get(getReference());
  double epsilon = getEpsilon().convertToDouble();
  RefTensor &result = frame.create(getResult());
  for (int64_t r = 0; r < row.getNumRows(); ++r)
    result.values[r] = std::sqrt(meanSquare(reference.row(r), epsilon) /
                                 meanSquare(row.row(r), epsilon));
  if (getDetach())
    frame.hold(getResult());
  return success();
}

LogicalResult MatchGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &row = frame.get(getRow());
  const RefTensor &reference = frame.get(getReference());
  const RefTensor &grad = frame.get(getGrad());
  double epsilon = getEpsilon().convertToDouble();
  RefTensor &rowGrad = frame.create(getRowGrad());
  RefTensor &referenceGrad = frame.create(getReferenceGrad());
  int64_t width = row.getWidth();
  for (int64_t r = 0; r < row.getNumRows(); ++r) {
    double rowSquare = meanSquare(row.row(r), epsilon);
    double referenceSquare = meanSquare(reference.row(r), epsilon);
    double factor =
        grad.values[r] * std::sqrt(referenceSquare / rowSquare) / width;
    for (int64_t c = 0; c < width; ++c) {
      rowGrad.row(r)[c] = -factor * row.row(r)[c] / rowSquare;
      referenceGrad.row(r)[c] = factor * reference.row(r)[c] / referenceSquare;
    }
  }
  return success();
}

LogicalResult SourceOp::evaluate(ReferenceFrame &frame) {
  RefSource source;
  if (isMaterialized()) {
    source.row = frame.share(getRow());
  } else {
    auto row = std::make_shared<RefTensor>(getResult().getType().getRowType());
    for (auto [i, plane] : llvm::enumerate(getPlanes()))
      for (auto [sum, value] : llvm::zip(row->values, frame.get(plane).values))
        sum += getCoefficient(i) * value;
    source.row = row;
  }
  if (getScale())
    source.scale = frame.share(getScale());
  if (getBias())
    source.bias = frame.share(getBias());
  frame.set(getResult(), RefBank{source});
  return success();
}

LogicalResult BankOp::evaluate(ReferenceFrame &frame) {
  RefBank sources;
  for (Value bank : getBanks())
    llvm::append_range(sources, frame.getBank(bank));
  frame.set(getResult(), std::move(sources));
  return success();
}

LogicalResult TakeOp::evaluate(ReferenceFrame &frame) {
  const RefSource &source = frame.getBank(getBank())[getIndex()];
  switch (getPart().value_or(BankPart::Row)) {
  case BankPart::Row:
    frame.set(getResult(), source.row);
    break;
  case BankPart::Scale:
    frame.set(getResult(), source.scale);
    break;
  case BankPart::Bias:
    frame.set(getResult(), source.bias);
    break;
  }
  return success();
}

LogicalResult SliceOp::evaluate(ReferenceFrame &frame) {
  ArrayRef<RefSource> sources = frame.getBank(getBank());
  sources = sources.slice(getOffset(), getResult().getType().getSize());
  frame.set(getResult(), RefBank(sources));
  return success();
}

LogicalResult CombineOp::evaluate(ReferenceFrame &frame) {
  RefTensor &result = frame.create(getResult());
  for (auto [input, coefficient] : llvm::zip(getInputs(), getCoefficients()))
    for (auto [sum, value] : llvm::zip(result.values, frame.get(input).values))
      sum += coefficient * value;
  return success();
}

LogicalResult CastOp::evaluate(ReferenceFrame &frame) {
  // What the type says is up to RefRounding.
  frame.alias(getResult(), getInput());
  return success();
}

LogicalResult BroadcastOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  RefTensor &result = frame.create(getResult());
  for (int64_t r = 0; r < result.getNumRows(); ++r)
    for (int64_t c = 0; c < result.getWidth(); ++c)
      result.row(r)[c] = input.values[getScaleIndex(getPer(), r, c)];
  return success();
}

LogicalResult RowSumOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  const RefTensor *factor = getFactor() ? &frame.get(getFactor()) : nullptr;
  RefTensor &result = frame.create(getResult());
  for (int64_t r = 0; r < input.getNumRows(); ++r)
    for (int64_t c = 0; c < input.getWidth(); ++c)
      result.values[getScaleIndex(getPer(), r, c)] +=
          input.row(r)[c] * (factor ? factor->row(r)[c] : 1);
  return success();
}

LogicalResult FillOp::evaluate(ReferenceFrame &frame) {
  llvm::fill(frame.create(getResult()).values, getValue().convertToDouble());
  return success();
}
