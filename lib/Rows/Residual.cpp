//===- Residual.cpp - Row programs of residual ops ---------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Rows/RowEmitter.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// WriteOp
//===----------------------------------------------------------------------===//

int64_t WriteOp::getNumRows() { return getUpdate().getType().getDimSize(0); }
RowOperand WriteOp::getRowOperand(unsigned index) {
  return isOneOf(index, {getScaleMutable()}) && getPer() != Per::Token
             ? RowOperand::Whole
             : RowOperand::ByRow;
}

/// The factor of the current row: one number, or one a channel.
static RowValue emitScale(RowEmitter &emit, Value scale, Per per) {
  switch (per) {
  case Per::Tensor:
    return {emit, emit.element(scale, emit.constantIndex(0))};
  case Per::Channel:
    return emit.whole(scale);
  case Per::Token:
    return emit.scalar(scale);
  }
  llvm_unreachable("unknown Per");
}

LogicalResult WriteOp::emitRow(RowEmitter &emit) {
  double coefficient = getCoefficient().convertToDouble();
  RowValue result = emit.row(getUpdate());
  if (coefficient != 1.0)
    result = result * coefficient;
  if (getScale())
    result = result * emitScale(emit, getScale(), *getPer());
  if (getRow())
    result = result + emit.row(getRow());
  emit.define(getResult(), result);
  return success();
}

//===----------------------------------------------------------------------===//
// MatchOp, MatchGradOp
//===----------------------------------------------------------------------===//

int64_t MatchOp::getNumRows() { return getRow().getType().getDimSize(0); }

LogicalResult MatchOp::emitRow(RowEmitter &emit) {
  double epsilon = getEpsilon().convertToDouble();
  RowValue row = emit.row(getRow());
  RowValue reference = emit.row(getReference());
  RowValue rowSquare = emit.mean(row * row) + epsilon;
  RowValue referenceSquare = emit.mean(reference * reference) + epsilon;
  emit.define(getResult(), emit.sqrt(referenceSquare / rowSquare));
  return success();
}

int64_t MatchGradOp::getNumRows() { return getRow().getType().getDimSize(0); }

LogicalResult MatchGradOp::emitRow(RowEmitter &emit) {
  double epsilon = getEpsilon().convertToDouble();
  RowValue row = emit.row(getRow());
  RowValue reference = emit.row(getReference());
  RowValue rowSquare = emit.mean(row * row) + epsilon;
  RowValue referenceSquare = emit.mean(reference * reference) + epsilon;
  RowValue match = emit.sqrt(referenceSquare / rowSquare);
  RowValue scale = emit.scalar(getGrad()) * match;
  RowValue perElement = scale * (1.0 / double(row.getWidth()));
  emit.define(getRowGrad(), -(row * (perElement / rowSquare)));
  emit.define(getReferenceGrad(), reference * (perElement / referenceSquare));
  return success();
}

//===----------------------------------------------------------------------===//
// CombineOp, CastOp
//===----------------------------------------------------------------------===//

/// The first dimension is the row space, as that of the elementwise ops of
/// other dialects.
static int64_t getNumRowsOf(RankedTensorType type) {
  return type.getRank() == 0 ? 1 : type.getDimSize(0);
}

/// A row of a matrix, or a number.
static RowValue emitElements(RowEmitter &emit, Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getRank() == 2
             ? emit.row(tensor)
             : emit.scalar(tensor);
}

int64_t CombineOp::getNumRows() { return getNumRowsOf(getResult().getType()); }

LogicalResult CombineOp::emitRow(RowEmitter &emit) {
  RowValue result;
  for (auto [input, coefficient] : llvm::zip(getInputs(), getCoefficients())) {
    RowValue term = emitElements(emit, input);
    if (coefficient != 1.0)
      term = term * coefficient;
    result = result.get() ? result + term : term;
  }
  emit.define(getResult(), result);
  return success();
}

int64_t CastOp::getNumRows() { return getNumRowsOf(getResult().getType()); }

LogicalResult CastOp::emitRow(RowEmitter &emit) {
  // Loads and stores convert.
  emit.define(getResult(), emitElements(emit, getInput()));
  return success();
}

//===----------------------------------------------------------------------===//
// BroadcastOp, RowSumOp
//===----------------------------------------------------------------------===//

int64_t BroadcastOp::getNumRows() {
  return getResult().getType().getDimSize(0);
}
RowOperand BroadcastOp::getRowOperand(unsigned) {
  return getPer() == Per::Token ? RowOperand::ByRow : RowOperand::Whole;
}

LogicalResult BroadcastOp::emitRow(RowEmitter &emit) {
  emit.define(getResult(), emitScale(emit, getInput(), getPer()));
  return success();
}

int64_t RowSumOp::getNumRows() { return getInput().getType().getDimSize(0); }
RowResult RowSumOp::getRowResult(unsigned) {
  return getPer() == Per::Token ? RowResult::ByRow : RowResult::Sum;
}

LogicalResult RowSumOp::emitRow(RowEmitter &emit) {
  RowValue row = emit.row(getInput());
  if (getFactor())
    row = row * emit.row(getFactor());
  switch (getPer()) {
  case Per::Tensor:
    emit.accumulate(getResult(), emit.broadcast(emit.sum(row), 1));
    break;
  case Per::Channel:
    emit.accumulate(getResult(), row);
    break;
  case Per::Token:
    emit.define(getResult(), emit.sum(row));
    break;
  }
  return success();
}
