//===- Matmul.cpp - Matrix products -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiles.h"
#include "core/Context.h"

#include <algorithm>

using namespace wavrt;

namespace {

/// D is cut into rowTiles x columnTiles tiles.
struct Tiling {
  int64_t rowTiles = 1, columnTiles = 1;
};

} // namespace

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A tile rearranges its own columns of op(B) and copies its own rows of op(A).
/// Measured against its 2 m n k operations, that is about this fraction.
template <typename In, typename Out>
static double overhead(const Matmul<In, Out> &p, Tiling t) {
  return (p.transposeB ? 6.0 : 2.5) * t.rowTiles / p.m +
         2.5 * t.columnTiles / p.n;
}

/// The most tiles, in powers of two so that they divide evenly among 2, 4, 8
/// threads, that are worth a thread's while: up to 16 of at least 1 MFLOP, and
/// beyond 16 as long as they cost less than 4 %.
template <typename In, typename Out>
static Tiling chooseTiling(const Matmul<In, Out> &p) {
  const double work = 2.0 * p.m * p.n * p.k;
  Tiling best;
  for (int64_t count = 2; count <= 64 && work / count >= 1e6; count *= 2) {
    Tiling cheapest{count, 1};
    for (Tiling t = cheapest; t.rowTiles >= 1;
         t = {t.rowTiles / 2, t.columnTiles * 2})
      if (overhead(p, t) < overhead(p, cheapest))
        cheapest = t;
    if (count > 16 && overhead(p, cheapest) > 0.04)
      break;
    best = cheapest;
  }
  return best;
}

/// A product with one row, as in decoding, is bound by reading B: it is cut
/// into pieces of at least 64 KiB.
template <typename In, typename Out>
static void multiplyVector(ThreadPool &pool, const Matmul<In, Out> &p) {
  const MatmulTiles<In, Out> &code = tiles();
  constexpr int64_t lanes = 16;
  const int64_t pieces = std::clamp<int64_t>(p.n * p.k >> 14, 1, 16);
  const int64_t size = divideUp(p.n, pieces * lanes) * lanes;
  pool.parallelFor(divideUp(p.n, size), [&](int64_t piece) {
    const int64_t j = piece * size;
    code.multiplyVector(p.d + j, p.c ? p.c + j : nullptr, p.b + j * p.k, p.a,
                        std::min(size, p.n - j), p.k);
  });
}

template <typename In, typename Out>
static int32_t matmul(wavrt_context *context, void *const *buffers,
                      const int64_t *params) {
  const Matmul<In, Out> p = {static_cast<const In *>(buffers[0]),
                             static_cast<const In *>(buffers[1]),
                             static_cast<const Out *>(buffers[2]),
                             static_cast<Out *>(buffers[3]),
                             params[0],
                             params[1],
                             params[2],
                             params[3] != 0,
                             params[4] != 0};
  ThreadPool &pool = Context::from(context).pool;
  if (p.m == 1 && p.transposeB) {
    multiplyVector(pool, p);
    return WAVRT_OK;
  }

  constexpr int64_t rowUnit = 16, columnUnit = 16;
  const Tiling tiling = chooseTiling(p);
  const int64_t rows = divideUp(p.m, tiling.rowTiles * rowUnit) * rowUnit;
  const int64_t columns =
      divideUp(p.n, tiling.columnTiles * columnUnit) * columnUnit;
  const int64_t columnTiles = divideUp(p.n, columns);
  const MatmulTiles<In, Out> &code = tiles();
  pool.parallelFor(divideUp(p.m, rows) * columnTiles, [&](int64_t tile) {
    const int64_t i = tile / columnTiles * rows;
    const int64_t j = tile % columnTiles * columns;
    code.matmul(p, i, std::min(i + rows, p.m), j, std::min(j + columns, p.n),
                threadScratch(code.matmulScratch(rows)));
  });
  return WAVRT_OK;
}

int32_t wavrt_matmul_f32(wavrt_context *context, void *const *buffers,
                         const int64_t *params) {
  return matmul<float, float>(context, buffers, params);
}
int32_t wavrt_matmul_bf16(wavrt_context *context, void *const *buffers,
                          const int64_t *params) {
  return matmul<BFloat16, BFloat16>(context, buffers, params);
}
int32_t wavrt_matmul_bf16_f32(wavrt_context *context, void *const *buffers,
                              const int64_t *params) {
  return matmul<BFloat16, float>(context, buffers, params);
}
