//===- WavKernelOps.cpp - Ops of lowered kernels ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavKernelOps.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavKernelOps.cpp.inc"

Value BankRowOp::getViewSource() { return getBank(); }

LogicalResult BankRowOp::verify() {
  BankType bank = getBank().getType();
  BankPart part = getPart().value_or(BankPart::Row);
  if ((part == BankPart::Scale && !bank.getScaled()) ||
      (part == BankPart::Bias && !bank.getBiased()))
    return emitOpError("takes the ")
           << stringifyBankPart(part) << " of a source of " << bank
           << ", which has none";
  RankedTensorType type = bank.getPartType(part);
  auto expected = MemRefType::get(type.getShape(), type.getElementType());
  if (getResult().getType() != expected)
    return emitOpError("is ")
           << getResult().getType() << " but must be " << expected;
  return success();
}

LogicalResult ArgumentOp::verify() {
  // More than any kernel has: tables have a pointer for each slot up to it.
  constexpr int64_t kMaxSlots = 1 << 16;
  auto index = static_cast<int64_t>(getIndex());
  if (index < 0 || index >= kMaxSlots)
    return emitOpError("index ")
           << index << " is not in [0, " << kMaxSlots << ")";
  return success();
}
