//===- Traffic.cpp - Bytes that a launch moves ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Traffic.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr StringLiteral kOther = "other";

/// Of two categories that share a tensor, the one that comes first has it: a
/// plane that routing reads is routing's, whatever else its kernel does with
/// it. Categories that are not here come last but `other`.
static unsigned getRank(StringRef category) {
  static constexpr StringLiteral kFirst[] = {"routing", "norm", "attention",
                                             "matmul"};
  if (category == kOther)
    return std::size(kFirst) + 1;
  return llvm::find(kFirst, category) - std::begin(kFirst);
}

static StringRef getReadCategory(OpOperand &use) {
  auto cost = dyn_cast<CostOpInterface>(use.getOwner());
  if (!cost)
    return kOther;
  return cost.getOperandCategory(use.getOperandNumber())
      .value_or(cost.getCostCategory());
}

static StringRef getWriteCategory(Operation *op) {
  auto cost = dyn_cast_or_null<CostOpInterface>(op);
  return cost ? cost.getCostCategory() : StringRef(kOther);
}

Traffic::Traffic(const BufferAssignment &assignment, Operation *op)
    : assignment(assignment) {
  if (auto fusion = dyn_cast<FusionOp>(op)) {
    addFusion(fusion);
    return;
  }
  for (OpOperand &operand : op->getOpOperands())
    add(operand.get(), Direction::Read, getReadCategory(operand));
  for (Value result : op->getResults())
    add(result, Direction::Write, getWriteCategory(op));
}

void Traffic::addFusion(FusionOp fusion) {
  Block &body = fusion.getBody().front();
  for (Operation &op : body.without_terminator()) {
    if (isRepeatedInKernels(&op))
      continue;
    forEachRead(&op, [&](OpOperand &use, Value value) {
      if (auto argument = dyn_cast<BlockArgument>(value))
        add(fusion.getInputs()[argument.getArgNumber()], Direction::Read,
            getReadCategory(use));
    });
  }
  for (auto [result, yielded] : llvm::zip_equal(
           fusion.getResults(), body.getTerminator()->getOperands()))
    add(result, Direction::Write, getWriteCategory(yielded.getDefiningOp()));
}

void Traffic::add(Value value, Direction direction, StringRef category) {
  // A tensor may hold others, the whole of an arena its parameters: it is its
  // first buffer.
  for (auto [buffer, type] : llvm::zip(assignment.getBuffers(value),
                                       getTensorTypes(value.getType()))) {
    Access &access = accesses[{buffer, direction}];
    if (access.category.empty() || getRank(category) < getRank(access.category))
      access.category = category;
    access.bytes = getSizeInBytes(type);
  }
}

int64_t Traffic::getBytes() const {
  int64_t bytes = 0;
  for (const auto &[tensor, access] : accesses)
    bytes += access.bytes;
  return bytes;
}

DictionaryAttr Traffic::getBytesByCategory(MLIRContext *context,
                                           StringRef category) const {
  llvm::MapVector<StringRef, int64_t> sums;
  for (const auto &[tensor, access] : accesses)
    sums[access.category] += access.bytes;
  if (sums.empty() || (sums.size() == 1 && sums.front().first == category))
    return {};
  Builder builder(context);
  SmallVector<NamedAttribute> bytes;
  for (auto [name, sum] : sums)
    bytes.push_back(builder.getNamedAttr(name, builder.getI64IntegerAttr(sum)));
  return builder.getDictionaryAttr(bytes);
}
