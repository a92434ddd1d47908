//===- Pipelines.cpp - The levels of IR and what leads to them --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Pipelines/Pipelines.h"

#include "wav/Codegen/GPU.h"
#include "wav/Codegen/KernelPipeline.h"
#include "wav/Passes.h"
#include "wav/Target/CPU.h"
#include "wav/Target/NVPTX.h"
#include "wav/Target/Occupancy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr StringRef kLevelNames[kNumLevels] = {
    "model",      "graph", "simplified", "step",
    "recomputed", "fused", "scheduled",  "target"};

StringRef wav::stringifyLevel(Level level) {
  return kLevelNames[static_cast<int>(level)];
}

std::optional<Level> wav::parseLevel(StringRef name) {
  const auto *it = llvm::find(kLevelNames, name);
  if (it == std::end(kLevelNames))
    return std::nullopt;
  return static_cast<Level>(it - kLevelNames);
}

llvm::Error wav::checkTarget(StringRef target) {
  if (target == "cpu" || target == "cuda")
    return llvm::Error::success();
  return llvm::createStringError("unknown target '" + target +
                                 "'; use 'cpu' or 'cuda'");
}

/// Folds, drops what nobody uses and merges what is computed twice.
static void buildSimplify(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

static void buildToHost(OpPassManager &pm, const PipelineOptions &options,
                        const std::string &target) {
  LowerSchedulesPassOptions schedules;
  schedules.target = target;
  llvm::append_range(schedules.features, options.features);
  pm.addPass(createLowerSchedulesPass(schedules));
}

static void buildToCPU(OpPassManager &pm, const PipelineOptions &options) {
  KernelOptions kernels;
  kernels.vectorWidth = options.vectorWidth;
  buildKernelPipeline(pm, kernels);
  buildToHost(pm, options, "cpu " + options.cpu);
}

static void buildToNVVM(OpPassManager &pm, const PipelineOptions &options) {
  CallsToKernelsPassOptions calls;
  calls.sharedBytes = getBlockSharedBytes(options.chip);
  for (const std::string &chip : options.otherChips)
    calls.sharedBytes = std::min(calls.sharedBytes, getBlockSharedBytes(chip));
  pm.addPass(createCallsToKernelsPass(calls));
  LowerKernelsPassOptions kernels;
  kernels.onePass = true;
  pm.addPass(createLowerKernelsPass(kernels));
  buildLanePipeline(pm);
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createFuseMultiplyAddPass());
  functions.addPass(createApproximateMathPass());
  pm.addPass(createKernelsToNVVMPass());
  OpPassManager &device = pm.nest<gpu::GPUModuleOp>();
  device.addPass(createCanonicalizerPass());
  device.addPass(createCSEPass());
  buildToHost(pm, options, "cuda " + options.chip);
}

