//===- TilesBF16.cpp - Tiles for AVX-512 with bf16 products -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define TILE_NAME "avx512_bf16"
#define TILE_SUMS 16
#include "AllTiles.inc"

const Tiles wavrt::tilesBF16 = allTiles;
