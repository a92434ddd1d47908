//===- Shift.cpp - A row program that gathers -----------------------------===//
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

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace demo;
using namespace mlir;
using namespace mlir::wav;

LogicalResult ShiftOp::verify() {
  if (getInput().getType().getShape() != getResult().getType().getShape())
    return emitOpError("makes ")
           << getResult().getType() << " of " << getInput().getType()
           << "; the shape must stay";
  return checkSequences(*this, getInput().getType(), getSequenceLength());
}

LogicalResult ShiftOp::buildGradient(OpBuilder &builder, Gradients &gradients) {
  gradients.add(getInput(),
                ShiftOp::create(builder, getLoc(),
                                Gradients::getType(getInput()),
                                gradients.get(getResult()), getSequenceLength(),
                                !getInverse()));
  return success();
}

LogicalResult ShiftOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  RefTensor &result = frame.create(getResult());
  int64_t length = getSequenceLength();
  for (int64_t row = 0; row < input.getNumRows(); ++row)
    if (row % length != (getInverse() ? length - 1 : 0))
      llvm::copy(input.row(getInverse() ? row + 1 : row - 1),
                 result.row(row).begin());
  return success();
}

int64_t ShiftOp::getNumRows() { return getInput().getType().getDimSize(0); }
/// Another row than the one being treated: the input must lie in memory when
/// the kernel starts.
RowOperand ShiftOp::getRowOperand(unsigned) { return RowOperand::Gathered; }

LogicalResult ShiftOp::emitRow(RowEmitter &emit) {
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  int64_t length = getSequenceLength();
  Value at = arith::RemUIOp::create(builder, emit.getRow(),
                                    emit.constantIndex(length));
  Value edge = emit.constantIndex(getInverse() ? length - 1 : 0);
  Value isEdge =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, at, edge);
  // A row that exists is read at the edge too.
  Value one = emit.constantIndex(1);
  Value neighbour =
      getInverse()
          ? arith::AddIOp::create(builder, emit.getRow(), one).getResult()
          : arith::SubIOp::create(builder, emit.getRow(), one).getResult();
  Value row =
      arith::SelectOp::create(builder, isEdge, emit.getRow(), neighbour);
  RowValue values = emit.load(getInput(), {row, emit.constantIndex(0)},
                              getInput().getType().getDimSize(1));
  emit.define(getResult(), emit.select(isEdge, emit.constant(0), values));
  return success();
}

int64_t ShiftOp::getFlops() { return 0; }
