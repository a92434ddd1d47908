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

/// Fails if a bank, called `name`, is a source with a list of biases, of which
/// a kernel would see the first.
static LogicalResult checkOneBias(Operation *op, const Twine &name,
                                  Value bank) {
  auto source = bank.getDefiningOp<SourceOp>();
  if (!source || !source.getBias() ||
      getTensor(source.getBias()).getRank() == 0)
    return success();
  return op->emitOpError(name) << " is a source with several biases; only open "
                                  "sources can have more than one";
}

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
  if (getBias() && getTensor(getBias()).getNumElements() == 0)
    return emitOpError("has a list of no biases; -1 stands for none");
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

bool SourceOp::isReadOpen() {
  return llvm::all_of(getOperation()->getUses(), [](OpOperand &use) {
    auto reader = dyn_cast<RowOpInterface>(use.getOwner());
    return reader &&
           reader.getRowOperand(use.getOperandNumber()) == RowOperand::ByRow;
  });
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
    if (failed(checkOneBias(*this, "bank " + Twine(i), value)))
      return failure();
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
  if (failed(checkOneBias(*this, "'bank'", getBank())))
    return failure();
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
  for (const APInt &number : index.getValues<APInt>()) {
    int64_t value = number.getSExtValue();
    if (value >= -1 && value < numBiases)
      continue;
    InFlightDiagnostic diag = op->emitOpError("has a source with bias ")
                              << value << " of " << numBiases
                              << "; -1 stands for no bias";
    diag.attachNote(source.getLoc()) << "the source";
    return diag;
  }
  return success();
}

/// The same for the bank and the open sources of a read; without biases, the
/// indices do not matter.
template <typename Op> static LogicalResult checkBiases(Op op, Value biases) {
  if (!biases)
    return success();
  int64_t numBiases = getTensor(biases).getDimSize(0);
  if (op.getBank() && failed(checkBiases(op, op.getBank(), numBiases)))
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
  for (Value query : op.getQueries())
    if (failed(checkShape(op, "query", query, {getWidth(row)},
                          "one element for each column of '" + rowName + "'")))
      return failure();
  if (op.getBank() && op.getBank().getType().getRowType().getShape() !=
                          getTensor(row).getShape())
    return op.emitOpError("rows of 'bank' are ")
           << op.getBank().getType().getRowType() << " but '" << rowName
           << "' is " << row.getType();
  if (op.getBank() && failed(checkOneBias(op, "'bank'", op.getBank())))
    return failure();
  for (auto [i, open] : llvm::enumerate(op.getOpen())) {
    auto source = open.template getDefiningOp<SourceOp>();
    if (!source)
      return op.emitOpError("open source ")
             << i << " is not a wav.source; only those are read open";
    if (failed(checkSameShape(op, "open", source.getPlanes().front(), rowName,
                              row)))
      return failure();
  }
  if (!op.getBiases().empty() &&
      failed(checkCount(op, "queries", op.getNumRoles(), "biases",
                        op.getBiases().size())))
    return failure();
  for (Value biases : op.getBiases())
    if (failed(checkBiases(op, biases)))
      return failure();
  return success();
}

/// Fails unless there is one of `values`, called `name`, for each role, each of
/// the shape of `first`, which is called `firstName`.
static LogicalResult checkMatrices(Operation *op, unsigned roles,
                                   StringRef name, ValueRange values,
                                   StringRef firstName, Value first) {
  if (failed(checkCount(op, "queries", roles, name, values.size())))
    return failure();
  return success(llvm::all_of(values, [&](Value value) {
    return succeeded(checkSameShape(op, name, value, firstName, first));
  }));
}

/// The same for one number for each row of `first`.
static LogicalResult checkNumbers(Operation *op, unsigned roles, StringRef name,
                                  ValueRange values, StringRef firstName,
                                  Value first) {
  if (failed(checkCount(op, "queries", roles, name, values.size())))
    return failure();
  return success(llvm::all_of(values, [&](Value value) {
    return succeeded(
        checkShape(op, name, value, {getRows(first)},
                   "one number for each row of '" + firstName + "'"));
  }));
}

/// Checks what a read continues; without a part it must have sources.
template <typename Op>
static LogicalResult checkPart(Op op, StringRef firstName, Value first) {
  unsigned roles = op.getNumRoles();
  bool hasSources = !op.getOpen().empty() ||
                    (op.getBank() && op.getBank().getType().getSize() != 0);
  if (op.getPart().empty() && op.getPartMax().empty() &&
      op.getPartInverseSum().empty())
    return hasSources ? success()
                      : LogicalResult(op.emitOpError("has no source to read"));
  if (failed(
          checkMatrices(op, roles, "part", op.getPart(), firstName, first)) ||
      failed(checkNumbers(op, roles, "max", op.getPartMax(), firstName, first)))
    return failure();
  return checkNumbers(op, roles, "sum", op.getPartInverseSum(), firstName,
                      first);
}

void ReadOp::build(OpBuilder &builder, OperationState &state,
                   RankedTensorType row, ValueRange queries, ValueRange biases,
                   Value bank, ValueRange open, FloatAttr epsilon) {
  SmallVector<Type> rows(queries.size(), row);
  SmallVector<Type> numbers(
      queries.size(),
      RankedTensorType::get(row.getShape().take_front(), builder.getF32Type()));
  build(builder, state, rows, numbers, numbers, queries, biases, bank, open,
        /*part=*/ValueRange(), /*part_max=*/ValueRange(),
        /*part_inverse_sum=*/ValueRange(), epsilon);
}