void wav::buildLevelPipeline(OpPassManager &pm, Level level,
                             const PipelineOptions &options) {
  switch (level) {
  case Level::Model:
    return;
  case Level::Graph: {
    BuildPassOptions build;
    build.batch = options.batch;
    build.precision = options.precision;
    llvm::append_range(build.entries, options.entries);
    pm.addPass(createBuildPass(build));
    return;
  }
  case Level::Simplified:
    return buildSimplify(pm);
  case Level::Step:
    pm.addPass(createDifferentiatePass());
    return buildSimplify(pm);
  case Level::Recomputed: {
    pm.addNestedPass<func::FuncOp>(createMaterializeSourcesPass());
    RecomputePassOptions recompute;
    recompute.memoryBudget = options.memoryBudget;
    pm.addPass(createRecomputePass(recompute));
    return;
  }
  case Level::Fused:
    pm.addNestedPass<func::FuncOp>(createFusePass());
    return;
  case Level::Scheduled:
    pm.addPass(createPlanPass());
    return;
  case Level::Target:
    return options.isForGPU() ? buildToNVVM(pm, options)
                              : buildToCPU(pm, options);
  }
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {

/// Text that `check` accepts.
template <llvm::Error (*check)(StringRef)>
struct CheckedParser : llvm::cl::parser<std::string> {
  using parser::parser;
  bool parse(llvm::cl::Option &option, StringRef, StringRef text,
             std::string &value) {
    value = text.str();
    if (llvm::Error error = check(text))
      return option.error(llvm::toString(std::move(error)));
    return false;
  }
};
template <llvm::Error (*check)(StringRef)>
using CheckedOption =
    mlir::detail::PassOptions::Option<std::string, CheckedParser<check>>;

llvm::Error checkCPU(StringRef name) {
  return CPUTarget::create(name).takeError();
}
llvm::Error checkChip(StringRef name) {
  return NVPTXTarget::create(name).takeError();
}

/// PipelineOptions as text: `wav-compile{batch=2 entries=train_step}`.
struct TextOptions : mlir::PassPipelineOptions<TextOptions> {
  PassOptions::Option<int64_t> batch{*this, "batch",
                                     llvm::cl::init(PipelineOptions().batch),
                                     llvm::cl::desc("Sequences in a batch")};
  PassOptions::Option<std::string> precision{
      *this, "precision", llvm::cl::init(PipelineOptions().precision),
      llvm::cl::desc("How activations are stored: f32 or bf16")};
  PassOptions::ListOption<std::string> entries{
      *this, "entries", llvm::cl::desc("Entry points; all if empty")};
  PassOptions::Option<int64_t> memoryBudget{
      *this, "memory-budget", llvm::cl::init(0),
      llvm::cl::desc("Bytes that the program may use; 0 for no limit")};
  CheckedOption<checkTarget> target{
      *this, "target", llvm::cl::init(PipelineOptions().target),
      llvm::cl::desc("What kernels run on: cpu or cuda")};
  CheckedOption<checkCPU> cpu{
      *this, "cpu", llvm::cl::init(PipelineOptions().cpu),
      llvm::cl::desc("The processor, for the manifest")};
  PassOptions::Option<int64_t> vectorWidth{
      *this, "vector-width", llvm::cl::init(PipelineOptions().vectorWidth),
      llvm::cl::desc("Lanes of f32 in a vector register")};
  CheckedOption<checkChip> chip{*this, "chip",
                                llvm::cl::init(PipelineOptions().chip),
                                llvm::cl::desc("The GPU")};
  PassOptions::ListOption<std::string> features{
      *this, "features",
      llvm::cl::desc("What the code needs of a processor, for the manifest")};

  PipelineOptions get() const {
    PipelineOptions options;
    options.batch = batch;
    options.precision = precision;
    options.entries.assign(entries.begin(), entries.end());
    options.memoryBudget = memoryBudget;
    options.target = target;
    options.cpu = cpu;
    options.vectorWidth = vectorWidth;
    options.chip = chip;
    options.features.assign(features.begin(), features.end());
    return options;
  }
};

} // namespace

void wav::registerWavPipelines() {
  PassPipelineRegistration<>("wav-simplify",
                             "Canonicalize and merge equal computations",
                             buildSimplify);
  PassPipelineRegistration<TextOptions>(
      "wav-to-cpu", "Lower schedules and kernels to the LLVM dialect",
      [](OpPassManager &pm, const TextOptions &options) {
        buildToCPU(pm, options.get());
      });
  PassPipelineRegistration<TextOptions>(
      "wav-to-nvvm", "Lower schedules to the LLVM dialect and kernels to NVVM",
      [](OpPassManager &pm, const TextOptions &options) {
        buildToNVVM(pm, options.get());
      });
  PassPipelineRegistration<TextOptions>(
      "wav-compile", "All levels, from a model to the LLVM dialect",
      [](OpPassManager &pm, const TextOptions &options) {
        for (int level = 0; level < kNumLevels; ++level)
          buildLevelPipeline(pm, static_cast<Level>(level), options.get());
      });
}
