//===- Fusion.cpp - Forming fusions -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Transforms/Fusion.h"
#include "wav/IR/WavStructureOps.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

FusionOp wav::createFusion(OpBuilder &builder, ArrayRef<Operation *> ops,
                           int64_t rowsPerPartition) {
  DenseSet<Operation *> members(ops.begin(), ops.end());
  auto isMember = [&](Operation *op) { return members.contains(op); };
  auto first =
      cast<RowOpInterface>(*llvm::find_if(ops, llvm::IsaPred<RowOpInterface>));
  int64_t rows = first.getNumRows();
  int64_t partitions = llvm::divideCeil(rows, rowsPerPartition);

  llvm::SetVector<Value> inputs;
  SmallVector<Value> yielded;
  SmallVector<Type> types;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (Operation *definition = operand.getDefiningOp();
          !definition || !isMember(definition))
        inputs.insert(operand);
    for (Value result : op->getResults()) {
      if (llvm::all_of(result.getUsers(), isMember))
        continue;
      yielded.push_back(result);
      types.push_back(isRowSum(result) ? getPartialsType(cast<RankedTensorType>(
                                                             result.getType()),
                                                         partitions)
                                       : result.getType());
    }
  }

  OpBuilder::InsertionGuard guard(builder);
  Location loc = first.getLoc();
  auto fusion = FusionOp::create(builder, loc, types, inputs.getArrayRef(),
                                 builder.getI64IntegerAttr(rows),
                                 builder.getI64IntegerAttr(partitions));
  Block &body = fusion.getBody().emplaceBlock();
  for (Operation *op : ops)
    op->moveBefore(&body, body.end());
  auto replaceInside = [&](Value value, Value replacement) {
    value.replaceUsesWithIf(
        replacement, [&](OpOperand &use) { return isMember(use.getOwner()); });
  };
  for (Value input : inputs)
    replaceInside(input, body.addArgument(input.getType(), input.getLoc()));
  for (auto [value, result] : llvm::zip_equal(yielded, fusion.getResults()))
    value.replaceUsesWithIf(
        result, [&](OpOperand &use) { return !isMember(use.getOwner()); });
  builder.setInsertionPointToEnd(&body);
  YieldOp::create(builder, loc, yielded);
  return fusion;
}
