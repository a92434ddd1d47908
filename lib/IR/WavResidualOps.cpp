//===- WavResidualOps.cpp - Ops of residual routing -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "Verify.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavResidualOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Writes and matches
//===----------------------------------------------------------------------===//

/// Fails unless `numbers`, called `name`, has one for each `per` of `matrix`.
static LogicalResult checkPer(Operation *op, StringRef name, Value numbers,
                              Per per, StringRef matrixName, Value matrix) {
  switch (per) {
  case Per::Tensor:
    return checkShape(op, name, numbers, {1}, "one element, per tensor");
  case Per::Channel:
    return checkShape(op, name, numbers, {getWidth(matrix)},
                      "one element for each column of '" + matrixName +
                          "', per channel");
  case Per::Token:
    return checkShape(op, name, numbers, {getRows(matrix)},
                      "one element for each row of '" + matrixName +
                          "', per token");
  }
  llvm_unreachable("unknown Per");
}

LogicalResult WriteOp::verify() {
  if (failed(checkSameShape(*this, "row", getRow(), "update", getUpdate())))
    return failure();
  if (!getScale() != !getPer())
    return emitOpError("needs 'scale' and 'per' together");
  if (getScale() && failed(checkPer(*this, "scale", getScale(), *getPer(),
                                    "update", getUpdate())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "update", getUpdate());
}

LogicalResult WriteScaleGradOp::verify() {
  if (failed(checkSameShape(*this, "grad", getGrad(), "update", getUpdate())))
    return failure();
  return checkPer(*this, "scale_grad", getScaleGrad(), getPer(), "update",
                  getUpdate());
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

void SourceOp::build(OpBuilder &builder, OperationState &state, Value row,
                     Value scale, Value bias) {
  build(builder, state,
        BankType::get(1, getTensor(row), scale != nullptr, bias != nullptr),
        row, scale, bias, /*coefficients=*/DenseF64ArrayAttr());
}

LogicalResult SourceOp::verify() {
  BankType bank = getResult().getType();
  if (getPlanes().empty())
    return emitOpError("has no plane");
  if (getCoefficients() &&
      failed(checkCount(*this, "planes", getPlanes().size(), "coefficients",
                        getCoefficients()->size())))
    return failure();
  Value first = getPlanes().front();
  for (Value plane : getPlanes())
    if (failed(checkSameShape(*this, "planes", plane, "planes", first)))
      return failure();
  if (failed(checkShape(*this, "scale", getScale(), {getRows(first)},
                        "one element for each row of a plane")))
    return failure();
  auto expected = BankType::get(1, bank.getRowType(), getScale() != nullptr,
                                getBias() != nullptr);
  if (bank != expected)
    return emitOpError("result is ") << bank << " but must be " << expected;
  if (bank.getRowType().getShape() != getTensor(first).getShape())
    return emitOpError("result has rows ")
           << bank.getRowType() << " but a plane is " << first.getType();
  if (isMaterialized() && bank.getRowType() != first.getType())
    return emitOpError("names a plane of type ")
           << first.getType() << " as a row of type " << bank.getRowType()
           << "; wav.cast it before";
  return success();
}

void BankOp::build(OpBuilder &builder, OperationState &state,
                   ValueRange banks) {
  int64_t size = 0;
  for (Type type : banks.getTypes())
    size += cast<BankType>(type).getSize();
  build(builder, state, cast<BankType>(banks.front().getType()).withSize(size),
        banks);
}

LogicalResult BankOp::verify() {
  BankType result = getResult().getType();
  int64_t size = 0;
  for (auto [i, value] : llvm::enumerate(getBanks())) {
    auto bank = cast<BankType>(value.getType());
    if (bank.isDynamic())
      return emitOpError("cannot contain a bank of unknown size");
    if (bank.withSize(result.getSize()) != result)
      return emitOpError("bank ")
             << i << " is " << bank << " but the result is " << result
             << "; their sources have other tensors";
    size += bank.getSize();
  }
  if (size != result.getSize())
    return emitOpError("has ") << size << " sources but forms " << result;
  return success();
}

void TakeOp::build(OpBuilder &builder, OperationState &state, Value bank,
                   int64_t index, BankPart part) {
  build(builder, state, cast<BankType>(bank.getType()).getPartType(part), bank,
        builder.getI64IntegerAttr(index),
        part == BankPart::Row ? BankPartAttr()
                              : BankPartAttr::get(builder.getContext(), part));
}

LogicalResult TakeOp::verify() {
  BankType bank = getBank().getType();
  int64_t index = getIndex();
  if (index < 0 || (!bank.isDynamic() && index >= bank.getSize()))
    return emitOpError("takes source ")
           << index << " of a bank of " << bank.getSize() << " sources";
  BankPart part = getPart().value_or(BankPart::Row);
  if ((part == BankPart::Scale && !bank.getScaled()) ||
      (part == BankPart::Bias && !bank.getBiased()))
    return emitOpError("takes the ")
           << stringifyBankPart(part) << " of a source of " << bank
           << ", which has none";
  if (getResult().getType() != bank.getPartType(part))
    return emitOpError("result is ") << getResult().getType() << " but must be "
                                     << bank.getPartType(part);
  return success();
}

LogicalResult SliceOp::verify() {
  BankType bank = getBank().getType(), result = getResult().getType();
  int64_t offset = getOffset();
  if (bank.isDynamic() || result.isDynamic())
    return emitOpError("needs banks of known size");
  if (bank.withSize(result.getSize()) != result)
    return emitOpError("result is ") << result << " but the bank is " << bank
                                     << "; their sources have other tensors";
  if (offset < 0 || offset > bank.getSize() - result.getSize())
    return emitOpError("takes ")
           << result.getSize() << " sources from source " << offset
           << " on of a bank of " << bank.getSize();
  return success();
}

//===----------------------------------------------------------------------===//
// Read
//===----------------------------------------------------------------------===//

/// Fails unless the sources in sight have biases among `numBiases`. In a kernel
/// none is.
static LogicalResult checkBiases(Operation *op, Value bank, int64_t numBiases) {
  if (auto list = bank.getDefiningOp<BankOp>()) {
    for (Value part : list.getBanks())
      if (failed(checkBiases(op, part, numBiases)))
        return failure();
    return success();
  }
  auto source = bank.getDefiningOp<SourceOp>();
  DenseIntElementsAttr index;
  if (!source || !source.getBias() ||
      !matchPattern(source.getBias(), m_Constant(&index)))
    return success();
  int64_t value = (*index.value_begin<APInt>()).getSExtValue();
  if (value >= -1 && value < numBiases)
    return success();
  InFlightDiagnostic diag = op->emitOpError("has a source with bias ")
                            << value << " of " << numBiases
                            << "; -1 stands for no bias";
  diag.attachNote(source.getLoc()) << "the source";
  return diag;
}

/// The same for the bank and the open sources of a read; without biases, the
/// indices do not matter.
template <typename Op> static LogicalResult checkBiases(Op op, Value biases) {
  if (!biases)
    return success();
  int64_t numBiases = getTensor(biases).getDimSize(0);
  if (failed(checkBiases(op, op.getBank(), numBiases)))
    return failure();
  for (Value open : op.getOpen())
    if (failed(checkBiases(op, open, numBiases)))
      return failure();
  return success();
}

/// What a read and its gradient have in common; `Op` is either. `row` is a
/// value of the shape that every source has, called `rowName`.
template <typename Op>
static LogicalResult checkSources(Op op, StringRef rowName, Value row) {
  BankType bank = op.getBank().getType();
  if (bank.getRowType().getShape() != getTensor(row).getShape())
    return op.emitOpError("rows of 'bank' are ")
           << bank.getRowType() << " but '" << rowName << "' is "
           << row.getType();
  for (auto [i, open] : llvm::enumerate(op.getOpen())) {
    auto source = open.template getDefiningOp<SourceOp>();
    if (!source)
      return op.emitOpError("open source ")
             << i << " is not a wav.source; only those are read open";
    if (failed(checkSameShape(op, "open", source.getPlanes().front(), rowName,
                              row)))
      return failure();
  }
  return success();
}

/// Fails unless `query` is one for sources like `row`.
static LogicalResult checkQuery(Operation *op, StringRef name, Value query,
                                StringRef rowName, Value row) {
  return checkShape(op, name, query, {getWidth(row)},
                    "one element for each column of '" + rowName + "'");
}

void ReadOp::build(OpBuilder &builder, OperationState &state, Type type,
                   Value query, Value bias, Value bank, ValueRange open,
                   Value base, FloatAttr epsilon) {
  build(builder, state, TypeRange(type), query,
        bias ? ValueRange(bias) : ValueRange(), bank, open,
        /*part=*/ValueRange(), /*part_max=*/ValueRange(),
        /*part_inverse_sum=*/ValueRange(), base, epsilon,
        /*statistics=*/UnitAttr());
}

LogicalResult ReadOp::verify() {
  if (getQueries().empty())
    return emitOpError("has no query, and so nothing to read");
  unsigned roles = getNumRoles();
  if (failed(checkCount(*this, "results", getNumResults(),
                        getStatistics() ? "results, maxima and inverse sums"
                                        : "queries",
                        getStatistics() ? 3 * roles : roles)))
    return failure();
  if (!getBiases().empty() &&
      failed(checkCount(*this, "queries", getQueries().size(), "biases",
                        getBiases().size())))
    return failure();
  Value first = getResults().front();
  if (getTensor(first).getRank() != 2)
    return emitOpError("result 0 is ")
           << first.getType() << "; what is read is a matrix";
  for (Value query : getQueries())
    if (failed(checkQuery(*this, "query", query, "result", first)))
      return failure();
  if (failed(checkSources(*this, "result", first)))
    return failure();
  for (Value biases : getBiases())
    if (failed(checkBiases(*this, biases)))
      return failure();
  if (getBank().getType().getSize() == 0 && getOpen().empty() &&
      getPart().empty())
    return emitOpError("has no source to read");
  auto checkMatrices = [&](StringRef name, ValueRange values) {
    return success(llvm::all_of(values, [&](Value value) {
      return succeeded(checkSameShape(*this, name, value, "result", first));
    }));
  };
  auto checkNumbers = [&](StringRef name, ValueRange values) {
    return success(llvm::all_of(values, [&](Value value) {
      return succeeded(checkShape(*this, name, value, {getRows(first)},
                                  "one number for each row of 'result'"));
    }));
  };
  if (failed(checkMatrices("result", getResults().take_front(roles))) ||
      failed(checkNumbers("statistics", getResults().drop_front(roles))))
    return failure();
  if (!getPart().empty()) {
    for (auto [name, values] :
         {std::pair<StringRef, ValueRange>{"part", getPart()},
          {"max", getPartMax()},
          {"sum", getPartInverseSum()}})
      if (failed(checkCount(*this, "queries", roles, name, values.size())))
        return failure();
    if (failed(checkMatrices("part", getPart())) ||
        failed(checkNumbers("max", getPartMax())) ||
        failed(checkNumbers("sum", getPartInverseSum())))
      return failure();
  }
  return checkSameShape(*this, "base", getBase(), "result", first);
}

LogicalResult ReadGradOp::verify() {
  if (failed(checkQuery(*this, "query", getQuery(), "grad", getGrad())) ||
      failed(checkSources(*this, "grad", getGrad())) ||
      failed(checkBiases(*this, getBias())) ||
      failed(checkSameShape(*this, "query_grad", getQueryGrad(), "query",
                            getQuery())))
    return failure();
  if (!getBias() != !getBiasGrad())
    return emitOpError("has ") << (getBias() ? "a 'bias' but no 'bias_grad'"
                                             : "a 'bias_grad' but no 'bias'");
  if (getBias() && failed(checkSameShape(*this, "bias_grad", getBiasGrad(),
                                         "bias", getBias())))
    return failure();

  BankType bank = getBank().getType(), grad = getBankGrad().getType();
  if (bank.getSize() == 0 && getOpen().empty())
    return emitOpError("has no source to read");
  if (grad.getSize() != bank.getSize() ||
      grad.getRowType().getShape() != bank.getRowType().getShape() ||
      grad.getBiased() || (grad.getScaled() && !bank.getScaled()))
    return emitOpError("'bank_grad' is ") << grad << " but 'bank' is " << bank;
  if (!grad.getRowType().getElementType().isF32())
    return emitOpError("'bank_grad' is ")
           << grad << "; many reads add to its rows, so they must be f32";
  if (getAccumulator() && getAccumulator().getType() != grad)
    return emitOpError("'accumulator' is ")
           << getAccumulator().getType() << " but 'bank_grad' is " << grad;

  if (failed(checkCount(*this, "open", getOpen().size(), "open_grads",
                        getOpenGrads().size())))
    return failure();
  for (Value openGrad : getOpenGrads())
    if (failed(
            checkSameShape(*this, "open_grads", openGrad, "grad", getGrad())))
      return failure();
  if (!getOpenScaleGrads().empty() &&
      failed(checkCount(*this, "open", getOpen().size(), "open_scale_grads",
                        getOpenScaleGrads().size())))
    return failure();
  for (Value scaleGrad : getOpenScaleGrads())
    if (failed(checkShape(*this, "open_scale_grads", scaleGrad,
                          {getRows(getGrad())},
                          "one scalar for each row of 'grad'")))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Combinations
//===----------------------------------------------------------------------===//

LogicalResult CombineOp::verify() {
  if (getInputs().empty())
    return emitOpError("has no input; a zero is wav.fill");
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

LogicalResult BroadcastOp::verify() {
  return checkPer(*this, "input", getInput(), getPer(), "result", getResult());
}

LogicalResult RowSumOp::verify() {
  return checkPer(*this, "result", getResult(), getPer(), "input", getInput());
}
