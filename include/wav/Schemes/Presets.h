//===- Presets.h - Residual schemes by name ---------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_SCHEMES_PRESETS_H
#define WAV_SCHEMES_PRESETS_H

#include "wav/IR/WavDialect.h"

#include <limits>

namespace mlir::wav {

/// A name for a residual scheme, in models of up to `maxLayers` layers.
struct Preset {
  static constexpr int64_t kAnyDepth = std::numeric_limits<int64_t>::max();

  StringLiteral name;
  int64_t maxLayers;
  /// The scheme: text of a `#wav.residual`.
  StringLiteral text;
};

/// All presets. Of those with one name, a model takes the first that is deep
/// enough.
ArrayRef<Preset> getPresets();

/// The scheme called `name` in a model of `layers` layers, or null.
ResidualAttr getPreset(StringRef name, int64_t layers, MLIRContext *context);

/// The names of all presets, each once, joined by ", ".
std::string listPresets();

/// Schemes that the method describes and this compiler does not build yet.
ArrayRef<StringLiteral> getPlannedSchemes();

} // namespace mlir::wav

#endif // WAV_SCHEMES_PRESETS_H
