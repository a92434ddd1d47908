//===- WavInterfaces.cpp - What ops say of themselves -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavInterfaces.h"

using namespace mlir;
using namespace mlir::wav;

#include "wav/WavInterfaces.cpp.inc"

BlockArgument wav::getTiedArgument(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    auto tied = dyn_cast<TiedOpInterface>(result.getOwner());
    OpOperand *operand =
        tied ? tied.getTiedOperand(result.getResultNumber()) : nullptr;
    if (!operand)
      return {};
    value = operand->get();
  }
  return cast<BlockArgument>(value);
}

RankedTensorType wav::getPartialsType(RankedTensorType sum,
                                      int64_t partitions) {
  SmallVector<int64_t> shape = {partitions};
  llvm::append_range(shape, sum.getShape());
  return sum.clone(shape);
}

std::optional<RowResult> wav::getRowResult(Value value) {
  auto op = value.getDefiningOp<RowOpInterface>();
  if (!op)
    return std::nullopt;
  return op.getRowResult(cast<OpResult>(value).getResultNumber());
}

StringRef wav::whyNotReadInside(RowOpInterface reader, OpOperand &operand) {
  switch (*getRowResult(operand.get())) {
  case RowResult::Sum:
    return "it needs a sum over all rows";
  case RowResult::Scattered:
    return "it needs what is stored at other places than the row";
  case RowResult::ByRow:
    break;
  }
  if (reader.getRowOperand(operand.getOperandNumber()) != RowOperand::ByRow)
    return "it needs more than the same row of an operand";
  if (auto tied = dyn_cast<TiedOpInterface>(*reader))
    for (unsigned i = 0; i < reader->getNumResults(); ++i)
      if (tied.getTiedOperand(i) == &operand)
        return "it updates an operand in place";
  return {};
}

bool wav::isOneOf(unsigned index, ArrayRef<MutableOperandRange> operands) {
  return llvm::any_of(operands, [&](const MutableOperandRange &range) {
    OperandRange values = range;
    return !values.empty() && index >= values.getBeginOperandIndex() &&
           index < values.getBeginOperandIndex() + values.size();
  });
}
