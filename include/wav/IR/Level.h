//===- Level.h - The levels of IR -------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_LEVEL_H
#define WAV_IR_LEVEL_H

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>

namespace mlir::wav {

/// The forms that a program takes on its way to machine code. A module says
/// which it has in the attribute `wav.level`, which pipelines set.
enum class Level {
  Model,      ///< `wav.model`: the user's statement
  Graph,      ///< one function for each entry point
  Simplified, ///< the same, canonical
  Step,       ///< forward, backward and update
  Recomputed, ///< what is computed twice to save memory
  Fused,      ///< kernels and library calls
  Scheduled,  ///< launches on static arenas
  Target      ///< the LLVM dialect
};
inline constexpr int kNumLevels = 8;

/// `model`, `graph`, ...
StringRef stringifyLevel(Level level);
std::optional<Level> parseLevel(StringRef name);
/// `'model', 'graph', ... or 'target'`, for messages.
std::string listLevels(Level first = Level::Model, Level last = Level::Target);

/// Fails, with an error that names both levels, if a module to be compiled from
/// level `stated` is at another: by what is in it, which tells hand-written
/// modules apart as far as they differ, or by its `wav.level`.
LogicalResult checkLevel(ModuleOp module, Level stated);

} // namespace mlir::wav

#endif // WAV_IR_LEVEL_H
