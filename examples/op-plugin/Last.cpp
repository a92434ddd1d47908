//===- Last.cpp - A view --------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Demo.h"

#include "wav/Autodiff/Gradients.h"
#include "wav/Reference/Reference.h"

using namespace demo;
using namespace mlir;
using namespace mlir::wav;

LogicalResult LastOp::verify() {
  BankType bank = getBank().getType();
  if (bank.getSize() > 0 && getResult().getType() == bank.getRowType())
    return success();
  return emitOpError("takes a row of ")
         << bank << " as " << getResult().getType()
         << "; the bank must have one, of that type";
}

/// The first tensor of the last source: a source is a row, and perhaps a scale
/// and the index of a bias.
SmallVector<ViewedTensor> LastOp::getViewedTensors(unsigned) {
  BankType bank = getBank().getType();
  unsigned position = bank.getPosition(BankPart::Row);
  return {{0, unsigned(bank.getSize() - 1) * bank.getNumParts() + position}};
}

LogicalResult LastOp::buildGradient(OpBuilder &, Gradients &gradients) {
  gradients.addToRow(getBank(), getBank().getType().getSize() - 1,
                     gradients.get(getResult()));
  return success();
}

LogicalResult LastOp::evaluate(ReferenceFrame &frame) {
  frame.set(getResult(), frame.getBank(getBank()).back().row);
  return success();
}
