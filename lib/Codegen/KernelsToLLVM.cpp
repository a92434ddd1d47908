//===- KernelsToLLVM.cpp - Row programs to the LLVM dialect -------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BFloat16.h"
#include "KernelPatterns.h"
#include "wav/IR/WavKernelOps.h"
#include "wav/Passes.h"

#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"

namespace mlir::wav {
#define GEN_PASS_DEF_KERNELSTOLLVMPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

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

struct KernelsToLLVM : wav::impl::KernelsToLLVMPassBase<KernelsToLLVM> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    LLVMTypeConverter converter(context);
    RewritePatternSet patterns(context);
    populateKernelPatterns(converter, patterns);
    populateBFloat16AsInteger(converter, patterns);
    patterns.add<ArgumentLowering>(converter);

    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
