//===- Pipelines.h - The levels of IR and what leads to them ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_PIPELINES_PIPELINES_H
#define WAV_PIPELINES_PIPELINES_H

#include "wav/IR/Level.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::wav {

/// What the passes need to be told. The defaults are those of the tools.
struct PipelineOptions {
  /// Sequences in a batch of training and evaluation.
  int64_t batch = 8;
  /// How activations are stored: `f32` or `bf16`.
  std::string precision = "f32";
  /// Entry points (docs/manifest.md); all if empty.
  std::vector<std::string> entries;
  /// What updates the parameters (wav/Transforms/Optimizers.h).
  std::string optimizer = "adamw";
  /// Bytes that the program may use; 0 for no limit.
  int64_t memoryBudget = 0;
  /// What kernels run on: "cpu" or "cuda".
  std::string target = "cpu";
  /// A processor, as CPUTarget takes it, and its lanes of f32.
  std::string cpu = "native";
  int64_t vectorWidth = 16;
  /// Strips of a row in a trip of a loop over it, on a CPU.
  int64_t unroll = 4;
  /// What the code needs of a processor (CPUTarget::getNeededFeatures).
  std::vector<std::string> features;
  /// A GPU, as NVPTXTarget takes it.
  std::string chip = "sm_90a";
  /// GPUs that the kernels must fit too.
  std::vector<std::string> otherChips;
  /// Passes to leave out, each one that `checkCanDisable` accepts.
  std::vector<std::string> disabled;

  bool isForGPU() const { return target == "cuda"; }
  /// What the manifest says the program is for: `cpu znver4`, `cuda sm_90a`.
  std::string describeTarget() const {
    return target + " " + (isForGPU() ? chip : cpu);
  }
};

/// Fails for a `PipelineOptions::target` that there is not.
llvm::Error checkTarget(StringRef target);

/// Fails for a pass that cannot be left out of the pipelines, with the names of
/// those that can be disabled.
llvm::Error checkCanDisable(StringRef pass);

/// The names of those, in the order of the pipelines.
std::vector<std::string> getOptionalPasses();

/// Appends the passes that turn the level before `level` into it, and say in
/// the module that it is there.
void buildLevelPipeline(OpPassManager &pm, Level level,
                        const PipelineOptions &options);

/// Appends the passes of a pipeline of docs/pipelines.md, which must be there.
void buildPipeline(OpPassManager &pm, StringRef name,
                   const PipelineOptions &options);

/// Prints the part of docs/pipelines.md that says what each pipeline consists
/// of.
void printPipelines(raw_ostream &os);

/// Registers the pipelines of docs/pipelines.md, and `wav-compile`: all levels.
void registerWavPipelines();

} // namespace mlir::wav

#endif // WAV_PIPELINES_PIPELINES_H
