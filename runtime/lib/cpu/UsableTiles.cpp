//===- UsableTiles.cpp - Which tiles this processor runs --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UsableTiles.h"

#include "wavrt/processor.h"
#include "wavrt/program.h"

using namespace wavrt;

std::vector<const Tiles *> wavrt::usableTiles() {
  std::vector<const Tiles *> usable = {&tilesV3};
  if (__builtin_cpu_supports("x86-64-v4")) {
    usable.insert(usable.begin(), &tilesV4);
    if (__builtin_cpu_supports("avx512bf16"))
      usable.insert(usable.begin(), &tilesBF16);
  }
  return usable;
}

const Tiles &wavrt::findTiles(std::string_view name) {
  std::string names;
  for (const Tiles *tiles : usableTiles()) {
    if (name.empty() || name == tiles->name)
      return *tiles;
    names += (names.empty() ? "" : ", ") + std::string(tiles->name);
  }
  throw Error("this processor (" + processorName() + ") has no " +
              std::string(name) + " tiles; it runs " + names);
}
