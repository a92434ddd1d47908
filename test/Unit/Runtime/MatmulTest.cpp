//===- MatmulTest.cpp - Tests of matrix products ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Library.h"

#include "cpu/Tiles.h"

#include <algorithm>
#include <thread>

using namespace wavrt;

namespace {

struct Shape {
  int64_t m, n, k;
};

std::vector<double> reference(const Shape &s, bool transposeA, bool transposeB,
                              const std::vector<float> &a,
                              const std::vector<float> &b,
                              const std::vector<float> &c) {
  std::vector<double> result(c.begin(), c.end());
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j)
      for (int64_t x = 0; x < s.k; ++x)
        result[i * s.n + j] +=
            double(a[transposeA ? x * s.m + i : i * s.k + x]) *
            b[transposeB ? j * s.k + x : x * s.n + j];
  return result;
}

/// `c` may be empty.
std::vector<float> run(int threads, const Shape &s, bool transposeA,
                       bool transposeB, std::vector<float> a,
                       std::vector<float> b, std::vector<float> c = {}) {
  // What was in D must not matter.
  std::vector<float> d(s.m * s.n, NAN);
  const std::vector<int64_t> params = {s.m, s.n, s.k, transposeA, transposeB};
  float *addend = c.empty() ? nullptr : c.data();
  EXPECT_EQ(call(threads, wavrt_matmul_f32,
                 {a.data(), b.data(), addend, d.data()}, params),
            WAVRT_OK);
  // In place gives the same bits.
  if (addend) {
    EXPECT_EQ(call(threads, wavrt_matmul_f32,
                   {a.data(), b.data(), addend, addend}, params),
              WAVRT_OK);
    EXPECT_EQ(c, d);
  }
  return d;
}

} // namespace

TEST(Matmul, MatchesTheDefinition) {
  for (Shape s : {Shape{1, 1, 1}, Shape{1, 73, 40}, Shape{1, 3000, 64},
                  Shape{2, 5, 3}, Shape{7, 130, 33}, Shape{130, 7, 65},
                  Shape{257, 96, 128}, Shape{96, 80, 300}, Shape{5, 4000, 32}})
    for (bool transposeA : {false, true})
      for (bool transposeB : {false, true})
        for (bool accumulate : {false, true}) {
          SCOPED_TRACE(testing::Message()
                       << s.m << " x " << s.n << " x " << s.k << " "
                       << transposeA << transposeB << accumulate);
          auto a = randomVector(s.m * s.k, 1), b = randomVector(s.k * s.n, 2);
          auto c =
              accumulate ? randomVector(s.m * s.n, 3) : std::vector<float>();
          auto start = accumulate ? c : std::vector<float>(s.m * s.n);
          expectClose(run(2, s, transposeA, transposeB, a, b, c),
                      reference(s, transposeA, transposeB, a, b, start), 2e-6);
        }
}

TEST(Matmul, DoesNotDependOnThreads) {
  for (Shape s :
       {Shape{1, 3000, 64}, Shape{515, 130, 257}, Shape{128, 96, 2048}})
    for (bool transposeA : {false, true}) {
      auto a = randomVector(s.m * s.k, 1), b = randomVector(s.k * s.n, 2);
      for (const auto &c : {std::vector<float>(), randomVector(s.m * s.n, 3)}) {
        auto one = run(1, s, transposeA, true, a, b, c);
        for (int threads : {2, 3, 5})
          EXPECT_EQ(run(threads, s, transposeA, true, a, b, c), one);
      }
    }
}

/// With `packed`, op(B) is rearranged once for all tiles.
template <typename T>
static std::vector<float> tiled(const MatmulTiles<T, float> &tiles,
                                Matmul<T, float> p, int64_t rows,
                                int64_t columns, bool packed) {
  std::vector<float> d(p.m * p.n, NAN);
  p.d = d.data();
  ScratchBuffer shared;
  if (packed) {
    float *to = shared.get(tiles.packedSize(p));
    for (int64_t panel = 0; panel < tiles.numPanels(p); ++panel)
      tiles.pack(p, panel, to);
    p.packed = to;
  }
  float *scratch = threadScratch(tiles.matmulScratch(rows));
  for (int64_t i = 0; i < p.m; i += rows)
    for (int64_t j = 0; j < p.n; j += columns)
      tiles.matmul(p, i, std::min(i + rows, p.m), j, std::min(j + columns, p.n),
                   scratch);
  return d;
}

/// Neither how D is cut nor, but for pairs of bf16, the instruction set shows
/// in the result.
template <typename T> static void expectOneResult() {
  for (Shape s : {Shape{70, 301, 601}, Shape{40, 97, 1029}}) {
    auto wideA = randomVector(s.m * s.k, 1), wideB = randomVector(s.k * s.n, 2),
         c = randomVector(s.m * s.n, 3);
    std::vector<T> a(wideA.begin(), wideA.end()), b(wideB.begin(), wideB.end());
    for (bool transposeA : {false, true})
      for (bool transposeB : {false, true}) {
        const Matmul<T, float> p = {a.data(), b.data(),   c.data(),
                                    nullptr,  s.m,        s.n,
                                    s.k,      transposeA, transposeB};
        const auto first = tiled<T>(tilesV3, p, s.m, s.n, false);
        for (const Tiles *tiles : usableTiles()) {
          SCOPED_TRACE(tiles->name);
          const auto whole = tiled<T>(*tiles, p, s.m, s.n, false);
          EXPECT_EQ(whole, tiled<T>(*tiles, p, 5, 16, false));
          EXPECT_EQ(whole, tiled<T>(*tiles, p, 33, 37, false));
          EXPECT_EQ(whole, tiled<T>(*tiles, p, s.m, s.n, true));
          EXPECT_EQ(whole, tiled<T>(*tiles, p, 48, 96, true));
          if (tiles != &tilesBF16 || std::is_same_v<T, float>)
            EXPECT_EQ(whole, first);
        }
      }
  }
}
TEST(Matmul, DoesNotDependOnTilesOrInstructionSet) {
  expectOneResult<float>();
  expectOneResult<BFloat16>();
}

/// Programs may run side by side in one process.
TEST(Matmul, ConcurrentCalls) {
  constexpr int numThreads = 12, rounds = 40;
  int failures[numThreads] = {};
  std::vector<std::thread> threads;
  for (int t = 0; t < numThreads; ++t)
    threads.emplace_back([t, &failures] {
      Shape s{40 + 13 * t, 50 + 7 * (t % 5), 120 + 31 * (t % 3)};
      auto a = randomVector(s.m * s.k, t), b = randomVector(s.k * s.n, t + 100);
      auto first = run(1, s, t & 1, t & 2, a, b);
      for (int round = 0; round < rounds; ++round)
        failures[t] += run(1, s, t & 1, t & 2, a, b) != first;
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int t = 0; t < numThreads; ++t)
    EXPECT_EQ(failures[t], 0) << "thread " << t;
}
