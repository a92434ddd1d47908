//===- Views.cpp - Ops that name tensors of their operands ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"

using namespace mlir;
using namespace mlir::wav;

/// All tensors of all operands, in order.
static SmallVector<ViewedTensor> viewAll(Operation *op) {
  SmallVector<ViewedTensor> tensors;
  for (OpOperand &operand : op->getOpOperands())
    for (unsigned i : llvm::seq(getTensorTypes(operand.get().getType()).size()))
      tensors.push_back({operand.getOperandNumber(), i});
  return tensors;
}

SmallVector<ViewedTensor> SourceOp::getViewedTensors(unsigned) {
  return viewAll(*this);
}

SmallVector<ViewedTensor> BankOp::getViewedTensors(unsigned) {
  return viewAll(*this);
}

SmallVector<ViewedTensor> PackOp::getViewedTensors(unsigned) {
  return viewAll(*this);
}

SmallVector<ViewedTensor> TakeOp::getViewedTensors(unsigned) {
  BankType bank = getBank().getType();
  unsigned position = bank.getPosition(getPart().value_or(BankPart::Row));
  return {{0, unsigned(getIndex()) * bank.getNumParts() + position}};
}

SmallVector<ViewedTensor> SliceOp::getViewedTensors(unsigned) {
  unsigned parts = getBank().getType().getNumParts();
  SmallVector<ViewedTensor> tensors;
  for (unsigned i : llvm::seq(getResult().getType().getSize() * parts))
    tensors.push_back({0, unsigned(getOffset()) * parts + i});
  return tensors;
}
