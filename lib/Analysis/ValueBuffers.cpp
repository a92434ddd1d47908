//===- ValueBuffers.cpp - Which values share memory -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ValueBuffers.h"

using namespace mlir;
using namespace mlir::wav;

bool wav::isConstant(Operation *op) {
  return op->getNumOperands() == 0 && op->getNumResults() == 1 &&
         isa<RankedTensorType>(op->getResult(0).getType()) && isPure(op);
}

unsigned ValueBuffers::create(int64_t size) {
  bytes.push_back(size);
  holders.emplace_back();
  return bytes.size() - 1;
}

ArrayRef<unsigned> ValueBuffers::get(Value value) const {
  auto it = buffersOf.find(value);
  return it == buffersOf.end() ? ArrayRef<unsigned>() : it->second;
}

void ValueBuffers::set(Value value, ArrayRef<unsigned> buffers) {
  buffersOf[value] = SmallVector<unsigned, 1>(buffers);
  for (unsigned buffer : buffers)
    holders[buffer].push_back(value);
}

void ValueBuffers::assignOwn(Value value) {
  SmallVector<unsigned> buffers;
  for (RankedTensorType type : getTensorTypes(value.getType()))
    buffers.push_back(create(getSizeInBytes(type)));
  set(value, buffers);
}

void ValueBuffers::assign(OpResult result) {
  Operation *op = result.getOwner();
  unsigned index = result.getResultNumber();
  if (auto view = dyn_cast<ViewOpInterface>(op)) {
    SmallVector<unsigned> buffers;
    for (auto [operand, tensor] : view.getViewedTensors(index))
      if (ArrayRef<unsigned> viewed = get(op->getOperand(operand));
          tensor < viewed.size())
        buffers.push_back(viewed[tensor]);
    return set(result, buffers);
  }
  OpOperand *tied = getTiedOperand(result);
  if (!tied)
    return assignOwn(result);
  SmallVector<unsigned> buffers(get(tied->get()));
  for (unsigned buffer : buffers)
    holders[buffer].clear();
  set(result, buffers);
}

bool ValueBuffers::isNeeded(unsigned buffer, OpOperand &writer) const {
  Operation *now = writer.getOwner();
  return llvm::any_of(holders[buffer], [&](Value holder) {
    return llvm::any_of(holder.getUses(), [&](OpOperand &use) {
      Operation *user = now->getBlock()->findAncestorOpInBlock(*use.getOwner());
      // What a view has seen is itself a holder.
      return &use != &writer && (user == now || now->isBeforeInBlock(user));
    });
  });
}

bool ValueBuffers::touchesNothing(Operation *op) {
  return isa<ViewOpInterface>(op) || isConstant(op);
}

SmallVector<ValueBuffers::Lifetime>
ValueBuffers::getLifetimes(Block &block) const {
  SmallVector<Lifetime> lifetimes(size());
  for (auto [position, op] : llvm::enumerate(block)) {
    if (touchesNothing(&op))
      continue;
    auto touch = [&, now = unsigned(position)](Value value) {
      for (unsigned buffer : get(value)) {
        Lifetime &lifetime = lifetimes[buffer];
        lifetime.first = std::min(lifetime.first, now);
        lifetime.last = std::max(lifetime.last, now);
      }
    };
    llvm::for_each(op.getOperands(), touch);
    llvm::for_each(op.getResults(), touch);
  }
  return lifetimes;
}
