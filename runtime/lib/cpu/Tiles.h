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
// their results are equal to the bit.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CPU_TILES_H
#define WAVRT_LIB_CPU_TILES_H

#include <stdint.h>

namespace wavrt {

/// C[m,n] = op(A) op(B) (+ C), as `wavrt_matmul_f32`.
struct Matmul {
  const float *a, *b;
  float *c;
  int64_t m, n, k;
  bool transposeA, transposeB, accumulate;
};

/// One head of one sequence. Rows of the matrices are `stride` floats apart.
struct AttentionHead {
  const float *q, *k, *v;
  float *o, *lse;
  int64_t stride;
  int64_t headDim;
  /// Query i sees keys j <= i + position.
  int64_t position;
};

/// The same for the gradient, where queries and keys are `length` rows each.
struct AttentionGradHead {
  const float *q, *k, *v, *o, *lse, *dO;
  float *dQ, *dK, *dV;
  int64_t stride;
  int64_t headDim;
  int64_t length;
};

/// `scratch` is 64-byte aligned and as many floats as the function of that
/// name says.
struct Tiles {
  int64_t (*matmulScratch)();
  int64_t (*attentionScratch)(int64_t headDim);
  int64_t (*attentionGradScratch)(int64_t headDim, int64_t length);

  /// Rows [rowBegin, rowEnd) and columns [columnBegin, columnEnd) of C.
  void (*matmul)(const Matmul &product, int64_t rowBegin, int64_t rowEnd,
                 int64_t columnBegin, int64_t columnEnd, float *scratch);
  /// y[rows] = B[rows,k] x[k] (+ y).
  void (*multiplyVector)(float *y, const float *b, const float *x, int64_t rows,
                         int64_t k, bool accumulate);
  /// O and LSE of the queries [begin, end).
  void (*attend)(const AttentionHead &head, int64_t begin, int64_t end,
                 float *scratch);
  /// dQ, dK and dV of the whole head.
  void (*attendGrad)(const AttentionGradHead &head, float *scratch);
};

extern const Tiles tilesV3; ///< x86-64-v3: AVX2 and FMA.
extern const Tiles tilesV4; ///< x86-64-v4: AVX-512.

/// The best that this processor runs.
const Tiles &tiles();

/// This thread's scratch. It grows to the largest request and then stays.
float *threadScratch(int64_t floats);

} // namespace wavrt

#endif // WAVRT_LIB_CPU_TILES_H
