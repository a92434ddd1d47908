//===- Registration.cpp - Pipelines as wav-opt knows them -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"

#include "wav/Target/CPU.h"
#include "wav/Target/NVPTX.h"
#include "wav/Transforms/Optimizers.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

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
llvm::Error checkOptimizer(StringRef name) {
  return getOptimizer(name).takeError();
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
  /// Options refer to their descriptions.
  const std::string optimizerHelp =
      "What updates the parameters: " + listOptimizers();
  CheckedOption<checkOptimizer> optimizer{
      *this, "optimizer", llvm::cl::init(PipelineOptions().optimizer),
      llvm::cl::desc(optimizerHelp)};
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
  PassOptions::Option<int64_t> unroll{
      *this, "unroll", llvm::cl::init(PipelineOptions().unroll),
      llvm::cl::desc("Strips in a trip of a loop over a row")};
  CheckedOption<checkChip> chip{*this, "chip",
                                llvm::cl::init(PipelineOptions().chip),
                                llvm::cl::desc("The GPU")};
  PassOptions::ListOption<std::string> features{
      *this, "features",
      llvm::cl::desc("What the code needs of a processor, for the manifest")};
  PassOptions::ListOption<std::string, CheckedParser<checkCanDisable>> disable{
      *this, "disable", llvm::cl::desc("Passes to leave out")};

  PipelineOptions get() const {
    PipelineOptions options;
    options.batch = batch;
    options.precision = precision;
    options.entries.assign(entries.begin(), entries.end());
    options.optimizer = optimizer;
    options.memoryBudget = memoryBudget;
    options.target = target;
    options.cpu = cpu;
    options.vectorWidth = vectorWidth;
    options.unroll = unroll;
    options.chip = chip;
    options.features.assign(features.begin(), features.end());
    options.disabled.assign(disable.begin(), disable.end());
    return options;
  }
};

} // namespace

/// What a pipeline does, and the passes that it consists of.
static std::string describe(const Pipeline &pipeline) {
  std::vector<std::string> names;
  for (ArrayRef<Stage> part : pipeline.parts)
    for (const Stage &stage : part)
      names.push_back(getName(stage));
  return (pipeline.summary + " Passes: " + llvm::join(names, ", ")).str();
}

void wav::registerWavPipelines() {
  for (const Pipeline &pipeline : getPipelines())
    PassPipelineRegistration<TextOptions>(
        pipeline.name, describe(pipeline),
        [name = pipeline.name](OpPassManager &pm, const TextOptions &options) {
          buildPipeline(pm, name, options.get());
        });
  PassPipelineRegistration<TextOptions>(
      "wav-compile", "All levels, from a model to the LLVM dialect.",
      [](OpPassManager &pm, const TextOptions &options) {
        for (int level = 0; level < kNumLevels; ++level)
          buildLevelPipeline(pm, static_cast<Level>(level), options.get());
      });
}
