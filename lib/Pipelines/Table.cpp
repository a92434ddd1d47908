//===- Table.cpp - What each pipeline consists of ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that says so: what is registered, what can be disabled and
// docs/pipelines.md follow from it. To add a pass, add a line to a table.
//
//===----------------------------------------------------------------------===//

#include "Table.h"

#include "wav/Passes.h"
#include "wav/Target/Occupancy.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr StringLiteral kFunction = "func.func";
static constexpr StringLiteral kDevice = "gpu.module";
static constexpr StringLiteral kMachineFunction = "llvm.func";

using Options = const PipelineOptions &;

/// A pass without options.
template <std::unique_ptr<Pass> (*createPass)()>
static std::unique_ptr<Pass> create(Options) {
  return createPass();
}

static std::unique_ptr<Pass> createBuild(Options options) {
  BuildPassOptions build;
  build.batch = options.batch;
  build.precision = options.precision;
  llvm::append_range(build.entries, options.entries);
  return createBuildPass(build);
}

static std::unique_ptr<Pass> createRecompute(Options options) {
  RecomputePassOptions recompute;
  recompute.memoryBudget = options.memoryBudget;
  return createRecomputePass(recompute);
}

static std::unique_ptr<Pass> createGatherSteps(Options options) {
  GatherStepsPassOptions gather;
  if (!options.isForGPU())
    gather.reach = 0;
  return createGatherStepsPass(gather);
}

static std::unique_ptr<Pass> createBatchSteps(Options options) {
  BatchStepsPassOptions batch;
  // Of less work than `wav-fuse` divides into eight blocks an SM.
  batch.fewPartitions = 8 * getMultiprocessors(options.chip);
  return createBatchStepsPass(batch);
}

static FusePassOptions getFuseOptions(Options options) {
  FusePassOptions fuse;
  if (options.isForGPU())
    fuse.multiprocessors = getMultiprocessors(options.chip);
  return fuse;
}

static std::unique_ptr<Pass> createFuse(Options options) {
  return createFusePass(getFuseOptions(options));
}

static std::unique_ptr<Pass> createFuseNothing(Options options) {
  FusePassOptions fuse = getFuseOptions(options);
  fuse.maxOps = 1;
  return createFusePass(fuse);
}

static std::unique_ptr<Pass> createStripRows(Options options) {
  StripRowsPassOptions strips;
  strips.vectorWidth = options.vectorWidth;
  strips.unroll = options.unroll;
  return createStripRowsPass(strips);
}

static std::unique_ptr<Pass> createStripRowsForLanes(Options) {
  StripRowsPassOptions strips;
  strips.forLanes = true;
  // 16 elements a lane of the largest block.
  strips.maxWhole = 16 * 1024;
  // 16 bytes of bf16 for each of 512 lanes.
  strips.vectorWidth = 4096;
  strips.unroll = 1;
  return createStripRowsPass(strips);
}

static std::unique_ptr<Pass> createCallsToKernels(Options options) {
  CallsToKernelsPassOptions calls;
  calls.sharedBytes = getBlockSharedBytes(options.chip);
  for (const std::string &chip : options.otherChips)
    calls.sharedBytes = std::min(calls.sharedBytes, getBlockSharedBytes(chip));
  return createCallsToKernelsPass(calls);
}

static std::unique_ptr<Pass> createLowerKernelsForGPU(Options) {
  LowerKernelsPassOptions kernels;
  kernels.onePass = true;
  return createLowerKernelsPass(kernels);
}

static std::unique_ptr<Pass> createLowerSchedules(Options options,
                                                  const std::string &target) {
  LowerSchedulesPassOptions schedules;
  schedules.target = target;
  llvm::append_range(schedules.features, options.features);
  return createLowerSchedulesPass(schedules);
}

static constexpr Stage::Create kCanonicalize = create<createCanonicalizerPass>;
static constexpr Stage::Create kCSE = create<createCSEPass>;

static constexpr Stage kGraph[] = {{createBuild}};

static constexpr Stage kSimplify[] = {
    {kCanonicalize, kFunction,
     "Nothing is folded: a read of one source is computed."},
    {kCSE, kFunction, "What is stated twice is computed twice."}};

static std::unique_ptr<Pass> createWriteInProducts(Options options) {
  WriteInProductsPassOptions products;
  products.keepEqualProducts = options.isForGPU();
  return createWriteInProductsPass(products);
}

static constexpr Stage kProducts[] = {
    {createWriteInProducts, kFunction,
     "Updates are stored, and added to rows by kernels."}};

static std::unique_ptr<Pass> createUpdate(Options options) {
  UpdatePassOptions update;
  update.optimizer = options.optimizer;
  return createUpdatePass(update);
}

static constexpr Stage kDifferentiate[] = {{create<createDifferentiatePass>},
                                           {createUpdate}};

static constexpr Stage kRows[] = {
    {create<createAccumulateUpdatesPass>, kFunction,
     "Each row of a block is an accumulator of its own."},
    // Equal rows become equal values, which the next part looks for.
    {kCSE, kFunction, "What is stated twice is computed twice."}};

static constexpr Stage kSources[] = {{create<createMergeSourcesPass>, kFunction,
                                      "Equal sources are read one by one."}};

