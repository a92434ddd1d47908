//===- WavInterfaces.cpp - What ops say of themselves -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavInterfaces.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

#include "wav/WavInterfaces.cpp.inc"

bool wav::isOnTensors(Operation *op) {
  auto isOnTensors = [](Type type) { return isa<TensorType, BankType>(type); };
  return op->getNumResults() > 0
             ? llvm::all_of(op->getResultTypes(), isOnTensors)
             : llvm::any_of(op->getOperandTypes(), isOnTensors);
}

SmallVector<RankedTensorType> wav::getTensorTypes(Type type) {
  SmallVector<RankedTensorType> types;
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    types.push_back(tensor);
  if (auto bank = dyn_cast<BankType>(type))
    for (int64_t i = 0; i < bank.getSize(); ++i)
      llvm::append_range(types, bank.getPartTypes());
  bool haveSizes = llvm::all_of(types, [](RankedTensorType tensor) {
    return tensor.hasStaticShape() && tensor.getElementType().isIntOrFloat();
  });
  return haveSizes ? types : SmallVector<RankedTensorType>();
}

int64_t wav::getSizeInBytes(ShapedType type) {
  return llvm::divideCeil(type.getNumElements() * type.getElementTypeBitWidth(),
                          8);
}

int64_t wav::getTotalBytes(Type type) {
  int64_t bytes = 0;
  for (RankedTensorType tensor : getTensorTypes(type))
    bytes += getSizeInBytes(tensor);
  return bytes;
}

OpOperand *wav::getTiedOperand(OpResult result) {
  auto tied = dyn_cast<TiedOpInterface>(result.getOwner());
  return tied ? tied.getTiedOperand(result.getResultNumber()) : nullptr;
}

BlockArgument wav::getTiedArgument(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    OpOperand *operand = getTiedOperand(result);
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

/// Whether a kernel can have what `use` is of inside, as far as the op that
/// uses it is concerned: what is gathered lies in memory.
static bool isReadInside(OpOperand &use) {
  auto reader = dyn_cast<RowOpInterface>(use.getOwner());
  return reader &&
         reader.getRowOperand(use.getOperandNumber()) != RowOperand::Gathered;
}

void wav::repeatInKernels(Block &block,
                          function_ref<void(Operation *)> onCopy) {
  llvm::DenseSet<Operation *> copies;
  // Backwards: what is repeated may need something that is.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    if (!isRepeatedInKernels(&op))
      continue;
    OpBuilder builder(&op);
    llvm::SmallSetVector<Operation *, 8> users(op.user_begin(), op.user_end());
    for (Operation *user : users) {
      auto isInside = [&](OpOperand &use) {
        return use.getOwner() == user &&
               (copies.contains(user) || isReadInside(use));
      };
      if (llvm::none_of(op.getUses(), isInside))
        continue;
      builder.setInsertionPoint(user);
      Operation *copy = builder.clone(op);
      copies.insert(copy);
      onCopy(copy);
      for (auto [result, again] :
           llvm::zip(op.getResults(), copy->getResults()))
        result.replaceUsesWithIf(again, isInside);
    }
    if (op.use_empty())
      op.erase();
  }
}

static void forEachRead(Operation *op, OpOperand *reader,
                        function_ref<void(OpOperand &, Value)> visit) {
  for (OpOperand &operand : op->getOpOperands()) {
    OpOperand &use = reader ? *reader : operand;
    Operation *definition = operand.get().getDefiningOp();
    if (isRepeatedInKernels(definition) && (reader || isReadInside(operand)))
      ::forEachRead(definition, &use, visit);
    else
      visit(use, operand.get());
  }
}

void wav::forEachRead(Operation *op,
                      function_ref<void(OpOperand &, Value)> visit) {
  ::forEachRead(op, nullptr, visit);
}

StringRef wav::whyNotReadInside(RowOpInterface reader, OpOperand &use,
                                Value value) {
  switch (*getRowResult(value)) {
  case RowResult::Sum:
    return "it needs a sum over all rows";
  case RowResult::Scattered:
    return "it needs what is stored at other places than the row";
  case RowResult::ByRow:
    break;
  }
  if (reader.getRowOperand(use.getOperandNumber()) != RowOperand::ByRow)
    return "it needs more than the same row of an operand";
  if (auto tied = dyn_cast<TiedOpInterface>(*reader))
    for (unsigned i = 0; i < reader->getNumResults(); ++i)
      if (tied.getTiedOperand(i) == &use)
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
