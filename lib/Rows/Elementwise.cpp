//===- Elementwise.cpp - Row programs of arith and math ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Elementwise.h"
#include "wav/Rows/RowEmitter.h"

using namespace mlir;
using namespace mlir::wav;

namespace {
template <typename OpTy>
struct RowModel : RowOpInterface::ExternalModel<RowModel<OpTy>, OpTy> {
  int64_t getNumRows(Operation *op) const {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    return type.getRank() == 0 ? 1 : type.getDimSize(0);
  }

  /// The same op on rows, or on numbers.
  LogicalResult emitRow(Operation *op, RowEmitter &emit) const {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getRank() > 2 || !isa<FloatType>(type.getElementType()))
      return op->emitOpError("works on ")
             << type
             << ", but row programs on tensors of floats of rank 2 or "
                "less";
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(
          (type.getRank() == 2 ? emit.row(operand) : emit.scalar(operand))
              .get());
    Type rowType = operands.front().getType();
    Value result = OpTy::create(emit.getBuilder(), TypeRange(rowType),
                                ValueRange(operands));
    emit.define(op->getResult(0), {emit, result});
    return success();
  }
};
} // namespace

void wav::attachElementwiseRows(MLIRContext *context) {
  ElementwiseOps::attach<RowModel>(context);
}
