//===- Pipelines.cpp - The levels of IR and what leads to them --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Pipelines/Pipelines.h"

#include "Table.h"

#include "wav/Passes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

llvm::Error wav::checkTarget(StringRef target) {
  if (target == "cpu" || target == "cuda")
    return llvm::Error::success();
  return llvm::createStringError("unknown target '" + target +
                                 "'; use 'cpu' or 'cuda'");
}

/// The names of all passes that are needed, or of those that are not.
static std::vector<std::string> getPasses(bool optional) {
  std::vector<std::string> names;
  for (const Pipeline &pipeline : getPipelines())
    for (ArrayRef<Stage> part : pipeline.parts)
      for (const Stage &stage : part)
        if (stage.whenDisabled.empty() != optional)
          if (std::string name = getName(stage);
              !llvm::is_contained(names, name))
            names.push_back(name);
  return names;
}

std::vector<std::string> wav::getOptionalPasses() {
  return getPasses(/*optional=*/true);
}

llvm::Error wav::checkCanDisable(StringRef pass) {
  std::vector<std::string> optional = getOptionalPasses();
  if (llvm::is_contained(optional, pass))
    return llvm::Error::success();
  bool isNeeded = llvm::is_contained(getPasses(/*optional=*/false), pass);
  return llvm::createStringError(
      "cannot disable '" + pass + "', " +
      (isNeeded ? "which is needed" : "which is no pass of the pipelines") +
      "; these can be disabled: " + llvm::join(optional, ", "));
}

static void build(OpPassManager &pm, const Pipeline &pipeline,
                  const PipelineOptions &options) {
  for (ArrayRef<Stage> part : pipeline.parts)
    for (const Stage &stage : part) {
      std::unique_ptr<Pass> pass = stage.create(options);
      if (!stage.whenDisabled.empty() &&
          llvm::is_contained(options.disabled, pass->getArgument())) {
        if (!stage.instead)
          continue;
        pass = stage.instead(options);
      }
      OpPassManager &at = stage.anchor.empty() ? pm : pm.nest(stage.anchor);
      at.addPass(std::move(pass));
    }
  if (pipeline.level)
    pm.addPass(createSetLevelPass({stringifyLevel(*pipeline.level).str()}));
}

void wav::buildPipeline(OpPassManager &pm, StringRef name,
                        const PipelineOptions &options) {
  const Pipeline *pipeline = llvm::find_if(
      getPipelines(), [&](const Pipeline &it) { return it.name == name; });
  assert(pipeline != getPipelines().end() && "no such pipeline");
  build(pm, *pipeline, options);
}

void wav::buildLevelPipeline(OpPassManager &pm, Level level,
                             const PipelineOptions &options) {
  for (const Pipeline &pipeline : getPipelines())
    if (pipeline.level == level &&
        (pipeline.target.empty() || pipeline.target == options.target))
      return build(pm, pipeline, options);
}

void wav::printPipelines(raw_ostream &os) {
  for (const Pipeline &pipeline : getPipelines()) {
    os << "\n## `" << pipeline.name << "`\n\n"
       << pipeline.summary
       << "\n\n| pass | runs on | when disabled |\n|---|---|---|\n";
    for (ArrayRef<Stage> part : pipeline.parts)
      for (const Stage &stage : part)
        os << "| `" << getName(stage) << "` | "
           << (stage.anchor.empty() ? "the module"
                                    : "each `" + stage.anchor.str() + "`")
           << " | "
           << (stage.whenDisabled.empty() ? "is needed" : stage.whenDisabled)
           << " |\n";
    if (pipeline.level)
      os << "| `wav-set-level` | the module | is needed |\n";
  }
}
