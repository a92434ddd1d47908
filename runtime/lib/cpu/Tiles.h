//===- Tiles.h - The vector code of library functions -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products and attention on one thread, compiled once for each instruction set
// that is worth it. All versions do the same operations in the same order, so
// their results are equal to the bit, but for bf16 with AVX512_BF16: what is
// copied into blocks, which happens anyway, is converted to f32 by the others
// and stays what it is there, for an instruction that multiplies pairs. Sums
// are in f32 everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CPU_TILES_H
#define WAVRT_LIB_CPU_TILES_H

#include "core/BFloat16.h"

#include <stdint.h>

namespace wavrt {

/// D[m,n] = op(A) op(B) (+ C), as `wavrt_matmul_f32`. C is null, D, or apart.
template <typename In, typename Out> struct Matmul {
  const In *a, *b;
  const Out *c;
  Out *d;
  int64_t m, n, k;
  bool transposeA, transposeB;
  /// All of op(B) as `pack` leaves it, or null: each tile rearranges its own.
  const void *packed = nullptr;
};

/// One head of one sequence. Rows of the matrices are `stride` elements apart.
template <typename T> struct AttentionHead {
  const T *q, *k, *v;
  T *o;
  float *max, *inverseSum;
  int64_t stride;
  int64_t headDim;
  /// Query i sees keys j <= i + position.
  int64_t position;
};

/// The same for the gradient, where queries and keys are `length` rows each.
template <typename T> struct AttentionGradHead {
  const T *q, *k, *v, *o;
  const float *max, *inverseSum;
  const T *dO;
  T *dQ, *dK, *dV;
  int64_t stride;
  int64_t headDim;
  int64_t length;
};

/// `scratch` is 64-byte aligned and as many floats as the function of that
/// name says.
template <typename In, typename Out> struct MatmulTiles {
  /// Floats, and panels, of op(B) rearranged.
  int64_t (*packedSize)(const Matmul<In, Out> &product);
  int64_t (*numPanels)(const Matmul<In, Out> &product);
  /// Rearranges one of the panels into `to`, where all of them lie.
  void (*pack)(const Matmul<In, Out> &product, int64_t panel, float *to);
  /// For a tile of `rows` rows of D.
  int64_t (*matmulScratch)(int64_t rows);
  /// Rows [rowBegin, rowEnd) and columns [columnBegin, columnEnd) of D,
  /// from a multiple of 32 where op(B) is packed.
  void (*matmul)(const Matmul<In, Out> &product, int64_t rowBegin,
                 int64_t rowEnd, int64_t columnBegin, int64_t columnEnd,
                 float *scratch);
  /// y[rows] = B[rows,k] x[k] (+ c); null for no c.
  void (*multiplyVector)(Out *y, const Out *c, const In *b, const In *x,
                         int64_t rows, int64_t k);
};

template <typename T> struct AttentionTiles {
  /// O and the statistics of the queries [begin, end).
  void (*attend)(const AttentionHead<T> &head, int64_t begin, int64_t end,
                 float *scratch);
  /// dQ, dK and dV of the whole head.
  void (*attendGrad)(const AttentionGradHead<T> &head, float *scratch);
};

/// The code for one set of instructions. In f32 all give the same bits, and so
/// do those in bf16 that have no product of pairs.
struct Tiles : MatmulTiles<float, float>,
               MatmulTiles<BFloat16, BFloat16>,
               MatmulTiles<BFloat16, float>,
               AttentionTiles<float>,
               AttentionTiles<BFloat16> {
  int64_t (*attentionScratch)(int64_t headDim);
  int64_t (*attentionGradScratch)(int64_t headDim, int64_t length);
  const char *name; ///< "avx512"
};

extern const Tiles tilesV3; ///< x86-64-v3: AVX2 and FMA.
extern const Tiles tilesV4; ///< x86-64-v4: AVX-512.
/// x86-64-v4 and AVX512_BF16: the same in f32; bf16 is multiplied in pairs.
extern const Tiles tilesBF16;

/// This thread's scratch. It grows to the largest request and then stays.
float *threadScratch(int64_t floats);

} // namespace wavrt

#endif // WAVRT_LIB_CPU_TILES_H
