//===- Structure.cpp - Reference of memory access and fusion --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavStructureOps.h"
#include "wav/Reference/Reference.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult GetOp::evaluate(ReferenceFrame &frame) {
  llvm::copy(frame.getMemory(getSymbolAttr()),
             frame.create(getResult()).values.begin());
  return success();
}

LogicalResult SetOp::evaluate(ReferenceFrame &frame) {
  llvm::copy(frame.get(getValue()).values,
             frame.getMemory(getSymbolAttr()).begin());
  return success();
}

/// Fails unless the arena is there and `matrix` is all of it.
static LogicalResult checkArena(Operation *op, ArrayRef<double> arena,
                                RankedTensorType matrix) {
  if (static_cast<int64_t>(arena.size()) == matrix.getNumElements())
    return success();
  return op->emitOpError("treats the arena as ")
         << matrix << " but it has " << arena.size() << " elements";
}

LogicalResult GetArenaOp::evaluate(ReferenceFrame &frame) {
  MutableArrayRef<double> arena = frame.getMemory(getArena());
  if (failed(checkArena(*this, arena, getResult().getType())))
    return failure();
  llvm::copy(arena, frame.create(getResult()).values.begin());
  return success();
}

LogicalResult SetArenaOp::evaluate(ReferenceFrame &frame) {
  MutableArrayRef<double> arena = frame.getMemory(getArena());
  if (failed(checkArena(*this, arena, getValue().getType())))
    return failure();
  llvm::copy(frame.get(getValue()).values, arena.begin());
  return success();
}

LogicalResult FusionOp::evaluate(ReferenceFrame &frame) {
  Block &body = getBody().front();
  for (auto [argument, input] : llvm::zip(body.getArguments(), getInputs()))
    frame.alias(argument, input);
  if (failed(frame.evaluate(body)))
    return failure();
  for (auto [result, yielded] :
       llvm::zip(getResults(), body.getTerminator()->getOperands())) {
    if (result.getType() == yielded.getType()) {
      frame.alias(result, yielded);
      continue;
    }
    // A sum over the row space: all of it in the first partition.
    llvm::copy(frame.get(yielded).values, frame.create(result).values.begin());
  }
  return success();
}

LogicalResult SumPartialsOp::evaluate(ReferenceFrame &frame) {
  RefTensor &result = frame.create(getResult());
  for (Value input : getInputs())
    for (auto [i, partial] : llvm::enumerate(frame.get(input).values))
      result.values[i % result.values.size()] += partial;
  return success();
}
