//===- KernelPatterns.cpp - Row programs to the LLVM dialect ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPatterns.h"

#include "wav/IR/WavKernelOps.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::wav;

Value wav::loadEntry(OpBuilder &builder, Location location, Type type,
                     Value table, LLVM::GEPArg index) {
  Value address = LLVM::GEPOp::create(builder, location, table.getType(),
                                      builder.getI64Type(), table, index);
  return LLVM::LoadOp::create(builder, location, type, address);
}

Value wav::wrapPointer(OpBuilder &builder, Location location,
                       const LLVMTypeConverter &converter, Type type,
                       Value pointer) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return pointer;
  // Memrefs are generic: only shared memory has a space in its type.
  auto generic = LLVM::LLVMPointerType::get(builder.getContext());
  if (pointer.getType() != generic)
    pointer =
        LLVM::AddrSpaceCastOp::create(builder, location, generic, pointer);
  if (memref.hasStaticShape())
    return MemRefDescriptor::fromStaticShape(builder, location, converter,
                                             memref, pointer);
  // 1-D of a size that nothing asks for.
  auto descriptor = MemRefDescriptor::poison(builder, location,
                                             converter.convertType(memref));
  descriptor.setAllocatedPtr(builder, location, pointer);
  descriptor.setAlignedPtr(builder, location, pointer);
  descriptor.setConstantOffset(builder, location, 0);
  descriptor.setConstantStride(builder, location, 0, 1);
  return descriptor;
}

namespace {
struct BankSizeLowering : ConvertOpToLLVMPattern<BankSizeOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(BankSizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op,
                       loadEntry(rewriter, op.getLoc(), rewriter.getI64Type(),
                                 adaptor.getBank(), 0));
    return success();
  }
};

struct BankRowLowering : ConvertOpToLLVMPattern<BankRowOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(BankRowOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    // The size comes first, then the tensors of each source.
    BankType bank = op.getBank().getType();
    auto constant = [&](int64_t value) {
      return LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                      rewriter.getI64Type(), value);
    };
    Value source = adaptor.getIndex();
    if (bank.getNumParts() > 1)
      source = LLVM::MulOp::create(rewriter, op.getLoc(), source,
                                   constant(bank.getNumParts()));
    BankPart part = op.getPart().value_or(BankPart::Row);
    Value entry = LLVM::AddOp::create(rewriter, op.getLoc(), source,
                                      constant(1 + bank.getPosition(part)));
    Value pointer =
        loadEntry(rewriter, op.getLoc(), adaptor.getBank().getType(),
                  adaptor.getBank(), entry);
    rewriter.replaceOp(op,
                       wrapPointer(rewriter, op.getLoc(), *getTypeConverter(),
                                   op.getResult().getType(), pointer));
    return success();
  }
};
} // namespace

void wav::populateKernelPatterns(LLVMTypeConverter &converter,
                                 RewritePatternSet &patterns,
                                 unsigned addressSpace) {
  converter.addConversion([=](BankType type) {
    return LLVM::LLVMPointerType::get(type.getContext(), addressSpace);
  });
  patterns.add<BankSizeLowering, BankRowLowering>(converter);
  populateSCFToControlFlowConversionPatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
}
