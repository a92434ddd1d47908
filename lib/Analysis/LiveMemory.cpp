//===- LiveMemory.cpp - How much memory lives when ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"
#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"

#include <limits>
#include <numeric>

using namespace mlir;
using namespace mlir::wav;

/// The buffer of what is not scratch.
static constexpr unsigned kElsewhere = 0;

/// Numbers, and banks and tensors of unknown size, have none.
static size_t getNumBuffers(Type type) {
  if (auto bank = dyn_cast<BankType>(type))
    return bank.isDynamic() ? 0 : bank.getSize();
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() &&
         tensor.getElementType().isIntOrFloat();
}

LiveMemory::LiveMemory(func::FuncOp function) {
  constexpr unsigned kForever = std::numeric_limits<unsigned>::max();
  buffers.push_back({/*bytes=*/0, /*first=*/0, kForever});
  for (BlockArgument argument : function.getArguments())
    values[argument] =
        BufferIndices(getNumBuffers(argument.getType()), kElsewhere);

  for (auto [position, op] : llvm::enumerate(function.front())) {
    for (OpResult result : op.getResults())
      values[result] = assign(result, position);
    // What leaves the function or is packed lies in an arena of its own.
    bool leaves = isa<PackOp>(op) || op.hasTrait<OpTrait::IsTerminator>();
    op.walk([&, position = position](Operation *inner) {
      positions[inner] = position;
      for (Value operand : inner->getOperands())
        for (unsigned index : values.lookup(operand)) {
          buffers[index].last =
              std::max<unsigned>(buffers[index].last, position);
          if (leaves)
            buffers[index].bytes = 0;
        }
    });
  }

  // What changes from each op to the next, then its running sum.
  liveBytes.resize(function.front().getOperations().size() + 1);
  for (const Buffer &buffer : ArrayRef(buffers).drop_front()) {
    liveBytes[buffer.first] += buffer.bytes;
    liveBytes[buffer.last + 1] -= buffer.bytes;
  }
  std::partial_sum(liveBytes.begin(), liveBytes.end(), liveBytes.begin());
  auto *max = llvm::max_element(liveBytes);
  peak = &*std::next(function.front().begin(), max - liveBytes.begin());
}

bool LiveMemory::isLiveAt(Value value, Operation *op) const {
  unsigned position = getPosition(op);
  return llvm::all_of(values.at(value), [&](unsigned index) {
    return buffers[index].first <= position && position <= buffers[index].last;
  });
}

/// The buffers of `result`, given those of the operands.
LiveMemory::BufferIndices LiveMemory::assign(OpResult result,
                                             unsigned position) {
  Operation *op = result.getOwner();
  if (auto bank = dyn_cast<BankOp>(op)) {
    BufferIndices indices;
    for (Value operand : bank->getOperands())
      llvm::append_range(indices, values[operand]);
    return indices;
  }
  if (auto take = dyn_cast<TakeOp>(op)) {
    const BufferIndices &rows = values[take.getBank()];
    return rows.empty() ? BufferIndices()
                        : BufferIndices{rows[take.getIndex()]};
  }
  if (auto prefix = dyn_cast<PrefixOp>(op)) {
    BufferIndices indices = values[prefix.getBank()];
    indices.truncate(std::min(indices.size(), getNumBuffers(prefix.getType())));
    return indices;
  }
  if (op->getNumOperands() == 0 || isa<PackOp>(op))
    return BufferIndices(getNumBuffers(result.getType()), kElsewhere);
  if (auto tied = dyn_cast<TiedOpInterface>(op))
    if (OpOperand *operand = tied.getTiedOperand(result.getResultNumber()))
      // A constant cannot be updated in place.
      if (!isa_and_nonnull<FillOp>(operand->get().getDefiningOp()))
        return values[operand->get()];
  return allocate(result.getType(), position);
}

LiveMemory::BufferIndices LiveMemory::allocate(Type type, unsigned position) {
  BufferIndices indices;
  if (getNumBuffers(type) == 0)
    return indices;
  auto bank = dyn_cast<BankType>(type);
  auto tensor = cast<ShapedType>(bank ? bank.getRowType() : type);
  int64_t bytes = llvm::divideCeil(
      tensor.getNumElements() * tensor.getElementTypeBitWidth(), 8);
  for ([[maybe_unused]] size_t i : llvm::seq(getNumBuffers(type))) {
    indices.push_back(buffers.size());
    buffers.push_back({bytes, position, position});
  }
  return indices;
}
