//===- WavResidualOps.cpp - Ops of residual routing -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "Verify.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavResidualOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Writes and matches
//===----------------------------------------------------------------------===//

/// A scale has one number for each `per` of `update`.
static LogicalResult checkScale(Operation *op, StringRef name, Value scale,
                                Per per, Value update) {
  switch (per) {
  case Per::Tensor:
    return checkShape(op, name, scale, {1}, "one element, per tensor");
  case Per::Channel:
    return checkShape(op, name, scale, {getWidth(update)},
                      "one element for each column of 'update', per channel");
  case Per::Token:
    return checkShape(op, name, scale, {getRows(update)},
                      "one element for each row of 'update', per token");
  }
  llvm_unreachable("unknown unit of a scale");
}

LogicalResult WriteOp::verify() {
  if (failed(checkSameShape(*this, "row", getRow(), "update", getUpdate())))
    return failure();
  if (!getScale() != !getPer())
    return emitOpError("needs 'scale' and 'per' together");
  if (getScale() &&
      failed(checkScale(*this, "scale", getScale(), *getPer(), getUpdate())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "update", getUpdate());
}

LogicalResult WriteScaleGradOp::verify() {
  if (failed(checkSameShape(*this, "grad", getGrad(), "update", getUpdate())))
    return failure();
  return checkScale(*this, "scale_grad", getScaleGrad(), getPer(), getUpdate());
}

/// Factors of a match are one scalar for each token of `row`.
static LogicalResult checkFactors(Operation *op, StringRef name, Value factors,
                                  Value row) {
  return checkShape(op, name, factors, {getRows(row)},
                    "one element for each row of 'row'");
}

LogicalResult MatchOp::verify() {
  if (failed(
          checkSameShape(*this, "reference", getReference(), "row", getRow())))
    return failure();
  return checkFactors(*this, "result", getResult(), getRow());
}

LogicalResult MatchGradOp::verify() {
  std::pair<StringRef, Value> likeRow[] = {
      {"reference", getReference()},
      {"row_grad", getRowGrad()},
      {"reference_grad", getReferenceGrad()}};
  for (auto [name, value] : likeRow)
    if (failed(checkSameShape(*this, name, value, "row", getRow())))
      return failure();
  return checkFactors(*this, "grad", getGrad(), getRow());
}

//===----------------------------------------------------------------------===//
// Banks
//===----------------------------------------------------------------------===//

LogicalResult BankOp::verify() {
  BankType result = getResult().getType();
  int64_t size = getRows().size();
  if (BankType prefix = getPrefix() ? getPrefix().getType() : BankType()) {
    if (prefix.isDynamic())
      return emitOpError("cannot extend a bank of unknown size");
    if (prefix.getRowType() != result.getRowType())
      return emitOpError("rows of 'prefix' are ")
             << prefix.getRowType() << " but those of the result are "
             << result.getRowType();
    size += prefix.getSize();
  }
  for (auto [i, row] : llvm::enumerate(getRows()))
    if (row.getType() != result.getRowType())
      return emitOpError("row ")
             << i << " is " << row.getType() << " but rows of the result are "
             << result.getRowType();
  if (result.getSize() != size)
    return emitOpError("forms a bank of ")
           << size << " rows but the result is " << result;
  return success();
}

LogicalResult TakeOp::verify() {
  BankType bank = getBank().getType();
  int64_t index = getIndex();
  if (index < 0 || (!bank.isDynamic() && index >= bank.getSize()))
    return emitOpError("takes row ")
           << index << " of a bank of " << bank.getSize() << " rows";
  if (getResult().getType() != bank.getRowType())
    return emitOpError("result is ")
           << getResult().getType() << " but rows of the bank are "
           << bank.getRowType();
  return success();
}

LogicalResult PrefixOp::verify() {
  BankType bank = getBank().getType(), result = getResult().getType();
  if (bank.isDynamic() || result.isDynamic())
    return emitOpError("needs banks of known size");
  if (bank.getRowType() != result.getRowType())
    return emitOpError("rows of the result are ")
           << result.getRowType() << " but those of the bank are "
           << bank.getRowType();
  if (result.getSize() > bank.getSize())
    return emitOpError("takes the first ")
           << result.getSize() << " rows of a bank of " << bank.getSize();
  return success();
}

//===----------------------------------------------------------------------===//
// Read
//===----------------------------------------------------------------------===//

/// What a read and its gradient have in common; `Op` is either. `row` is a
/// value of the shape that every source has, called `rowName`.
template <typename Op>
static LogicalResult checkSources(Op op, StringRef rowName, Value row) {
  if (failed(checkShape(op, "query", op.getQuery(), {getWidth(row)},
                        "one element for each column of '" + rowName + "'")))
    return failure();

  BankType bank = op.getBank().getType(), scales = op.getScales().getType();
  if (bank.getRowType().getShape() != getTensor(row).getShape())
    return op.emitOpError("rows of 'bank' are ")
           << bank.getRowType() << " but '" << rowName << "' is "
           << row.getType();
  auto scalars =
      RankedTensorType::get({getRows(row)}, Float32Type::get(op.getContext()));
  if (scales.getRowType() != scalars)
    return op.emitOpError("rows of 'scales' are ")
           << scales.getRowType() << " but must be " << scalars
           << ", one scalar for each row of '" << rowName << "'";
  int64_t kinds = cast<ShapedType>(op.getKinds().getType()).getDimSize(0);
  bool sameSize =
      bank.isDynamic()
          ? scales.isDynamic() && ShapedType::isDynamic(kinds)
          : scales.getSize() == bank.getSize() && kinds == bank.getSize();
  if (!sameSize)
    return op.emitOpError("'bank', 'scales' and 'kinds' must be of one size, "
                          "not ")
           << bank << ", " << scales << " and " << op.getKinds().getType();
  if (bank.getSize() == 0 && op.getOpen().empty())
    return op.emitOpError("has no source to read");

  if (failed(checkCount(op, "open", op.getOpen().size(), "open_scales",
                        op.getOpenScales().size())) ||
      failed(checkCount(op, "open", op.getOpen().size(), "open_kinds",
                        op.getOpenKinds().size())))
    return failure();
  for (Value open : op.getOpen())
    if (failed(checkSameShape(op, "open", open, rowName, row)))
      return failure();
  for (Value scale : op.getOpenScales())
    if (failed(checkShape(op, "open_scales", scale, {getRows(row)},
                          "one scalar for each row of '" + rowName + "'")))
      return failure();
  int64_t numKinds = op.getBias() ? getTensor(op.getBias()).getDimSize(0) : 0;
  for (auto [i, kind] : llvm::enumerate(op.getOpenKinds()))
    if (kind < -1 || kind >= numKinds)
      return op.emitOpError("open row ")
             << i << " has kind " << kind << " but 'bias' has " << numKinds
             << " elements; -1 stands for no bias";
  return success();
}

LogicalResult ReadOp::verify() {
  if (failed(checkSources(*this, "result", getResult())))
    return failure();
  return checkSameShape(*this, "base", getBase(), "result", getResult());
}

/// Fails unless `grad` is a bank of as many tensors of the same shape.
static LogicalResult checkBankGrad(Operation *op, StringRef name, BankType grad,
                                   StringRef bankName, BankType bank) {
  if (grad.getSize() != bank.getSize() ||
      grad.getRowType().getShape() != bank.getRowType().getShape())
    return op->emitOpError() << "'" << name << "' is " << grad << " but '"
                             << bankName << "' is " << bank;
  if (!grad.getRowType().getElementType().isF32())
    return op->emitOpError() << "'" << name << "' is " << grad
                             << "; many reads add to its rows, so they must be "
                                "f32";
  return success();
}

LogicalResult ReadGradOp::verify() {
  if (failed(checkSources(*this, "grad", getGrad())) ||
      failed(checkSameShape(*this, "query_grad", getQueryGrad(), "query",
                            getQuery())))
    return failure();
  if (!getBias() != !getBiasGrad())
    return emitOpError("has ") << (getBias() ? "a 'bias' but no 'bias_grad'"
                                             : "a 'bias_grad' but no 'bias'");
  if (getBias() && failed(checkSameShape(*this, "bias_grad", getBiasGrad(),
                                         "bias", getBias())))
    return failure();

  if (failed(checkBankGrad(*this, "bank_grad", getBankGrad().getType(), "bank",
                           getBank().getType())))
    return failure();
  if (getAccumulator() && getAccumulator().getType() != getBankGrad().getType())
    return emitOpError("'accumulator' is ")
           << getAccumulator().getType() << " but 'bank_grad' is "
           << getBankGrad().getType();
  if (failed(checkCount(*this, "open", getOpen().size(), "open_grads",
                        getOpenGrads().size())))
    return failure();
  for (Value grad : getOpenGrads())
    if (failed(checkSameShape(*this, "open_grads", grad, "grad", getGrad())))
      return failure();

  if (getScalesGrad() &&
      failed(checkBankGrad(*this, "scales_grad", getScalesGrad().getType(),
                           "scales", getScales().getType())))
    return failure();
  if (getScalesAccumulator() && !getScalesGrad())
    return emitOpError("has a 'scales_accumulator' but no 'scales_grad'");
  if (getScalesAccumulator() &&
      getScalesAccumulator().getType() != getScalesGrad().getType())
    return emitOpError("'scales_accumulator' is ")
           << getScalesAccumulator().getType() << " but 'scales_grad' is "
           << getScalesGrad().getType();
  if (!getOpenScalesGrads().empty() &&
      failed(checkCount(*this, "open", getOpen().size(), "open_scales_grads",
                        getOpenScalesGrads().size())))
    return failure();
  for (Value grad : getOpenScalesGrads())
    if (failed(checkShape(*this, "open_scales_grads", grad,
                          {getRows(getGrad())},
                          "one scalar for each row of 'grad'")))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Combinations
//===----------------------------------------------------------------------===//

LogicalResult CombineOp::verify() {
  if (failed(checkCount(*this, "inputs", getInputs().size(), "coefficients",
                        getCoefficients().size())))
    return failure();
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (getTensor(input).getShape() != getResult().getType().getShape())
      return emitOpError("input ")
             << i << " is " << input.getType() << " but the result is "
             << getResult().getType();
  return success();
}

LogicalResult CastOp::verify() {
  return checkSameShape(*this, "result", getResult(), "input", getInput());
}

LogicalResult MultiplyOp::verify() {
  if (failed(checkSameShape(*this, "rhs", getRhs(), "lhs", getLhs())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "lhs", getLhs());
}
