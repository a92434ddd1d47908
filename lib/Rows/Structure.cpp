//===- Structure.cpp - Row programs of structural ops ------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavStructureOps.h"
#include "wav/Rows/RowEmitter.h"

using namespace mlir;
using namespace mlir::wav;

/// The sum of numbers, a number, or that of vectors, a row.
static RowValue emitSum(RowEmitter &emit, TypedValue<RankedTensorType> input) {
  RankedTensorType type = input.getType();
  Value from = emit.constantIndex(0);
  Value to = emit.constantIndex(type.getDimSize(0));
  bool isRow = type.getRank() == 2;
  int64_t width = type.getShape().back();
  RowValue zero = emit.constant(0);
  if (isRow)
    zero = emit.broadcast(zero, width);
  return emit.loop(from, to, 1, zero,
                   [&](Value partition,
                       ArrayRef<RowValue> carried) -> SmallVector<RowValue> {
                     if (isRow)
                       return {carried[0] +
                               emit.load(input, {partition, from}, width)};
                     Value number = emit.element(input, partition);
                     return {carried[0] + RowValue(emit, number)};
                   })[0];
}

int64_t SumPartialsOp::getNumRows() { return 1; }
RowOperand SumPartialsOp::getRowOperand(unsigned) { return RowOperand::Whole; }

LogicalResult SumPartialsOp::emitRow(RowEmitter &emit) {
  std::optional<RowValue> total;
  for (Value input : getInputs()) {
    RowValue sum = emitSum(emit, cast<TypedValue<RankedTensorType>>(input));
    total = total ? *total + sum : sum;
  }
  emit.define(getResult(), *total);
  return success();
}
