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

int64_t SumPartialsOp::getNumRows() { return 1; }
RowOperand SumPartialsOp::getRowOperand(unsigned) { return RowOperand::Whole; }

LogicalResult SumPartialsOp::emitRow(RowEmitter &emit) {
  auto type = getInput().getType();
  Value from = emit.constantIndex(0);
  Value to = emit.constantIndex(type.getDimSize(0));
  // The sum of numbers is a number, that of vectors a row.
  bool isRow = type.getRank() == 2;
  int64_t width = type.getShape().back();
  RowValue zero = emit.constant(0);
  if (isRow)
    zero = emit.broadcast(zero, width);
  SmallVector<RowValue> sum = emit.loop(
      from, to, 1, zero,
      [&](Value partition,
          ArrayRef<RowValue> carried) -> SmallVector<RowValue> {
        if (isRow)
          return {carried[0] + emit.load(getInput(), {partition, from}, width)};
        Value number = emit.element(getInput(), partition);
        return {carried[0] + RowValue(emit, number)};
      });
  emit.define(getResult(), sum[0]);
  return success();
}
