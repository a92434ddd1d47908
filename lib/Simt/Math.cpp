//===- Math.cpp - Arithmetic of the GPU on the host -----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Instrument.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Intrinsics.h"

using namespace mlir;
using namespace mlir::wav::simt;
namespace Intrinsic = llvm::Intrinsic;
using llvm::IRBuilder;
using llvm::Type;
using llvm::Value;

namespace {
/// An intrinsic's name, taken apart: `fma.rn.ftz.f`.
struct Name {
  StringRef operation;
  bool flushes = false, keepsNaN = false;
  /// All its parts are understood.
  bool known = true;

  explicit Name(StringRef name) {
    SmallVector<StringRef> parts;
    name.split(parts, '.');
    operation = parts.front();
    for (StringRef part : ArrayRef(parts).drop_front()) {
      if (part == "ftz")
        flushes = true;
      else if (part == "nan")
        keepsNaN = true;
      else if (!llvm::is_contained({"rn", "approx", "full", "f", "d"}, part))
        known = false;
    }
  }
};
} // namespace

/// Subnormal numbers become zero of the same sign.
static Value *flush(IRBuilder<> &builder, Value *value) {
  Type *type = value->getType();
  if (!type->isFloatTy())
    return value;
  Value *magnitude = builder.CreateUnaryIntrinsic(Intrinsic::fabs, value);
  Value *isSmall = builder.CreateFCmpOLT(
      magnitude,
      llvm::ConstantFP::get(type, llvm::APFloat::getSmallestNormalized(
                                      llvm::APFloat::IEEEsingle())));
  Value *zero = builder.CreateBinaryIntrinsic(
      Intrinsic::copysign, llvm::ConstantFP::get(type, 0.0), value);
  return builder.CreateSelect(isSmall, zero, value);
}

static Value *build(IRBuilder<> &builder, const Name &name,
                    ArrayRef<Value *> x) {
  using llvm::Intrinsic::ID;
  auto unary = [&](ID id) { return builder.CreateUnaryIntrinsic(id, x[0]); };
  auto binary = [&](ID id) {
    return builder.CreateBinaryIntrinsic(id, x[0], x[1]);
  };
  Type *type = x[0]->getType();
  Value *one =
      type->isFloatingPointTy() ? llvm::ConstantFP::get(type, 1.0) : nullptr;
  StringRef operation = name.operation;
  if (operation == "add")
    return builder.CreateFAdd(x[0], x[1]);
  if (operation == "mul")
    return builder.CreateFMul(x[0], x[1]);
  if (operation == "div")
    return builder.CreateFDiv(x[0], x[1]);
  if (operation == "rcp")
    return builder.CreateFDiv(one, x[0]);
  if (operation == "rsqrt")
    return builder.CreateFDiv(one, unary(Intrinsic::sqrt));
  if (operation == "fma")
    return builder.CreateIntrinsic(Intrinsic::fma, {type}, x);
  if (operation == "fmax")
    return binary(name.keepsNaN ? Intrinsic::maximum : Intrinsic::maxnum);
  if (operation == "fmin")
    return binary(name.keepsNaN ? Intrinsic::minimum : Intrinsic::minnum);
  if (operation == "saturate") {
    // Not a number becomes 0.
    Value *positive =
        builder.CreateMaxNum(x[0], llvm::ConstantFP::get(type, 0));
    return builder.CreateMinNum(positive, one);
  }
  ID id = llvm::StringSwitch<ID>(operation)
              .Case("ex2", Intrinsic::exp2)
              .Case("lg2", Intrinsic::log2)
              .Case("sin", Intrinsic::sin)
              .Case("cos", Intrinsic::cos)
              .Case("sqrt", Intrinsic::sqrt)
              .Case("fabs", Intrinsic::fabs)
              .Case("floor", Intrinsic::floor)
              .Case("ceil", Intrinsic::ceil)
              .Case("trunc", Intrinsic::trunc)
              .Case("round", Intrinsic::roundeven)
              .Default(Intrinsic::not_intrinsic);
  return id == Intrinsic::not_intrinsic ? nullptr : unary(id);
}

Value *wav::simt::buildTruncToBF16(IRBuilder<> &builder, Value *value) {
  Type *type = value->getType();
  auto likeValue = [&](Type *element) { return type->getWithNewType(element); };
  Type *i32 = likeValue(builder.getInt32Ty());
  auto constant = [&](uint32_t bits) {
    return llvm::ConstantInt::get(i32, bits);
  };
  Value *bits = builder.CreateBitCast(value, i32);
  Value *odd =
      builder.CreateAnd(builder.CreateLShr(bits, constant(16)), constant(1));
  Value *rounded = builder.CreateLShr(
      builder.CreateAdd(bits, builder.CreateAdd(odd, constant(0x7fff))),
      constant(16));
  Value *isNaN = builder.CreateFCmpUNO(value, value);
  Value *result = builder.CreateSelect(isNaN, constant(0x7fff), rounded);
  return builder.CreateBitCast(
      builder.CreateTrunc(result, likeValue(builder.getInt16Ty())),
      likeValue(builder.getBFloatTy()));
}

Value *wav::simt::buildMath(IRBuilder<> &builder, llvm::CallInst &call) {
  StringRef full = llvm::Intrinsic::getBaseName(call.getIntrinsicID());
  if (!full.consume_front("llvm.nvvm."))
    return nullptr;
  SmallVector<Value *> operands(call.args());
  if (full == "f2bf16.rn")
    return buildTruncToBF16(builder, operands[0]);
  if (full == "ff2bf16x2.rn") {
    // The first operand is the upper half.
    Value *pair = llvm::PoisonValue::get(
        llvm::FixedVectorType::get(builder.getFloatTy(), 2));
    pair = builder.CreateInsertElement(pair, operands[1], uint64_t(0));
    pair = builder.CreateInsertElement(pair, operands[0], uint64_t(1));
    return buildTruncToBF16(builder, pair);
  }
  if (full == "i2f.rn")
    return builder.CreateSIToFP(operands[0], call.getType());
  if (full == "ui2f.rn")
    return builder.CreateUIToFP(operands[0], call.getType());
  if (full == "f2i.rz")
    return builder.CreateIntrinsic(Intrinsic::fptosi_sat,
                                   {call.getType(), operands[0]->getType()},
                                   operands);

  Name name(full);
  if (!name.known || operands.empty() ||
      !operands[0]->getType()->isFPOrFPVectorTy())
    return nullptr;
  if (name.flushes)
    for (Value *&operand : operands)
      operand = flush(builder, operand);
  Value *result = build(builder, name, operands);
  return result && name.flushes ? flush(builder, result) : result;
}
