//===- BFloat16Test.cpp - Tests of library functions on bf16 ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function on bf16 is that on f32, whose operations it does in the same
// order, on the same numbers, with each result rounded once. So the f32
// functions, which have tests of their own, say what the bits are. Where pairs
// are multiplied, sums have another order, and they say what is close.
//
//===----------------------------------------------------------------------===//

#include "Library.h"

#include "core/BFloat16.h"
#include "cpu/Tiles.h"

#include <bit>
#include <cstring>

using namespace wavrt;

namespace {

std::vector<BFloat16> round(const std::vector<float> &values) {
  return std::vector<BFloat16>(values.begin(), values.end());
}
std::vector<float> widen(const std::vector<BFloat16> &values) {
  std::vector<float> result;
  for (BFloat16 value : values)
    result.push_back(static_cast<float>(value));
  return result;
}
std::vector<BFloat16> randomNarrow(size_t size, unsigned seed) {
  return round(randomVector(size, seed));
}

/// Whether the functions compute as those on f32 do.
bool isExact(const Tiles &tiles) { return &tiles != &tilesBF16; }

/// Bits, or what another order of summation may do to a product of `k` normal
/// numbers: k roundings of sums that grow to sqrt(k), most of which cancel.
void expectProducts(const std::vector<float> &actual,
                    const std::vector<float> &expected, int64_t k, bool exact) {
  ASSERT_EQ(actual.size(), expected.size());
  if (exact) {
    EXPECT_EQ(std::memcmp(actual.data(), expected.data(),
                          sizeof(float) * actual.size()),
              0);
    return;
  }
  for (size_t i = 0; i < actual.size(); ++i)
    if (!std::isnan(expected[i]) || !std::isnan(actual[i]))
      ASSERT_NEAR(actual[i], expected[i], 0x1p-23 * k);
}

void expectBits(const std::vector<BFloat16> &actual,
                const std::vector<float> &expected) {
  expectProducts(widen(actual), widen(round(expected)), 1, true);
}

} // namespace

