//===- TilesV4.cpp - Tiles for x86-64-v4 (AVX-512) --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define TILE_NAME "avx512"
#define TILE_SUMS 16
#include "AllTiles.inc"

const Tiles wavrt::tilesV4 = allTiles;
