//===- Peak.cpp - FLOPs of entries and of the machine ---------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include <algorithm>
#include <chrono>
#include <immintrin.h>

using namespace wavrt;

int64_t wavrt::flopsOf(const EntryInfo &entry) {
  int64_t flops = 0;
  for (const LaunchInfo &launch : entry.launches)
    flops += launch.flops;
  return flops;
}

/// Independent multiply-adds in flight: more than two pipes of latency five
/// need, and few enough for sixteen registers.
static constexpr int chains = 12;
static constexpr int64_t rounds = 1 << 18;

/// What the compiler cannot know, so that it computes all of it.
static volatile float factor = 0.5f, result;

[[gnu::target("avx2,fma")]] static void multiplyAdd256(void *const *, int64_t) {
  __m256 x = _mm256_set1_ps(factor), sums[chains] = {};
  for (int64_t round = 0; round != rounds; ++round)
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, x, x);
  __m256 total = sums[0];
  for (__m256 sum : sums)
    total = _mm256_add_ps(total, sum);
  result = _mm256_cvtss_f32(total);
}

[[gnu::target("avx512f")]] static void multiplyAdd512(void *const *, int64_t) {
  __m512 x = _mm512_set1_ps(factor), sums[chains] = {};
  for (int64_t round = 0; round != rounds; ++round)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, x, x);
  __m512 total = sums[0];
  for (__m512 sum : sums)
    total = _mm512_add_ps(total, sum);
  result = _mm512_cvtss_f32(total);
}

double wavrt::measurePeakFlops(int threads) {
  bool wide = __builtin_cpu_supports("avx512f");
  double flops = 2.0 * (wide ? 16 : 8) * chains * rounds * threads;
  Manifest manifest;
  manifest.entries.push_back({"peak", {}, {}, {{"peak", "other", 0, 0}}});
  auto entry = [=](wavrt_context *context) -> int32_t {
    wavrt_launch(context, 0, wide ? multiplyAdd512 : multiplyAdd256, nullptr,
                 threads);
    return WAVRT_OK;
  };
  Session session(Program(std::move(manifest), {entry}, {}), threads);
  double best = 0;
  for (int run = 0; run != 10; ++run) {
    auto begin = std::chrono::steady_clock::now();
    session.run("peak");
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - begin;
    best = std::max(best, flops / elapsed.count());
  }
  return best;
}
