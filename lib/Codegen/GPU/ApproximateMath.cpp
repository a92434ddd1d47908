//===- ApproximateMath.cpp - The GPU's own functions ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavAttributes.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::wav {
#define GEN_PASS_DEF_APPROXIMATEMATHPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;

static bool isF32(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return getElementTypeOrSelf(type).isF32() &&
         (!vector || (vector.getRank() == 1 && !vector.isScalable()));
}

/// Applies a function of numbers to numbers, or to vectors element by element.
static Value call(OpBuilder &builder, Location location, StringRef intrinsic,
                  ValueRange operands) {
  Type type = operands.front().getType();
  auto apply = [&](ValueRange numbers) -> Value {
    return LLVM::CallIntrinsicOp::create(
               builder, location, builder.getF32Type(),
               builder.getStringAttr(intrinsic), numbers)
        .getResult(0);
  };
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return apply(operands);
  SmallVector<Value> elements;
  for (int64_t i = 0; i < vector.getDimSize(0); ++i) {
    SmallVector<Value> numbers;
    for (Value operand : operands)
      numbers.push_back(
          vector::ExtractOp::create(builder, location, operand, i));
    elements.push_back(apply(numbers));
  }
  return vector::FromElementsOp::create(builder, location, vector, elements);
}

/// `value` times a number.
static Value scale(OpBuilder &builder, Location location, Value value,
                   float factor) {
  TypedAttr number = builder.getF32FloatAttr(factor);
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    number = DenseElementsAttr::get(vector, number);
  Value constant = arith::ConstantOp::create(builder, location, number);
  return arith::MulFOp::create(builder, location, value, constant);
}

static constexpr StringRef kExp2 = "llvm.nvvm.ex2.approx.ftz";
static constexpr StringRef kLog2 = "llvm.nvvm.lg2.approx.ftz.f";
static constexpr StringRef kReciprocalRoot = "llvm.nvvm.rsqrt.approx.ftz.f";
static constexpr StringRef kDivide = "llvm.nvvm.div.full";

namespace {
struct ApproximateExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Value power =
        scale(rewriter, op.getLoc(), op.getOperand(), 1.44269504088896341f);
    rewriter.replaceOp(op, call(rewriter, op.getLoc(), kExp2, power));
    return success();
  }
};

struct ApproximateExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    rewriter.replaceOp(op, call(rewriter, op.getLoc(), kExp2, op.getOperand()));
    return success();
  }
};

struct ApproximateLog : OpRewritePattern<math::LogOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::LogOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Value power = call(rewriter, op.getLoc(), kLog2, op.getOperand());
    rewriter.replaceOp(
        op, scale(rewriter, op.getLoc(), power, 0.693147180559945309f));
    return success();
  }
};

/// tanh(x) = 1 - 2 / (exp(2x) + 1), also where exp(2x) is zero or infinite.
struct ApproximateTanh : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Location loc = op.getLoc();
    auto constant = [&](float value) -> Value {
      TypedAttr number = rewriter.getF32FloatAttr(value);
      if (auto vector = dyn_cast<VectorType>(op.getType()))
        number = DenseElementsAttr::get(vector, number);
      return arith::ConstantOp::create(rewriter, loc, number);
    };
    Value power = scale(rewriter, loc, op.getOperand(), 2.88539008177792681f);
    Value exp = call(rewriter, loc, kExp2, power);
    Value sum = arith::AddFOp::create(rewriter, loc, exp, constant(1));
    Value rest = arith::DivFOp::create(rewriter, loc, constant(2), sum);
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, constant(1), rest);
    return success();
  }
};

struct ApproximateRsqrt : OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::RsqrtOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    rewriter.replaceOp(
        op, call(rewriter, op.getLoc(), kReciprocalRoot, op.getOperand()));
    return success();
  }
};

struct ApproximateDivision : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    auto root = op.getRhs().getDefiningOp<math::SqrtOp>();
    if (root && !root->hasAttr(wav::kResultAttr)) {
      Value reciprocal =
          call(rewriter, op.getLoc(), kReciprocalRoot, root.getOperand());
      rewriter.replaceOpWithNewOp<arith::MulFOp>(op, op.getLhs(), reciprocal);
      return success();
    }
    rewriter.replaceOp(
        op, call(rewriter, op.getLoc(), kDivide, {op.getLhs(), op.getRhs()}));
    return success();
  }
};

struct ApproximateMath : wav::impl::ApproximateMathPassBase<ApproximateMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ApproximateExp, ApproximateExp2, ApproximateLog,
                 ApproximateTanh, ApproximateRsqrt, ApproximateDivision>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk(
        [](math::SqrtOp root) { root->removeAttr(wav::kResultAttr); });
  }
};
} // namespace
