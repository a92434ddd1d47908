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
#include <limits>

using namespace wavrt;

int64_t wavrt::flopsOf(const EntryInfo &entry) {
  int64_t flops = 0;
  for (const LaunchInfo &launch : entry.launches)
    flops += launch.flops;
  return flops;
}

double wavrt::measurePeakFlops(int threads) {
  constexpr int64_t n = 1024;
  constexpr size_t bytes = n * n * sizeof(float);
  constexpr double flops = 2.0 * n * n * n;
  Manifest manifest;
  manifest.arenaBytes[WAVRT_SCRATCH] = 3 * bytes;
  manifest.entries.push_back({"product", {}, {}, {{"matmul", "matmul", 0, 0}}});
  auto product = [](wavrt_context *context) {
    auto *scratch = static_cast<std::byte *>(context->arenas[WAVRT_SCRATCH]);
    void *buffers[] = {scratch, scratch + bytes, scratch + 2 * bytes};
    int64_t params[] = {n, n, n, 0, 0, 0};
    return wavrt_call(context, 0, wavrt_matmul_f32, buffers, params);
  };
  Session session(Program(std::move(manifest), {product}, {}), threads);
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run != 6; ++run) {
    auto begin = std::chrono::steady_clock::now();
    session.run("product");
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - begin;
    best = std::min(best, elapsed.count());
  }
  return flops / best;
}
