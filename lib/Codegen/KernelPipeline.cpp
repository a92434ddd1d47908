//===- KernelPipeline.cpp - From kernels to the LLVM dialect ------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Codegen/KernelPipeline.h"

#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void wav::buildKernelPipeline(OpPassManager &pm, const KernelOptions &options) {
  pm.addPass(createLowerKernelsPass());
  OpPassManager &functions = pm.nest<func::FuncOp>();
  // Fused ops state some values twice: the statistics of a shared input, say.
  functions.addPass(createCSEPass());
  StripRowsPassOptions stripOptions;
  stripOptions.vectorWidth = options.vectorWidth;
  stripOptions.unroll = options.unroll;
  functions.addPass(createStripRowsPass(stripOptions));
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createFuseMultiplyAddPass());
  functions.addPass(createExpandMathPass());
  pm.addPass(createKernelsToLLVMPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void wav::registerKernelPipeline() {
  PassPipelineRegistration<KernelOptions>("wav-kernel-pipeline",
                                          "Lower kernels to the LLVM dialect",
                                          buildKernelPipeline);
}
