//===- Matmul.cpp - Matrix products over OpenBLAS ------------- -*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The library is the serial build of OpenBLAS, called from several threads of
// our pool at once, each with its own tile of C. Debian builds it with a lock
// around its table of packing buffers (USE_LOCKING), the only state that calls
// share; MatmulTest.ConcurrentCalls watches over it.
//
//===----------------------------------------------------------------------===//

#include "core/Context.h"

#include <cblas.h>

#include <algorithm>

using namespace wavrt;

namespace {

/// C is cut into rowTiles x columnTiles tiles, by shape alone. The sum over k
/// is never cut: it would depend on where.
struct Tiling {
  int64_t rowTiles = 1, columnTiles = 1;
  int64_t count() const { return rowTiles * columnTiles; }
};

int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Each tile packs its own rows of op(A) and columns of op(B), which costs in
/// proportion to 1/rows + 1/columns; cutting columns measures about three times
/// as dear. Among the power-of-two grids with enough tiles for the work, the
/// cheapest is taken. Powers of two divide evenly among 2, 4, 8 threads.
Tiling chooseTiling(int64_t m, int64_t n, int64_t k) {
  const double work = 2.0 * m * n * k;
  int64_t wanted = 1;
  while (wanted < 8 && work / wanted > 16e6)
    wanted *= 2;
  while (wanted < 64 && work / wanted > 256e6)
    wanted *= 2;

  constexpr int64_t smallest = 32; // rows or columns of a tile
  Tiling best;
  double bestCost = 0;
  for (Tiling t; t.rowTiles <= wanted; t.rowTiles *= 2) {
    t.columnTiles = wanted / t.rowTiles;
    if ((t.rowTiles > 1 && m / t.rowTiles < smallest) ||
        (t.columnTiles > 1 && n / t.columnTiles < smallest))
      continue;
    double cost = double(t.rowTiles) / m + 3.0 * t.columnTiles / n;
    if (best.count() == 1 || cost < bestCost) {
      best = t;
      bestCost = cost;
    }
  }
  return best;
}

} // namespace

/// y = op(B)^T x: a product of one row, as in decoding. Memory-bound, so cut
/// into pieces of B of at least 64 KiB.
static void multiplyVector(ThreadPool &pool, const float *a, const float *b,
                           float *c, int64_t n, int64_t k, bool transposeB,
                           float beta) {
  const int64_t pieces =
      std::clamp<int64_t>(n * k / (16 << 10), 1, std::min<int64_t>(n, 16));
  const int64_t columns = divideUp(n, pieces * 16) * 16;
  pool.parallelFor(divideUp(n, columns), [&](int64_t piece) {
    const int64_t begin = piece * columns;
    const int64_t count = std::min(columns, n - begin);
    if (transposeB)
      cblas_sgemv(CblasRowMajor, CblasNoTrans, count, k, 1, b + begin * k, k, a,
                  1, beta, c + begin, 1);
    else
      cblas_sgemv(CblasRowMajor, CblasTrans, k, count, 1, b + begin, n, a, 1,
                  beta, c + begin, 1);
  });
}

int32_t wavrt_matmul_f32(wavrt_context *context, void *const *buffers,
                         const int64_t *params) {
  auto *a = static_cast<const float *>(buffers[0]);
  auto *b = static_cast<const float *>(buffers[1]);
  auto *c = static_cast<float *>(buffers[2]);
  const int64_t m = params[0], n = params[1], k = params[2];
  const bool transposeA = params[3], transposeB = params[4];
  const float beta = params[5] ? 1 : 0;
  ThreadPool &pool = Context::from(context).pool;

  if (m == 1) {
    multiplyVector(pool, a, b, c, n, k, transposeB, beta);
    return WAVRT_OK;
  }

  const Tiling tiling = chooseTiling(m, n, k);
  const int64_t rows = divideUp(m, tiling.rowTiles * 16) * 16;
  const int64_t columns = divideUp(n, tiling.columnTiles * 16) * 16;
  const int64_t columnTiles = divideUp(n, columns);
  pool.parallelFor(divideUp(m, rows) * columnTiles, [&](int64_t tile) {
    const int64_t i = tile / columnTiles * rows;
    const int64_t j = tile % columnTiles * columns;
    cblas_sgemm(CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
                transposeB ? CblasTrans : CblasNoTrans, std::min(rows, m - i),
                std::min(columns, n - j), k, 1, a + (transposeA ? i : i * k),
                transposeA ? m : k, b + (transposeB ? j * k : j),
                transposeB ? k : n, beta, c + i * n + j, n);
  });
  return WAVRT_OK;
}
