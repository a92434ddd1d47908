//===- Folders.cpp - Folders and canonicalisations ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Banks are never flattened: which bank extends which is what differentiation
// shares gradients by.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::wav;

/// Source `index` of a bank, or null if its formation is not in sight.
static SourceOp findSource(Value bank, int64_t index) {
  while (Operation *op = bank.getDefiningOp()) {
    if (auto source = dyn_cast<SourceOp>(op))
      return source;
    if (auto slice = dyn_cast<SliceOp>(op)) {
      index += slice.getOffset();
      bank = slice.getBank();
      continue;
    }
    auto list = dyn_cast<BankOp>(op);
    if (!list)
      return {};
    for (Value part : list.getBanks()) {
      bank = part;
      int64_t size = cast<BankType>(part.getType()).getSize();
      if (index < size)
        break;
      index -= size;
    }
  }
  return {};
}

static bool isFilledWithOne(Value value) {
  auto fill = value ? value.getDefiningOp<FillOp>() : nullptr;
  return fill && fill.getValue().isExactlyValue(1.0);
}

/// The first write of a block starts the row.
OpFoldResult WriteOp::fold(FoldAdaptor) {
  if (getRow() || getScale() || !getCoefficient().isExactlyValue(1.0) ||
      getUpdate().getType() != getResult().getType())
    return {};
  return getUpdate();
}

OpFoldResult TakeOp::fold(FoldAdaptor) {
  SourceOp source = findSource(getBank(), getIndex());
  if (!source)
    return {};
  switch (getPart().value_or(BankPart::Row)) {
  case BankPart::Row:
    return source.isMaterialized() ? source.getRow() : Value();
  case BankPart::Scale:
    return source.getScale();
  case BankPart::Bias:
    return source.getBias();
  }
  llvm_unreachable("unknown part of a source");
}

OpFoldResult CombineOp::fold(FoldAdaptor) {
  if (getInputs().size() != 1 || getCoefficients()[0] != 1.0 ||
      getInputs().front().getType() != getResult().getType())
    return {};
  return getInputs().front();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  return getInput().getType() == getResult().getType() ? getInput() : Value();
}

namespace {

/// A softmax over one source is that source (method.md 5.4, R1). Its
/// statistics are not, so nobody may want them.
struct ReadOneSource : OpRewritePattern<ReadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReadOp op,
                                PatternRewriter &rewriter) const override {
    int64_t size = op.getOpen().size();
    if (auto bank = op.getBank()) {
      if (bank.getType().isDynamic())
        return failure();
      size += bank.getType().getSize();
    }
    if (!op.getPart().empty() || size != 1)
      return failure();
    SourceOp source = findSource(
        op.getOpen().empty() ? Value(op.getBank()) : op.getOpen().front(), 0);
    if (!source || !source.isMaterialized() ||
        !llvm::all_of(
            op.getOutputs().getTypes(),
            [&](Type type) { return type == source.getRow().getType(); }) ||
        (source.getScale() && !isFilledWithOne(source.getScale())) ||
        !llvm::all_of(op.getResults().drop_front(op.getNumRoles()),
                      [](Value value) { return value.use_empty(); }))
      return failure();
    for (Value output : op.getOutputs())
      rewriter.replaceAllUsesWith(output, source.getRow());
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

namespace {

/// A row has its own RMS (method.md 2.4).
struct MatchOfItself : OpRewritePattern<MatchOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatchOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getRow() != op.getReference())
      return failure();
    rewriter.replaceOpWithNewOp<FillOp>(op, op.getResult().getType(),
                                        rewriter.getF64FloatAttr(1.0));
    return success();
  }
};

/// A factor of one is left out where the source is open; those of a bank all
/// have one or none.
struct UnscaledSource : OpRewritePattern<SourceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SourceOp op,
                                PatternRewriter &rewriter) const override {
    if (!isFilledWithOne(op.getScale()) ||
        !llvm::all_of(op->getUses(), [](OpOperand &use) {
          auto read = dyn_cast<ReadOp>(use.getOwner());
          return read &&
                 isOneOf(use.getOperandNumber(), {read.getOpenMutable()});
        }))
      return failure();
    BankType type = op.getResult().getType();
    rewriter.replaceOpWithNewOp<SourceOp>(
        op,
        BankType::get(1, type.getRowType(), /*scaled=*/false, type.getBiased()),
        op.getPlanes(), /*scale=*/Value(), op.getBias(),
        op.getCoefficientsAttr());
    return success();
  }
};

} // namespace

void MatchOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<MatchOfItself>(context);
}

void SourceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<UnscaledSource>(context);
}

void ReadOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<ReadOneSource>(context);
}

namespace {

/// Expands combinations that have no other use where that takes no more inputs,
/// merges equal inputs and drops those with coefficient zero. A sum that grows
/// from op to op is one tensor to each; its terms are many.
struct SimplifyCombine : OpRewritePattern<CombineOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CombineOp op,
                                PatternRewriter &rewriter) const override {
    llvm::MapVector<Value, double> terms;
    bool expands = false;
    auto isShort = [&](CombineOp inner) {
      return llvm::count_if(inner.getInputs(), [&](Value input) {
               return !llvm::is_contained(op.getInputs(), input);
             }) <= 1;
    };
    for (auto [input, coefficient] :
         llvm::zip(op.getInputs(), op.getCoefficients())) {
      auto inner = input.getDefiningOp<CombineOp>();
      if (!inner || !input.hasOneUse() || !isShort(inner)) {
        terms[input] += coefficient;
        continue;
      }
      expands = true;
      for (auto [innerInput, innerCoefficient] :
           llvm::zip(inner.getInputs(), inner.getCoefficients()))
        terms[innerInput] += coefficient * innerCoefficient;
    }
    terms.remove_if([](const auto &term) { return term.second == 0.0; });
    if (!expands && terms.size() == op.getInputs().size())
      return failure();

    Type type = op.getResult().getType();
    if (terms.empty()) {
      rewriter.replaceOpWithNewOp<FillOp>(op, type,
                                          rewriter.getF64FloatAttr(0.0));
      return success();
    }
    SmallVector<Value> inputs;
    SmallVector<double> coefficients;
    for (auto [input, coefficient] : terms) {
      inputs.push_back(input);
      coefficients.push_back(coefficient);
    }
    rewriter.replaceOpWithNewOp<CombineOp>(op, type, inputs, coefficients);
    return success();
  }
};

} // namespace

void CombineOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<SimplifyCombine>(context);
}
