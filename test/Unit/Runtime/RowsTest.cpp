//===- RowsTest.cpp - Tests of functions that move rows ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Library.h"

TEST(EmbedGrad, AddsRowsInOrder) {
  for (int64_t d : {1, 4, 33, 96, 256}) {
    const int64_t n = 300, rows = 70;
    auto dY = randomVector(n * d, 1), start = randomVector(rows * d, 2);
    std::vector<int32_t> index(n);
    for (int64_t i = 0; i < n; ++i)
      index[i] = i % 3 ? i * 37 % rows : 5; // many rows meet in one
    auto expected = start;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < d; ++j)
        expected[index[i] * d + j] += dY[i * d + j];
    for (int threads : {1, 2, 3, 5}) {
      auto table = start;
      EXPECT_EQ(call(threads, wavrt_embed_grad_f32,
                     {index.data(), dY.data(), table.data()}, {n, d, rows}),
                WAVRT_OK);
      EXPECT_EQ(table, expected);
    }
  }
}

TEST(EmbedGrad, RejectsUnknownTokens) {
  std::vector<float> dY(8, 1), table(12);
  for (int32_t bad : {-1, 3, 1 << 30}) {
    std::vector<int32_t> index = {0, bad};
    EXPECT_EQ(call(1, wavrt_embed_grad_f32,
                   {index.data(), dY.data(), table.data()}, {2, 4, 3}),
              WAVRT_OUT_OF_RANGE);
    EXPECT_EQ(table, std::vector<float>(12)) << "nothing is added";
  }
}

TEST(CacheUpdate, CopiesRowsToThePosition) {
  const int64_t n = 2, d = 5, rows = 7;
  auto x = randomVector(n * d, 1);
  for (int32_t position : {0, 3, 5}) {
    std::vector<float> cache(rows * d), expected(rows * d);
    std::copy(x.begin(), x.end(), expected.begin() + position * d);
    EXPECT_EQ(call(1, wavrt_cache_update_f32,
                   {x.data(), &position, cache.data()}, {n, d, rows}),
              WAVRT_OK);
    EXPECT_EQ(cache, expected);
  }
  for (int32_t position : {-1, 6, 1 << 30}) {
    std::vector<float> cache(rows * d);
    EXPECT_EQ(call(1, wavrt_cache_update_f32,
                   {x.data(), &position, cache.data()}, {n, d, rows}),
              WAVRT_OUT_OF_RANGE);
    EXPECT_EQ(cache, std::vector<float>(rows * d));
  }
}