static std::unique_ptr<Pass> createSplitReads(Options options) {
  SplitReadsPassOptions split;
  if (options.isForGPU())
    split.registers = 255;
  return createSplitReadsPass(split);
}

// On the whole step: parts of reads have no gradients of their own.
static constexpr Stage kRouting[] = {
    {createSplitReads, kFunction, "Each read of a block reads all sources."},
    {create<createOpenSourcesPass>, kFunction,
     "New sources are formed before they are read."}};

static constexpr Stage kRecompute[] = {
    {create<createMaterializeSourcesPass>, kFunction},
    {create<createReplayPass>, kFunction,
     "What gradients could compute again is stored for them."},
    {createRecompute, {}, "All is kept; a memory budget is not looked at."}};

static constexpr Stage kFuse[] = {
    {createFuse, kFunction, "Each row program is a kernel of its own.",
     createFuseNothing},
    {createGatherSteps, kFunction, "Fewer launches are done at once."}};

static constexpr Stage kPlan[] = {{create<createPlanPass>}};

// Fused ops state some values twice: the statistics of a shared input, say.
static constexpr Stage kMergeInKernels[] = {
    {kCSE, kFunction, "What two ops of a kernel compute is computed twice."}};

static constexpr Stage kLowerKernels[] = {{create<createLowerKernelsPass>}};

static constexpr Stage kStripsOnCPU[] = {
    {createStripRows, kFunction},
    {kCanonicalize, kFunction, "LLVM folds what is left."},
    {kCSE, kFunction, "LLVM merges what is left."},
    {create<createFuseMultiplyAddPass>, kFunction,
     "A product and its sum are rounded twice."},
    {create<createExpandMathPass>, kFunction},
    {create<createKernelsToLLVMPass>},
    {kCanonicalize, kMachineFunction, "LLVM folds what is left."},
    {kCSE, kMachineFunction, "LLVM merges what is left."}};

static constexpr Stage kHostOfCPU[] = {{[](Options options) {
  return createLowerSchedules(options, "cpu " + options.cpu);
}}};

static constexpr Stage kKernelsOfGPU[] = {
    {createBatchSteps, {}, "Each step is a launch."},
    {createCallsToKernels},
    {createLowerKernelsForGPU}};

// Not canonicalized before rows are distributed, which would take a row of one
// element for a number.
static constexpr Stage kLanes[] = {
    {createStripRowsForLanes, kFunction},
    {create<createDistributeRowsPass>},
    {create<createDistributeLanesPass>},
    {kCanonicalize, kFunction, "LLVM folds what is left."},
    {kCSE, kFunction, "LLVM merges what is left."}};

static constexpr Stage kDeviceCode[] = {
    {create<createFuseMultiplyAddPass>, kFunction,
     "A product and its sum are rounded twice."},
    {create<createApproximateMathPass>, kFunction,
     "`exp` and `log` are the polynomials of `wav-expand-math`, quotients and "
     "roots are rounded once.",
     create<createExpandMathPass>},
    {create<createKernelsToNVVMPass>},
    {kCanonicalize, kDevice, "LLVM folds what is left."},
    {kCSE, kDevice, "LLVM merges what is left."}};

static constexpr Stage kHostOfGPU[] = {{[](Options options) {
  return createLowerSchedules(options, "cuda " + options.chip);
}}};

ArrayRef<Pipeline> wav::getPipelines() {
  static const Pipeline pipelines[] = {
      {"wav-to-graph",
       "Expand a model into its entry points.",
       {kGraph},
       Level::Graph},
      {"wav-simplify",
       "Fold, drop what nobody uses and merge what is computed twice.",
       {kSimplify}},
      {"wav-to-simplified",
       "Simplify entry points, and the rows that they read.",
       {kSimplify, kRows, kSimplify, kSources, kProducts},
       Level::Simplified},
      {"wav-to-step",
       "Append the backward pass and the update, and simplify them.",
       {kDifferentiate, kSimplify, kProducts, kRouting},
       Level::Step},
      {"wav-to-recomputed",
       "Compute values twice that do not fit the memory budget.",
       {kRecompute},
       Level::Recomputed},
      {"wav-to-fused",
       "Group row programs into kernels.",
       {kFuse},
       Level::Fused},
      {"wav-to-scheduled",
       "Put kernels and library calls into an order, and values into arenas.",
       {kPlan},
       Level::Scheduled},
      {"wav-to-cpu",
       "Lower schedules and kernels to the LLVM dialect.",
       {kLowerKernels, kMergeInKernels, kStripsOnCPU, kHostOfCPU},
       Level::Target,
       "cpu"},
      {"wav-to-nvvm",
       "Lower schedules to the LLVM dialect and kernels to NVVM.",
       {kKernelsOfGPU, kMergeInKernels, kLanes, kDeviceCode, kHostOfGPU},
       Level::Target,
       "cuda"},
      {"wav-kernel-pipeline",
       "Lower kernels to the LLVM dialect: `wav-to-cpu` without the host.",
       {kLowerKernels, kMergeInKernels, kStripsOnCPU}},
      {"wav-lane-pipeline",
       "Spread row programs over the threads of a GPU, as `wav-to-nvvm` does.",
       {kMergeInKernels, kLanes}}};
  return pipelines;
}

std::string wav::getName(const Stage &stage) {
  return stage.create(PipelineOptions())->getArgument().str();
}
