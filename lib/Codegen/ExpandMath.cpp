//===- ExpandMath.cpp - exp and log as polynomials ----------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>
#include <limits>

namespace mlir::wav {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Builds f32 arithmetic on a number or a vector, whichever `like` is.
class Polynomials {
public:
  Polynomials(PatternRewriter &rewriter, Location location, Type like)
      : builder(location, rewriter), like(like) {}

  Type withElement(Type element) {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Type intType() { return withElement(builder.getI32Type()); }

  Value constant(float value) { return splat(builder.getF32FloatAttr(value)); }
  Value integer(int32_t value) {
    return splat(builder.getI32IntegerAttr(value));
  }
  Value fma(Value a, Value b, Value c) {
    return math::FmaOp::create(builder, a, b, c);
  }
  /// Horner's rule, highest coefficient first.
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value result = constant(coefficients.front());
    for (float coefficient : coefficients.drop_front())
      result = fma(result, x, constant(coefficient));
    return result;
  }
  Value select(arith::CmpFPredicate predicate, Value lhs, Value rhs,
               Value ifTrue, Value ifFalse) {
    Value condition = arith::CmpFOp::create(builder, predicate, lhs, rhs);
    return arith::SelectOp::create(builder, condition, ifTrue, ifFalse);
  }
  Value bits(Value value) {
    return arith::BitcastOp::create(builder, intType(), value);
  }
  Value fromBits(Value value) {
    return arith::BitcastOp::create(builder, like, value);
  }

  ImplicitLocOpBuilder builder;

private:
  Value splat(TypedAttr number) {
    TypedAttr value = number;
    if (isa<VectorType>(like))
      value = DenseElementsAttr::get(
          cast<ShapedType>(withElement(number.getType())), number);
    return arith::ConstantOp::create(builder, value);
  }
  Type like;
};

/// Whether `type` is f32 or a vector of it.
static bool isF32(Type type) { return getElementTypeOrSelf(type).isF32(); }

/// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2)/2, with the
/// coefficients of Cephes' `expf`. Results below 2^-125 become zero.
struct ExpandExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Polynomials p(rewriter, op.getLoc(), op.getType());
    ImplicitLocOpBuilder &b = p.builder;
    // Comparisons are such that a NaN passes.
    Value x = op.getOperand();
    Value lowest = p.constant(-87.5f);
    x = p.select(arith::CmpFPredicate::OLT, x, lowest, lowest, x);
    Value highest = p.constant(89.0f);
    x = p.select(arith::CmpFPredicate::OGT, x, highest, highest, x);
    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    Value shift = p.constant(12582912.0f);
    Value shifted = p.fma(x, p.constant(1.44269504088896341f), shift);
    Value n = arith::SubFOp::create(b, shifted, shift);
    Value r = p.fma(n, p.constant(-0.693359375f), x);
    r = p.fma(n, p.constant(2.12194440e-4f), r);
    // Twice exp(r): the other half keeps the exponent of the factor 2^(n-1) in
    // range for the largest results.
    Value q = p.polynomial(r, {2 * 1.9875691500e-4f, 2 * 1.3981999507e-3f,
                               2 * 8.3334519073e-3f, 2 * 4.1665795894e-2f,
                               2 * 1.6666665459e-1f, 2 * 5.0000001201e-1f});
    Value square = arith::MulFOp::create(b, r, r);
    Value twice = arith::AddFOp::create(b, r, r);
    Value rest = p.fma(q, square, twice);
    Value mantissa = arith::AddFOp::create(b, rest, p.constant(2));
    Value exponent =
        arith::AddIOp::create(b, p.bits(shifted), p.integer(127 - 1));
    Value factor = arith::ShLIOp::create(b, exponent, p.integer(23));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, mantissa,
                                               p.fromBits(factor));
    return success();
  }
};

/// exp2(x) = exp(x ln 2).
struct ExpandExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Polynomials p(rewriter, op.getLoc(), op.getType());
    Value product = arith::MulFOp::create(p.builder, op.getOperand(),
                                          p.constant(0.693147180559945309f));
    rewriter.replaceOpWithNewOp<math::ExpOp>(op, product);
    return success();
  }
};

/// log(x) = e ln 2 + log(m), sqrt(1/2) <= m < sqrt(2), with the coefficients of
/// Cephes' `logf`. Subnormal numbers count as zero.
struct ExpandLog : OpRewritePattern<math::LogOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::LogOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32(op.getType()))
      return failure();
    Polynomials p(rewriter, op.getLoc(), op.getType());
    ImplicitLocOpBuilder &b = p.builder;
    Value x = op.getOperand();
    // The difference to sqrt(1/2) in the exponent's bits is e, and what is left
    // is m.
    Value origin = p.integer(0x3f3504f3);
    Value offset = arith::SubIOp::create(b, p.bits(x), origin);
    Value exponent = arith::ShRSIOp::create(b, offset, p.integer(23));
    Value high = arith::ShLIOp::create(b, exponent, p.integer(23));
    Value m = p.fromBits(arith::SubIOp::create(b, p.bits(x), high));
    Value e = arith::SIToFPOp::create(b, op.getType(), exponent);
    Value r = arith::SubFOp::create(b, m, p.constant(1));
    Value square = arith::MulFOp::create(b, r, r);
    Value q = p.polynomial(
        r, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
            -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
            2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
    Value cube = arith::MulFOp::create(b, r, square);
    Value rest = arith::MulFOp::create(b, q, cube);
    rest = p.fma(e, p.constant(-2.12194440e-4f), rest);
    rest = p.fma(square, p.constant(-0.5f), rest);
    Value result = arith::AddFOp::create(b, r, rest);
    result = p.fma(e, p.constant(0.693359375f), result);

    constexpr float infinity = std::numeric_limits<float>::infinity();
    Value smallest = p.constant(std::numeric_limits<float>::min());
    Value zero = p.constant(0);
    Value ofSmall = p.select(arith::CmpFPredicate::OLT, x, zero,
                             p.constant(std::nanf("")), p.constant(-infinity));
    result = p.select(arith::CmpFPredicate::OLT, x, smallest, ofSmall, result);
    // Infinity and NaN are their own logarithms.
    result =
        p.select(arith::CmpFPredicate::OLT, x, p.constant(infinity), result, x);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ExpandMath : wav::impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExp, ExpandExp2, ExpandLog>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
