//===- UsableTiles.h - Which tiles this processor runs ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CPU_USABLETILES_H
#define WAVRT_LIB_CPU_USABLETILES_H

#include "Tiles.h"

#include <string_view>
#include <vector>

namespace wavrt {

/// The best first.
std::vector<const Tiles *> usableTiles();

/// Those of that name, or the best if it is empty. Throws Error if this
/// processor has none of that name.
const Tiles &findTiles(std::string_view name = {});

} // namespace wavrt

#endif // WAVRT_LIB_CPU_USABLETILES_H
