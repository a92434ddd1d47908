//===- Tied.cpp - Results that update an operand --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/IR/WavTransformerOps.h"

using namespace mlir;
using namespace mlir::wav;

/// The operand of an optional operand group, or null when it is absent.
static OpOperand *optionalOperand(MutableOperandRange range) {
  return range.empty() ? nullptr : &range[0];
}

OpOperand *MatmulOp::getTiedOperand(unsigned) {
  return optionalOperand(getAccumulatorMutable());
}

bool MatmulOp::isTieOptional(unsigned) { return true; }

OpOperand *EmbedGradOp::getTiedOperand(unsigned) {
  return &getAccumulatorMutable();
}

OpOperand *CacheUpdateOp::getTiedOperand(unsigned) {
  return &getCacheMutable();
}

OpOperand *AdamWOp::getTiedOperand(unsigned index) {
  OpOperand *updated[] = {&getParametersMutable(), &getFirstMomentMutable(),
                          &getSecondMomentMutable()};
  return updated[index];
}

OpOperand *LionOp::getTiedOperand(unsigned index) {
  return index == 0 ? &getParametersMutable() : &getFirstMomentMutable();
}

OpOperand *ReadGradOp::getTiedOperand(unsigned index) {
  Value result = getOperation()->getResult(index);
  return getBankGrad() && result == getBankGrad()
             ? optionalOperand(getAccumulatorMutable())
             : nullptr;
}

OpOperand *FusionOp::getTiedOperand(unsigned index) {
  Value yielded = getBody().front().getTerminator()->getOperand(index);
  BlockArgument argument = getTiedArgument(yielded);
  return argument ? &getOperation()->getOpOperand(argument.getArgNumber())
                  : nullptr;
}
