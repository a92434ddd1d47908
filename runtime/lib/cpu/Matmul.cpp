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

/// Rows of a tile, whose sums of a block of columns lie in the second-level
/// cache until the next part of the depth.
constexpr int64_t mostRows = 256;

/// D is cut into rowTiles x columnTiles tiles.
struct Tiling {
  int64_t rowTiles = 1, columnTiles = 1;
};

} // namespace

static int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A tile copies its own rows of op(A) and, unless that is shared, rearranges
/// its own columns of op(B). Measured against its 2 m n k operations, that is
/// about this fraction.
template <typename In, typename Out>
static double overhead(const Matmul<In, Out> &p, Tiling t) {
  const double packing = p.packed ? 0 : p.transposeB ? 6 : 2.5;
  return packing * t.rowTiles / p.m + 2.5 * t.columnTiles / p.n;
}

/// Four tiles for each thread, so that none waits long for another, as long as
/// they are worth its while: of at least 1 MFLOP, and for less than 4 %. What
/// is cut shows in no result.
template <typename In, typename Out>
static Tiling chooseTiling(const Matmul<In, Out> &p, int threads) {
  const double work = 2.0 * p.m * p.n * p.k;
  Tiling best;
  for (int64_t count = 2; count < 8 * threads && work / count >= 1e6;
       count *= 2) {
    Tiling cheapest{count, 1};
    for (Tiling t = cheapest; t.rowTiles >= 1;
         t = {t.rowTiles / 2, t.columnTiles * 2})
      if (overhead(p, t) < overhead(p, cheapest))
        cheapest = t;
    if (count > threads && overhead(p, cheapest) > 0.04)
      break;
    best = cheapest;
  }
  return best;
}

/// A product with one row, as in decoding, is bound by reading B: it is cut
/// into pieces of at least 64 KiB.
template <typename In, typename Out>
static void multiplyVector(Context &context, const Matmul<In, Out> &p) {
  const MatmulTiles<In, Out> &code = context.tiles;
  constexpr int64_t lanes = 16;
  const int64_t pieces = std::clamp<int64_t>(p.n * p.k >> 14, 1, 16);
  const int64_t size = divideUp(p.n, pieces * lanes) * lanes;
  context.pool.parallelFor(divideUp(p.n, size), [&](int64_t piece) {
    const int64_t j = piece * size;
    code.multiplyVector(p.d + j, p.c ? p.c + j : nullptr, p.b + j * p.k, p.a,
                        std::min(size, p.n - j), p.k);
  });
}

template <typename In, typename Out>
static int32_t matmul(wavrt_context *caller, void *const *buffers,
                      const int64_t *params) {
  Matmul<In, Out> p = {static_cast<const In *>(buffers[0]),
                       static_cast<const In *>(buffers[1]),
                       static_cast<const Out *>(buffers[2]),
                       static_cast<Out *>(buffers[3]),
                       params[0],
                       params[1],
                       params[2],
                       params[3] != 0,
                       params[4] != 0};
  Context &context = Context::from(caller);
  ThreadPool &pool = context.pool;
  if (p.m == 1 && p.transposeB) {
    multiplyVector(context, p);
    return WAVRT_OK;
  }

  const MatmulTiles<In, Out> &code = context.tiles;
  // Rearranged once for all tiles where the second-level cache holds most of
  // it.
  constexpr int64_t mostShared = int64_t(1) << 19;
  if (const int64_t size = code.packedSize(p);
      size <= mostShared && p.m > 2 * mostRows) {
    float *packed = context.shared.get(size);
    pool.parallelFor(code.numPanels(p),
                     [&](int64_t panel) { code.pack(p, panel, packed); });
    p.packed = packed;
  }
  const Tiling tiling = chooseTiling(p, pool.numThreads());
  const int64_t rows =
      std::min(divideUp(p.m, tiling.rowTiles * 16) * 16, mostRows);
  const int64_t columns = divideUp(p.n, tiling.columnTiles * 32) * 32;
  const int64_t columnTiles = divideUp(p.n, columns);
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
