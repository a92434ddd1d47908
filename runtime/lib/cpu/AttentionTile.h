//===- AttentionTile.h - Attention of one head on one thread --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vector code of attention, compiled once for each instruction set that is
// worth it. All versions do the same operations in the same order, so their
// results are equal to the bit.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CPU_ATTENTIONTILE_H
#define WAVRT_LIB_CPU_ATTENTIONTILE_H

#include <stdint.h>

namespace wavrt {

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

struct AttentionTiles {
  /// Floats of scratch, 64-byte aligned, that `forward` and `backward` need.
  int64_t (*forwardScratch)(int64_t headDim);
  int64_t (*backwardScratch)(int64_t headDim, int64_t length);
  /// O and LSE of the queries [begin, end).
  void (*forward)(const AttentionHead &head, int64_t begin, int64_t end,
                  float *scratch);
  /// dQ, dK and dV of the whole head.
  void (*backward)(const AttentionGradHead &head, float *scratch);
};

extern const AttentionTiles attentionTilesV3, attentionTilesV4;

} // namespace wavrt

#endif // WAVRT_LIB_CPU_ATTENTIONTILE_H
