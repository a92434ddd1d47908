//===- BFloat16.cpp - bf16 in integer registers -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BFloat16.h"

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace {

/// i32 arithmetic on the bits of a number or of a vector's elements.
struct Bits {
  Bits(OpBuilder &b, Location location, Type like)
      : builder(location, b), like(like), type(withElement(b.getI32Type())) {}

  Type withElement(Type element) {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? Type(vector.clone(element)) : element;
  }
  Value constant(int32_t value) {
    TypedAttr number = builder.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      number = DenseElementsAttr::get(vector, number);
    return LLVM::ConstantOp::create(builder, number);
  }

  ImplicitLocOpBuilder builder;
  Type like, type;
};

/// bf16 is the upper half of f32.
struct Widen : ConvertOpToLLVMPattern<arith::ExtFOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(arith::ExtFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isBF16() ||
        !getElementTypeOrSelf(op.getOut()).isF32())
      return failure();
    Bits bits(rewriter, op.getLoc(), op.getType());
    ImplicitLocOpBuilder &b = bits.builder;
    Value low = LLVM::ZExtOp::create(b, bits.type, adaptor.getIn());
    Value high = LLVM::ShlOp::create(b, low, bits.constant(16));
    rewriter.replaceOpWithNewOp<LLVM::BitcastOp>(op, op.getType(), high);
    return success();
  }
};

/// Rounds to nearest, ties to even; a NaN stays one.
struct Round : ConvertOpToLLVMPattern<arith::TruncFOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(arith::TruncFOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF32() ||
        !getElementTypeOrSelf(op.getOut()).isBF16())
      return failure();
    Bits bits(rewriter, op.getLoc(), op.getType());
    ImplicitLocOpBuilder &b = bits.builder;
    Value number = adaptor.getIn();
    Value wide = LLVM::BitcastOp::create(b, bits.type, number);
    Value half = bits.constant(16);
    Value upper = LLVM::LShrOp::create(b, wide, half);
    Value odd = LLVM::AndOp::create(b, upper, bits.constant(1));
    Value bias = LLVM::AddOp::create(b, odd, bits.constant(0x7fff));
    Value sum = LLVM::AddOp::create(b, wide, bias);
    Value rounded = LLVM::LShrOp::create(b, sum, half);
    Value isNaN =
        LLVM::FCmpOp::create(b, LLVM::FCmpPredicate::uno, number, number);
    Value quietNaN = LLVM::OrOp::create(b, upper, bits.constant(0x40));
    Value result = LLVM::SelectOp::create(b, isNaN, quietNaN, rounded);
    rewriter.replaceOpWithNewOp<LLVM::TruncOp>(
        op, bits.withElement(b.getI16Type()), result);
    return success();
  }
};

} // namespace

void wav::populateBFloat16AsInteger(LLVMTypeConverter &converter,
                                    RewritePatternSet &patterns) {
  converter.addConversion([](BFloat16Type type) -> Type {
    return IntegerType::get(type.getContext(), 16);
  });
  converter.addConversion([](VectorType type) -> std::optional<Type> {
    if (!type.getElementType().isBF16())
      return std::nullopt;
    return type.clone(IntegerType::get(type.getContext(), 16));
  });
  // Before the patterns for all floating-point types.
  patterns.add<Widen, Round>(converter, /*benefit=*/2);
}
