//===- Level.cpp - The levels of IR -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Level.h"

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavModelOps.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

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

std::string wav::listLevels(Level first, Level last) {
  std::string list;
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    if (i > static_cast<int>(first))
      list += i == static_cast<int>(last) ? " or " : ", ";
    list += ("'" + kLevelNames[i] + "'").str();
  }
  return list;
}

namespace {
/// The levels that a module may be at, and why.
struct LevelRange {
  Level first, last;
  StringRef reason;

  bool contains(Level level) const { return first <= level && level <= last; }
};
} // namespace

/// What the ops tell. Levels that differ in what is gone (a function that was
/// differentiated looks as one that need not be) are told apart by the
/// attribute alone.
static LevelRange getPossibleLevels(ModuleOp module) {
  if (!module.getOps<ModelOp>().empty())
    return {Level::Model, Level::Model, "it has a 'wav.model'"};
  if (!module.getOps<ScheduleOp>().empty())
    return {Level::Scheduled, Level::Scheduled, "it has a 'wav.schedule'"};
  if (module.lookupSymbol("wav_program"))
    return {Level::Target, Level::Target, "it has a symbol 'wav_program'"};
  auto functions = module.getOps<func::FuncOp>();
  if (functions.empty())
    return {Level::Model, Level::Target, ""};
  for (func::FuncOp function : functions)
    if (!function.getOps<FusionOp>().empty())
      return {Level::Fused, Level::Fused, "it has a 'wav.fusion'"};
  for (func::FuncOp function : functions)
    if (function->hasAttr(kGradientAttr))
      return {Level::Graph, Level::Simplified,
              "a function has a 'wav.gradient' to derive"};
  return {Level::Graph, Level::Fused, "it has functions"};
}

LogicalResult wav::checkLevel(ModuleOp module, Level stated) {
  auto fail = [&](LevelRange levels) {
    InFlightDiagnostic error =
        module.emitError("is at level ")
        << listLevels(levels.first, levels.last) << " (" << levels.reason
        << "), but compilation is to start from '" << stringifyLevel(stated)
        << "'; say --compile-from=";
    if (levels.first == levels.last)
      error << stringifyLevel(levels.first);
    else
      error << "LEVEL with the one it is at";
    return error;
  };
  LevelRange possible = getPossibleLevels(module);
  if (!possible.contains(stated))
    return fail(possible);
  auto attribute = module->getAttrOfType<StringAttr>(kLevelAttr);
  if (!attribute || attribute == stringifyLevel(stated))
    return success();
  std::optional<Level> level = parseLevel(attribute);
  // Passes that were run one by one since do not set it.
  if (!level || !possible.contains(*level))
    return success();
  return fail({*level, *level, "its 'wav.level' says so"})
         << ", or set 'wav.level' by wav-set-level if passes were run since";
}
