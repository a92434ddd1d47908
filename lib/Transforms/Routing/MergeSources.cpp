//===- MergeSources.cpp - Read equal sources as one -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_MERGESOURCESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

/// Whether two sources have the same values.
static bool areEqual(SourceOp a, SourceOp b) {
  return a.getResult().getType().getRowType() ==
             b.getResult().getType().getRowType() &&
         llvm::equal(a.getPlanes(), b.getPlanes()) &&
         a.getCoefficients() == b.getCoefficients() &&
         a.getScale() == b.getScale();
}

/// Appends the indices of a source's biases; fails if they are not known.
static LogicalResult getBiases(SourceOp source,
                               SmallVectorImpl<int32_t> &indices) {
  if (!source.getBias()) {
    indices.push_back(-1);
    return success();
  }
  DenseIntElementsAttr numbers;
  if (!matchPattern(source.getBias(), m_Constant(&numbers)))
    return failure();
  llvm::append_range(indices, numbers.getValues<int32_t>());
  return success();
}

/// One source for several equal ones, or null.
static SourceOp merge(OpBuilder &builder, ArrayRef<SourceOp> sources) {
  SmallVector<int32_t> indices;
  for (SourceOp source : sources)
    if (failed(getBiases(source, indices)))
      return {};
  SourceOp first = sources.front();
  auto type = RankedTensorType::get(static_cast<int64_t>(indices.size()),
                                    builder.getI32Type());
  Value bias = arith::ConstantOp::create(
      builder, first.getLoc(), DenseIntElementsAttr::get(type, indices));
  BankType bank = first.getResult().getType();
  return SourceOp::create(builder, first.getLoc(),
                          BankType::get(1, bank.getRowType(), bank.getScaled(),
                                        /*biased=*/true),
                          first.getPlanes(), first.getScale(), bias,
                          first.getCoefficientsAttr());
}

/// Merges the open sources of a read; returns how many it has less.
static unsigned mergeSources(ReadOp read) {
  SmallVector<SmallVector<SourceOp>> classes;
  for (Value open : read.getOpen()) {
    auto source = open.getDefiningOp<SourceOp>();
    auto *same = llvm::find_if(classes, [&](ArrayRef<SourceOp> other) {
      return areEqual(other.front(), source);
    });
    if (same == classes.end())
      same = &classes.emplace_back();
    same->push_back(source);
  }
  OpBuilder builder(read);
  SmallVector<Value> merged;
  for (ArrayRef<SourceOp> sources : classes) {
    SourceOp one = sources.front();
    if (sources.size() > 1)
      one = merge(builder, sources);
    if (one)
      sources = one;
    for (SourceOp source : sources)
      merged.push_back(source);
  }
  unsigned fewer = read.getOpen().size() - merged.size();
  if (fewer > 0)
    read.getOpenMutable().assign(merged);
  return fewer;
}

namespace {
struct MergeSourcesPass : wav::impl::MergeSourcesPassBase<MergeSourcesPass> {
  using MergeSourcesPassBase::MergeSourcesPassBase;

  void runOnOperation() override {
    getOperation().walk([&](ReadOp read) {
      if (unsigned fewer = mergeSources(read))
        remark::passed(read.getLoc(),
                       remark::RemarkOpts::name("MergeSources")
                           .category("wav-merge-sources")
                           .function(getOperation().getSymName()))
            << ("open sources that equal others: " + Twine(fewer)).str();
    });
    getOperation().walk([](SourceOp source) {
      if (source->use_empty())
        source.erase();
    });
  }
};
} // namespace
