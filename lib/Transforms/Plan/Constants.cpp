//===- Constants.cpp - The constants arena ----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "Buffers.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/Reference/Reference.h"

#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

FailureOr<DenseElementsAttr> wav::evaluateConstant(Operation *op) {
  DenseElementsAttr value;
  if (matchPattern(op, m_Constant(&value)))
    return value;

  auto reference = dyn_cast<ReferenceOpInterface>(op);
  if (!reference)
    return op->emitOpError("is a constant that cannot be evaluated; implement "
                           "ReferenceOpInterface for it");
  ReferenceInterpreter interpreter(op->getParentOfType<ModuleOp>());
  ReferenceFrame frame(interpreter, ReferenceMemory());
  if (failed(reference.evaluate(frame)))
    return failure();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  ArrayRef<double> values = frame.get(op->getResult(0)).values;
  if (!values.empty() && llvm::all_equal(values))
    values = values.take_front();
  // An attribute for each element would be dear.
  if (type.getElementType().isF32())
    return DenseElementsAttr::get(type, ArrayRef<float>(std::vector<float>(
                                            values.begin(), values.end())));
  SmallVector<Attribute> elements;
  for (double element : values)
    elements.push_back(FloatAttr::get(type.getElementType(), element));
  return DenseElementsAttr::get(type, elements);
}

/// A splat is known by its element, anything else by itself.
Attribute ConstantPool::getKey(DenseElementsAttr value) {
  return value.isSplat() ? value.getSplatValue<Attribute>() : value;
}

void ConstantPool::add(DenseElementsAttr value) {
  Entry &entry = entries[getKey(value)];
  if (!entry.value || entry.value.getNumElements() < value.getNumElements())
    entry.value = value;
}

void ConstantPool::layOut() {
  int64_t offset = 0;
  for (auto &[key, entry] : entries) {
    entry.offset = offset;
    offset = llvm::alignTo(offset + getSizeInBytes(entry.value.getType()),
                           kBufferAlignment);
  }
}

int64_t ConstantPool::getOffset(DenseElementsAttr value) const {
  return entries.find(getKey(value))->second.offset;
}

void ConstantPool::build(OpBuilder &builder, Location loc) const {
  for (const auto &[key, entry] : entries)
    ConstantOp::create(builder, loc, builder.getI64IntegerAttr(entry.offset),
                       entry.value);
}
