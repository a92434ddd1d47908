//===- TilesV3.cpp - Tiles for x86-64-v3 (AVX2) -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define TILE_NAME "avx2"
#define TILE_SUMS 4
#include "AllTiles.inc"

const Tiles wavrt::tilesV3 = allTiles;
