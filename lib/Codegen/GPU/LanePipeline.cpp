//===- LanePipeline.cpp - Row programs to lanes ------------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Codegen/GPU.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void wav::buildLanePipeline(OpPassManager &pm) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  // Fused ops state some values twice: the statistics of a shared input, say.
  functions.addPass(createCSEPass());
  StripRowsPassOptions strips;
  strips.forLanes = true;
  // 16 elements a lane of the largest block.
  strips.maxWhole = 16 * 1024;
  // 16 bytes of bf16 for each of 512 lanes.
  strips.vectorWidth = 4096;
  strips.unroll = 1;
  functions.addPass(createStripRowsPass(strips));
  // Not canonicalized yet, which would take a row of one element for a number.
  pm.addPass(createDistributeRowsPass());
  pm.addPass(createDistributeLanesPass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void wav::registerLanePipeline() {
  PassPipelineRegistration<>("wav-lane-pipeline",
                             "Spread row programs over the threads of a GPU",
                             buildLanePipeline);
}
