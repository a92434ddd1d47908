//===- Table.h - What each pipeline consists of -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_PIPELINES_TABLE_H
#define WAV_LIB_PIPELINES_TABLE_H

#include "wav/Pipelines/Pipelines.h"

#include "mlir/Pass/Pass.h"

namespace mlir::wav {

/// A pass of a pipeline.
struct Stage {
  using Create = std::unique_ptr<Pass> (*)(const PipelineOptions &);

  Create create;
  /// The op that the pass runs on; empty for the module.
  StringRef anchor = {};
  /// What comes of leaving it out, as a sentence; empty if it is needed.
  StringRef whenDisabled = {};
  /// What then takes its place, if anything must.
  Create instead = nullptr;
};

/// A named bundle of passes.
struct Pipeline {
  StringRef name;
  /// What it does, as a sentence.
  StringRef summary;
  /// Its stages, in order, in parts that pipelines share.
  std::vector<ArrayRef<Stage>> parts;
  /// The level that it leads to, which `wav-set-level` then says in the module.
  std::optional<Level> level = std::nullopt;
  /// Where the target decides between pipelines to a level.
  StringRef target = {};
};

/// All pipelines but `wav-compile`, in the order of the levels.
ArrayRef<Pipeline> getPipelines();

/// How a pass is called on the command line.
std::string getName(const Stage &stage);

} // namespace mlir::wav

#endif // WAV_LIB_PIPELINES_TABLE_H