TEST(BFloat16, RoundsToNearestEven) {
  auto bits = [](float value) { return BFloat16(value).bits; };
  EXPECT_EQ(bits(1), 0x3f80);
  EXPECT_EQ(bits(1 + 0x1p-8f), 0x3f80); // a tie
  EXPECT_EQ(bits(1 + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(bits(1 + 0x1p-8f + 0x1p-20f), 0x3f81);
  EXPECT_EQ(bits(-0.0f), 0x8000);
  EXPECT_EQ(bits(3.4e38f), 0x7f80); // beyond the largest: infinity
  EXPECT_EQ(bits(std::bit_cast<float>(0x7f800001u)), 0x7fc0); // a NaN stays
}

static void checkProducts(const Tiles &tiles) {
  struct Shape {
    int64_t m, n, k;
  };
  for (Shape s : {Shape{1, 73, 40}, Shape{1, 3000, 64}, Shape{7, 130, 33},
                  Shape{257, 96, 128}, Shape{600, 50, 24}, Shape{96, 301, 600}})
    for (int64_t flags = 0; flags < 8; ++flags) {
      const std::vector<int64_t> params = {s.m, s.n, s.k, flags & 1,
                                           flags >> 1 & 1};
      const bool accumulate = flags >> 2;
      SCOPED_TRACE(testing::Message()
                   << s.m << " x " << s.n << " x " << s.k << " " << flags);
      auto a = randomNarrow(s.m * s.k, 1), b = randomNarrow(s.k * s.n, 2),
           c = randomNarrow(s.m * s.n, 3);
      a[0] = BFloat16(NAN);
      auto wideA = widen(a), wideB = widen(b), wideC = widen(c),
           expected = wideC, wideD = wideC;
      float *addend = accumulate ? wideC.data() : nullptr;
      EXPECT_EQ(call(2, wavrt_matmul_f32,
                     {wideA.data(), wideB.data(), addend, expected.data()},
                     params),
                WAVRT_OK);
      EXPECT_EQ(call(2, wavrt_matmul_bf16_f32,
                     {a.data(), b.data(), addend, wideD.data()}, params, tiles),
                WAVRT_OK);
      expectProducts(wideD, expected, s.k, isExact(tiles));
      for (int threads : {1, 3})
        for (bool inPlace : {false, true}) {
          auto narrowC = c, narrowD = inPlace ? c : randomNarrow(c.size(), 4);
          BFloat16 *narrowAddend = inPlace ? narrowD.data() : narrowC.data();
          EXPECT_EQ(call(threads, wavrt_matmul_bf16,
                         {a.data(), b.data(),
                          accumulate ? narrowAddend : nullptr, narrowD.data()},
                         params, tiles),
                    WAVRT_OK);
          // With the same tiles, the rounded sums to the bit.
          expectBits(narrowD, wideD);
        }
    }
}
TEST(BFloat16, Products) {
  for (const Tiles *tiles : usableTiles()) {
    SCOPED_TRACE(tiles->name);
    checkProducts(*tiles);
  }
}

/// Weights and their gradients are rounded as factors, results as elements:
/// each by at most 2^-9 of itself.
static void expectClose(const std::vector<BFloat16> &actual,
                        const std::vector<float> &expected) {
  double difference = 0, norm = 0;
  std::vector<float> wide = widen(actual);
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(wide[i] - expected[i], 2);
    norm += std::pow(expected[i], 2);
  }
  EXPECT_LE(std::sqrt(difference), 4e-3 * std::sqrt(norm));
}

static void checkAttention(const Tiles &tiles) {
  struct Shape {
    int64_t batch, length, heads, headDim;
  };
  for (Shape s : {Shape{1, 1, 1, 2}, Shape{2, 65, 2, 32}, Shape{1, 127, 3, 18},
                  Shape{1, 33, 2, 7}}) {
    const std::vector<int64_t> params = {s.batch, s.length, s.length, s.heads,
                                         s.headDim};
    const int64_t size = s.batch * s.length * s.heads * s.headDim,
                  statistics = s.batch * s.length * s.heads;
    auto q = randomNarrow(size, 1), k = randomNarrow(size, 2),
         v = randomNarrow(size, 3), dO = randomNarrow(size, 4);
    std::vector<BFloat16> o(size), dQ(size), dK(size), dV(size);
    std::vector<float> max(statistics), inverseSum(statistics);
    EXPECT_EQ(call(2, wavrt_attention_bf16,
                   {q.data(), k.data(), v.data(), nullptr, o.data(), max.data(),
                    inverseSum.data()},
                   params, tiles),
              WAVRT_OK);
    EXPECT_EQ(
        call(2, wavrt_attention_grad_bf16,
             {q.data(), k.data(), v.data(), o.data(), max.data(),
              inverseSum.data(), dO.data(), dQ.data(), dK.data(), dV.data()},
             params, tiles),
        WAVRT_OK);

    auto wideQ = widen(q), wideK = widen(k), wideV = widen(v),
         wideDO = widen(dO);
    std::vector<float> wideO(size), wideMax(statistics),
        wideInverseSum(statistics), wideDQ(size), wideDK(size), wideDV(size);
    call(2, wavrt_attention_f32,
         {wideQ.data(), wideK.data(), wideV.data(), nullptr, wideO.data(),
          wideMax.data(), wideInverseSum.data()},
         params);
    expectClose(o, wideO);
    expectProducts(max, wideMax, s.headDim, isExact(tiles));
    expectProducts(inverseSum, wideInverseSum, s.headDim, isExact(tiles));
    wideO = widen(o);
    call(2, wavrt_attention_grad_f32,
         {wideQ.data(), wideK.data(), wideV.data(), wideO.data(),
          wideMax.data(), wideInverseSum.data(), wideDO.data(), wideDQ.data(),
          wideDK.data(), wideDV.data()},
         params);
    expectClose(dQ, wideDQ);
    expectClose(dK, wideDK);
    expectClose(dV, wideDV);
    std::vector<BFloat16> again(size);
    call(3, wavrt_attention_bf16,
         {q.data(), k.data(), v.data(), nullptr, again.data(), max.data(),
          inverseSum.data()},
         params, tiles);
    EXPECT_EQ(widen(again), widen(o));
  }
}
TEST(BFloat16, Attention) {
  for (const Tiles *tiles : usableTiles()) {
    SCOPED_TRACE(tiles->name);
    checkAttention(*tiles);
  }
}

TEST(BFloat16, Rows) {
  const int64_t n = 300, d = 33, rows = 70;
  auto dY = randomNarrow(n * d, 1);
  auto wide = widen(dY), table = randomVector(rows * d, 2), expected = table;
  std::vector<int32_t> index(n);
  for (int64_t i = 0; i < n; ++i)
    index[i] = static_cast<int32_t>(i * 37 % rows);
  call(2, wavrt_embed_grad_f32, {index.data(), wide.data(), expected.data()},
       {n, d, rows});
  EXPECT_EQ(call(2, wavrt_embed_grad_bf16,
                 {index.data(), dY.data(), table.data()}, {n, d, rows}),
            WAVRT_OK);
  EXPECT_EQ(table, expected);

  int32_t position = 3;
  std::vector<BFloat16> cache(7 * d, BFloat16(1.0f));
  EXPECT_EQ(call(1, wavrt_cache_update_bf16,
                 {dY.data(), &position, cache.data()}, {2, d, 7}),
            WAVRT_OK);
  std::vector<float> wideCache(7 * d, 1.0f);
  std::copy_n(wide.begin(), 2 * d, wideCache.begin() + position * d);
  expectBits(cache, wideCache);
}

/// A query that sees one key has no doubt about it, to the bit.
template <typename T>
static void checkOneKey(const Tiles &tiles, wavrt_library_fn forward,
                        wavrt_library_fn backward) {
  const int64_t batch = 5, heads = 2, headDim = 24, rows = batch * heads;
  auto random = [](unsigned seed) {
    auto values = randomVector(rows * headDim, seed);
    return std::vector<T>(values.begin(), values.end());
  };
  auto q = random(1), k = random(2), v = random(3), dO = random(4), o = q,
       dQ = q, dK = k, dV = v;
  std::vector<float> max(rows), inverseSum(rows);
  const std::vector<int64_t> params = {batch, 1, 1, heads, headDim};
  call(1, forward,
       {q.data(), k.data(), v.data(), nullptr, o.data(), max.data(),
        inverseSum.data()},
       params, tiles);
  call(1, backward,
       {q.data(), k.data(), v.data(), o.data(), max.data(), inverseSum.data(),
        dO.data(), dQ.data(), dK.data(), dV.data()},
       params, tiles);
  for (int64_t i = 0; i < rows * headDim; ++i) {
    EXPECT_EQ(float(dQ[i]), 0.0f);
    EXPECT_EQ(float(dK[i]), 0.0f);
    EXPECT_EQ(float(dV[i]), float(dO[i]));
  }
}
TEST(BFloat16, AttentionToOneKeyHasNoGradient) {
  for (const Tiles *tiles : usableTiles()) {
    SCOPED_TRACE(tiles->name);
    checkOneKey<float>(*tiles, wavrt_attention_f32, wavrt_attention_grad_f32);
    checkOneKey<BFloat16>(*tiles, wavrt_attention_bf16,
                          wavrt_attention_grad_bf16);
  }
}

/// Without products of pairs, each instruction set gives the same bits.
TEST(BFloat16, DoesNotDependOnTheInstructionSet) {
  if (!__builtin_cpu_supports("x86-64-v4"))
    GTEST_SKIP() << "this processor has no AVX-512";
  const int64_t length = 100, headDim = 24, size = length * headDim;
  auto a = randomNarrow(size + 1, 1), b = randomNarrow(size + 1, 2);
  auto attend = [&](const Tiles &tiles) {
    const AttentionTiles<BFloat16> &code = tiles;
    std::vector<BFloat16> o(size), dQ(size), dK(size), dV(size);
    std::vector<float> max(length), inverseSum(length);
    code.attend({a.data(), b.data(), a.data() + 1, o.data(), max.data(),
                 inverseSum.data(), headDim, headDim, 0},
                0, length, threadScratch(tiles.attentionScratch(headDim)));
    code.attendGrad({a.data(), b.data(), a.data() + 1, o.data(), max.data(),
                     inverseSum.data(), b.data() + 1, dQ.data(), dK.data(),
                     dV.data(), headDim, headDim, length},
                    threadScratch(tiles.attentionGradScratch(headDim, length)));
    std::vector<float> all = max;
    all.insert(all.end(), inverseSum.begin(), inverseSum.end());
    for (auto *part : {&o, &dQ, &dK, &dV})
      for (BFloat16 value : *part)
        all.push_back(static_cast<float>(value));
    return all;
  };
  EXPECT_EQ(attend(tilesV3), attend(tilesV4));
}