ReadGradOp ReadOp::findGradient() {
  for (Operation *user : getQueries().front().getUsers())
    if (auto grad = dyn_cast<ReadGradOp>(user);
        grad && grad.getBank() == getBank() &&
        llvm::equal(grad.getQueries(), getQueries()) &&
        llvm::equal(grad.getBiases(), getBiases()) &&
        llvm::equal(grad.getOpen(), getOpen()) &&
        llvm::equal(grad.getPart(), getPart()))
      return grad;
  return {};
}

LogicalResult ReadOp::verify() {
  unsigned roles = getNumRoles();
  if (roles == 0)
    return emitOpError("has no query, and so nothing to read");
  if (failed(checkCount(*this, "results", getNumResults(),
                        "outputs, maxima and inverse sums", 3 * roles)))
    return failure();
  constexpr StringLiteral kFirst = "output";
  Value first = getOutputs().front();
  if (failed(checkSources(*this, kFirst, first)) ||
      failed(
          checkMatrices(*this, roles, kFirst, getOutputs(), kFirst, first)) ||
      failed(checkNumbers(*this, roles, "max", getMaxima(), kFirst, first)) ||
      failed(
          checkNumbers(*this, roles, "sum", getInverseSums(), kFirst, first)))
    return failure();
  return checkPart(*this, kFirst, first);
}

/// Checks the gradient of a bank and what it accumulates onto.
static LogicalResult checkBankGrad(ReadGradOp op) {
  if (!op.getBank() != !op.getBankGrad())
    return op.emitOpError("has ")
           << (op.getBank() ? "a 'bank' but no 'bank_grad'"
                            : "a 'bank_grad' but no 'bank'");
  if (!op.getBank())
    return op.getAccumulator() ? LogicalResult(op.emitOpError(
                                     "has an 'accumulator' but no 'bank_grad'"))
                               : success();
  BankType bank = op.getBank().getType(), grad = op.getBankGrad().getType();
  if (grad.getSize() != bank.getSize() ||
      grad.getRowType().getShape() != bank.getRowType().getShape() ||
      grad.getBiased() || (grad.getScaled() && !bank.getScaled()))
    return op.emitOpError("'bank_grad' is ")
           << grad << " but 'bank' is " << bank;
  if (!grad.getRowType().getElementType().isF32())
    return op.emitOpError("'bank_grad' is ")
           << grad << "; several reads add to its rows, so they must be f32";
  if (op.getAccumulator() && op.getAccumulator().getType() != grad)
    return op.emitOpError("'accumulator' is ")
           << op.getAccumulator().getType() << " but 'bank_grad' is " << grad;
  return success();
}

LogicalResult ReadGradOp::verify() {
  unsigned roles = getNumRoles();
  if (roles == 0)
    return emitOpError("has no query, and so nothing was read");
  if (failed(checkCount(*this, "queries", roles, "grad", getGrads().size())))
    return failure();
  constexpr StringLiteral kFirst = "grad";
  Value first = getGrads().front();
  if (failed(checkSources(*this, kFirst, first)) ||
      failed(checkMatrices(*this, roles, kFirst, getGrads(), kFirst, first)) ||
      failed(checkPart(*this, kFirst, first)))
    return failure();
  std::pair<StringRef, ValueRange> partNumbers[] = {
      {"part_weights", getPartWeights()},
      {"part_lse_grads", getPartLseGrads()}};
  for (auto [name, values] : partNumbers)
    if (failed(
            checkCount(*this, "part", getPart().size(), name, values.size())) ||
        failed(
            checkNumbers(*this, getPart().size(), name, values, kFirst, first)))
      return failure();
  if ((!getWeights().empty() || !getLseGrads().empty()) &&
      (failed(
           checkNumbers(*this, roles, "weight", getWeights(), kFirst, first)) ||
       failed(checkNumbers(*this, roles, "lse_grad", getLseGrads(), kFirst,
                           first))))
    return failure();

  if (failed(checkCount(*this, "queries", roles, "query_grads",
                        getQueryGrads().size())) ||
      failed(checkCount(*this, "biases", getBiases().size(), "bias_grads",
                        getBiasGrads().size())))
    return failure();
  for (auto [grad, query] : llvm::zip_equal(getQueryGrads(), getQueries()))
    if (failed(checkSameShape(*this, "query_grads", grad, "query", query)))
      return failure();
  for (auto [grad, bias] : llvm::zip_equal(getBiasGrads(), getBiases()))
    if (failed(checkSameShape(*this, "bias_grads", grad, "bias", bias)))
      return failure();

  if (failed(checkBankGrad(*this)) ||
      failed(checkCount(*this, "open", getOpen().size(), "open_grads",
                        getOpenGrads().size())))
    return failure();
  for (Value openGrad : getOpenGrads())
    if (failed(checkSameShape(*this, "open_grads", openGrad, kFirst, first)))
      return failure();
  if (!getOpenScaleGrads().empty() &&
      failed(checkCount(*this, "open", getOpen().size(), "open_scale_grads",
                        getOpenScaleGrads().size())))
    return failure();
  for (Value scaleGrad : getOpenScaleGrads())
    if (failed(checkShape(*this, "open_scale_grads", scaleGrad,
                          {getRows(first)},
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
  if (failed(checkSameShape(*this, "factor", getFactor(), "input", getInput())))
    return failure();
  return checkPer(*this, "result", getResult(), getPer(), "input", getInput());
}
