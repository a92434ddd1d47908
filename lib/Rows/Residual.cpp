//===- Residual.cpp - Row programs of residual ops ---------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Rows/RowEmitter.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// WriteOp, WriteScaleGradOp
//===----------------------------------------------------------------------===//

int64_t WriteOp::getNumRows() { return getUpdate().getType().getDimSize(0); }

LogicalResult WriteOp::emitRow(RowEmitter &emit) {
  double coefficient = getCoefficient().convertToDouble();
  RowValue result = emit.row(getUpdate());
  if (coefficient != 1.0)
    result = result * coefficient;
  if (getScale()) {
    // One number for all channels, or one a channel.
    if (getScale().getType().getDimSize(0) == 1)
      result = result *
               RowValue(emit, emit.element(getScale(), emit.constantIndex(0)));
    else
      result = result * emit.row(getScale());
  }
  if (getRow())
    result = result + emit.row(getRow());
  emit.define(getResult(), result);
  return success();
}

int64_t WriteScaleGradOp::getNumRows() {
  return getUpdate().getType().getDimSize(0);
}
bool WriteScaleGradOp::isRowSum(unsigned) { return true; }

LogicalResult WriteScaleGradOp::emitRow(RowEmitter &emit) {
  RowValue update = emit.row(getUpdate());
  RowValue grad = emit.row(getGrad());
  RowValue product = update * grad;
  if (getScaleGrad().getType().getDimSize(0) == 1)
    product = emit.sum(product);
  emit.accumulate(getScaleGrad(), product * getCoefficient().convertToDouble());
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
// CombineOp, MultiplyOp
//===----------------------------------------------------------------------===//

/// The rows of a matrix are rows; a vector or scalar is one row.
static int64_t getNumRowsOf(RankedTensorType type) {
  return type.getRank() == 2 ? type.getDimSize(0) : 1;
}

int64_t CombineOp::getNumRows() { return getNumRowsOf(getResult().getType()); }

LogicalResult CombineOp::emitRow(RowEmitter &emit) {
  RowValue result;
  for (auto [input, coefficient] : llvm::zip(getInputs(), getCoefficients())) {
    RowValue term = emit.row(input);
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
  emit.define(getResult(), emit.row(getInput()));
  return success();
}

int64_t MultiplyOp::getNumRows() { return 1; }

LogicalResult MultiplyOp::emitRow(RowEmitter &emit) {
  RowValue lhs = emit.row(getLhs());
  emit.define(getResult(), lhs * emit.row(getRhs()));
  return success();
}
