//===- FuseMultiplyAdd.cpp - Products and sums in one rounding --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavAttributes.h"
#include "wav/Passes.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::wav {
#define GEN_PASS_DEF_FUSEMULTIPLYADDPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// A product with one use that no op has as its result, or null.
static arith::MulFOp getProduct(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  return product && value.hasOneUse() && !product->hasAttr(kResultAttr)
             ? product
             : nullptr;
}

/// a * b + c and c + a * b.
struct FuseMultiplyAdd : OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    Value other = op.getRhs();
    arith::MulFOp product = getProduct(op.getLhs());
    if (!product) {
      other = op.getLhs();
      product = getProduct(op.getRhs());
    }
    if (!product)
      return failure();
    rewriter.replaceOpWithNewOp<math::FmaOp>(op, product.getLhs(),
                                             product.getRhs(), other);
    return success();
  }
};

/// a * b - c and c - a * b.
struct FuseMultiplySubtract : OpRewritePattern<arith::SubFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::SubFOp op,
                                PatternRewriter &rewriter) const override {
    if (arith::MulFOp product = getProduct(op.getRhs())) {
      Value factor =
          arith::NegFOp::create(rewriter, op.getLoc(), product.getLhs());
      rewriter.replaceOpWithNewOp<math::FmaOp>(op, factor, product.getRhs(),
                                               op.getLhs());
      return success();
    }
    if (arith::MulFOp product = getProduct(op.getLhs())) {
      Value term = arith::NegFOp::create(rewriter, op.getLoc(), op.getRhs());
      rewriter.replaceOpWithNewOp<math::FmaOp>(op, product.getLhs(),
                                               product.getRhs(), term);
      return success();
    }
    return failure();
  }
};

struct FuseMultiplyAddPass
    : wav::impl::FuseMultiplyAddPassBase<FuseMultiplyAddPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseMultiplyAdd, FuseMultiplySubtract>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk(
        [](arith::MulFOp product) { product->removeAttr(kResultAttr); });
  }
};

} // namespace
