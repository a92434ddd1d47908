//===- KernelsToLLVM.cpp - Row programs to the LLVM dialect -------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"
#include "wav/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::wav {
#define GEN_PASS_DEF_KERNELSTOLLVMPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

/// Element `index` of a table of 8-byte entries.
static Value loadEntry(OpBuilder &builder, Location location, Type type,
                       Value table, LLVM::GEPArg index) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value address = LLVM::GEPOp::create(builder, location, pointer,
                                      builder.getI64Type(), table, index);
  return LLVM::LoadOp::create(builder, location, type, address);
}

/// What `pointer` stands for in a function of the LLVM dialect: a descriptor
/// of a dense memref, or the pointer itself for a bank.
static Value wrapPointer(OpBuilder &builder, Location location,
                         const LLVMTypeConverter &converter, Type type,
                         Value pointer) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return pointer;
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
struct ArgumentLowering : ConvertOpToLLVMPattern<ArgumentOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(ArgumentOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value pointer =
        loadEntry(rewriter, op.getLoc(), adaptor.getTable().getType(),
                  adaptor.getTable(), int32_t(op.getIndex()));
    rewriter.replaceOp(op,
                       wrapPointer(rewriter, op.getLoc(), *getTypeConverter(),
                                   op.getResult().getType(), pointer));
    return success();
  }
};

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
    // The size comes first, then the rows.
    Value one = LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                         rewriter.getI64Type(), 1);
    Value entry =
        LLVM::AddOp::create(rewriter, op.getLoc(), adaptor.getIndex(), one);
    Value pointer =
        loadEntry(rewriter, op.getLoc(), adaptor.getBank().getType(),
                  adaptor.getBank(), entry);
    rewriter.replaceOp(op,
                       wrapPointer(rewriter, op.getLoc(), *getTypeConverter(),
                                   op.getResult().getType(), pointer));
    return success();
  }
};

struct KernelsToLLVM : wav::impl::KernelsToLLVMPassBase<KernelsToLLVM> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    LLVMTypeConverter converter(context);
    converter.addConversion([](BankType type) {
      return LLVM::LLVMPointerType::get(type.getContext());
    });
    RewritePatternSet patterns(context);
    patterns.add<ArgumentLowering, BankSizeLowering, BankRowLowering>(
        converter);
    populateSCFToControlFlowConversionPatterns(patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
