//===- AttentionTest.cpp - Tests of attention and its gradient --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Library.h"

#include "cpu/Tiles.h"

#include <algorithm>

using namespace wavrt;

namespace {

struct Shape {
  int64_t batch, queries, keys, heads, headDim, position;

  int64_t stride() const { return heads * headDim; }
  int64_t querySize() const { return batch * queries * stride(); }
  int64_t keySize() const { return batch * keys * stride(); }
  int64_t statistics() const { return batch * heads * queries; }
};

/// Attention by its definition, in double.
struct Reference {
  Reference(const Shape &s, const std::vector<float> &q,
            const std::vector<float> &k, const std::vector<float> &v)
      : o(s.querySize()), max(s.statistics()), inverseSum(s.statistics()) {
    forEachHead(s, [&](int64_t b, int64_t h) {
      for (int64_t i = 0; i < s.queries; ++i) {
        std::vector<double> p = scores(s, q, k, b, h, i);
        double sum = 0, largest = *std::max_element(p.begin(), p.end());
        for (double &x : p)
          sum += x = std::exp2(x - largest);
        max[statistic(s, b, h, i)] = largest;
        inverseSum[statistic(s, b, h, i)] = 1 / sum;
        for (size_t j = 0; j < p.size(); ++j)
          for (int64_t c = 0; c < s.headDim; ++c)
            o[query(s, b, h, i, c)] += p[j] / sum * v[key(s, b, h, j, c)];
      }
    });
  }

  template <typename Body>
  static void forEachHead(const Shape &s, const Body &body) {
    for (int64_t b = 0; b < s.batch; ++b)
      for (int64_t h = 0; h < s.heads; ++h)
        body(b, h);
  }
  static int64_t query(const Shape &s, int64_t b, int64_t h, int64_t i,
                       int64_t c) {
    return (b * s.queries + i) * s.stride() + h * s.headDim + c;
  }
  static int64_t key(const Shape &s, int64_t b, int64_t h, int64_t j,
                     int64_t c) {
    return (b * s.keys + j) * s.stride() + h * s.headDim + c;
  }
  static int64_t statistic(const Shape &s, int64_t b, int64_t h, int64_t i) {
    return (b * s.heads + h) * s.queries + i;
  }
  /// Exponents of 2 of the keys that query i sees.
  static std::vector<double> scores(const Shape &s, const std::vector<float> &q,
                                    const std::vector<float> &k, int64_t b,
                                    int64_t h, int64_t i) {
    std::vector<double> result(i + s.position + 1);
    for (size_t j = 0; j < result.size(); ++j) {
      for (int64_t c = 0; c < s.headDim; ++c)
        result[j] += double(q[query(s, b, h, i, c)]) * k[key(s, b, h, j, c)];
      result[j] *= std::log2(std::exp(1.0)) / std::sqrt(double(s.headDim));
    }
    return result;
  }

  std::vector<double> o, max, inverseSum;
};

struct ReferenceGrad {
  ReferenceGrad(const Shape &s, const std::vector<float> &q,
                const std::vector<float> &k, const std::vector<float> &v,
                const std::vector<float> &dO)
      : dQ(s.querySize()), dK(s.keySize()), dV(s.keySize()) {
    Reference forward(s, q, k, v);
    Reference::forEachHead(s, [&](int64_t b, int64_t h) {
      for (int64_t i = 0; i < s.queries; ++i) {
        auto at = [&](int64_t c) { return Reference::query(s, b, h, i, c); };
        int64_t statistic = Reference::statistic(s, b, h, i);
        std::vector<double> p = Reference::scores(s, q, k, b, h, i);
        double delta = 0;
        for (int64_t c = 0; c < s.headDim; ++c)
          delta += dO[at(c)] * forward.o[at(c)];
        for (size_t j = 0; j < p.size(); ++j) {
          p[j] = std::exp2(p[j] - forward.max[statistic]) *
                 forward.inverseSum[statistic];
          double dP = 0;
          for (int64_t c = 0; c < s.headDim; ++c)
            dP += double(dO[at(c)]) * v[Reference::key(s, b, h, j, c)];
          double dS = p[j] * (dP - delta) / std::sqrt(double(s.headDim));
          for (int64_t c = 0; c < s.headDim; ++c) {
            int64_t kc = Reference::key(s, b, h, j, c);
            dV[kc] += p[j] * dO[at(c)];
            dK[kc] += dS * q[at(c)];
            dQ[at(c)] += dS * k[kc];
          }
        }
      }
    });
  }
  std::vector<double> dQ, dK, dV;
};

struct Result {
  std::vector<float> o, max, inverseSum, dQ, dK, dV;
  bool operator==(const Result &) const = default;
};

Result runForward(int threads, const Shape &s, std::vector<float> q,
                  std::vector<float> k, std::vector<float> v) {
  Result r{std::vector<float>(s.querySize(), NAN),
           std::vector<float>(s.statistics(), NAN),
           std::vector<float>(s.statistics(), NAN),
           {},
           {},
           {}};
  int32_t position = s.position;
  EXPECT_EQ(
      call(threads, wavrt_attention_f32,
           {q.data(), k.data(), v.data(), s.position ? &position : nullptr,
            r.o.data(), r.max.data(), r.inverseSum.data()},
           {s.batch, s.queries, s.keys, s.heads, s.headDim}),
      WAVRT_OK);
  return r;
}

Result runBoth(int threads, const Shape &s, std::vector<float> q,
               std::vector<float> k, std::vector<float> v,
               std::vector<float> dO) {
  Result r = runForward(threads, s, q, k, v);
  r.dQ = r.dK = r.dV = std::vector<float>(s.querySize(), NAN);
  EXPECT_EQ(call(threads, wavrt_attention_grad_f32,
                 {q.data(), k.data(), v.data(), r.o.data(), r.max.data(),
                  r.inverseSum.data(), dO.data(), r.dQ.data(), r.dK.data(),
                  r.dV.data()},
                 {s.batch, s.queries, s.keys, s.heads, s.headDim}),
            WAVRT_OK);
  return r;
}

/// Rounding of sums of up to 1000 f32 terms.
constexpr double tolerance = 2e-6;

} // namespace

TEST(Attention, MatchesTheDefinition) {
  for (Shape s : {Shape{1, 1, 1, 1, 2, 0}, Shape{2, 3, 3, 1, 10, 0},
                  Shape{1, 33, 33, 3, 18, 0}, Shape{2, 65, 65, 2, 32, 0},
                  Shape{1, 127, 127, 1, 64, 0}, Shape{1, 256, 256, 2, 16, 0},
                  Shape{1, 200, 200, 1, 130, 0}}) {
    SCOPED_TRACE(testing::Message() << s.queries << " x " << s.headDim);
    auto q = randomVector(s.querySize(), 1), k = randomVector(s.keySize(), 2),
         v = randomVector(s.keySize(), 3), dO = randomVector(s.querySize(), 4);
    Result r = runBoth(2, s, q, k, v, dO);
    Reference expected(s, q, k, v);
    expectClose(r.o, expected.o, tolerance);
    expectClose(r.max, expected.max, tolerance);
    expectClose(r.inverseSum, expected.inverseSum, tolerance);
    ReferenceGrad gradient(s, q, k, v, dO);
    expectClose(r.dQ, gradient.dQ, tolerance);
    expectClose(r.dK, gradient.dK, tolerance);
    expectClose(r.dV, gradient.dV, tolerance);
  }
}

/// Decoding and prefilling against a cache that is longer than what is seen.
TEST(Attention, ReadsACache) {
  for (Shape s : {Shape{1, 1, 256, 4, 32, 0}, Shape{1, 1, 256, 4, 32, 100},
                  Shape{1, 1, 256, 2, 18, 255}, Shape{2, 5, 77, 2, 10, 40},
                  Shape{1, 40, 100, 1, 64, 60}, Shape{1, 40, 100, 1, 64, 0}}) {
    SCOPED_TRACE(testing::Message() << s.queries << " at " << s.position);
    auto q = randomVector(s.querySize(), 1), k = randomVector(s.keySize(), 2),
         v = randomVector(s.keySize(), 3);
    // What lies beyond the last visible key must not be read into a result.
    for (int64_t j = s.position + s.queries; j < s.keys; ++j)
      for (int64_t c = 0; c < s.stride(); ++c)
        for (int64_t b = 0; b < s.batch; ++b)
          k[(b * s.keys + j) * s.stride() + c] =
              v[(b * s.keys + j) * s.stride() + c] = NAN;
    Result r = runForward(2, s, q, k, v);
    Reference expected(s, q, k, v);
    expectClose(r.o, expected.o, tolerance);
    expectClose(r.max, expected.max, tolerance);
    expectClose(r.inverseSum, expected.inverseSum, tolerance);
  }
}

/// Scores of hundreds would overflow an exponential without its maximum.
TEST(Attention, SurvivesLargeScores) {
  Shape s{1, 150, 150, 1, 16, 0};
  auto q = randomVector(s.querySize(), 1), k = randomVector(s.keySize(), 2),
       v = randomVector(s.keySize(), 3), dO = randomVector(s.querySize(), 4);
  for (float &x : q)
    x *= 300;
  Result r = runBoth(1, s, q, k, v, dO);
  Reference expected(s, q, k, v);
  // A score of 1000 has an error of 1e-4, and so have the probabilities.
  expectClose(r.o, expected.o, 1e-3);
  expectClose(r.max, expected.max, tolerance);
  expectClose(r.dV, ReferenceGrad(s, q, k, v, dO).dV, 1e-3);
}

/// The weights of a query sum to 1, forward and backward, however large its
/// scores: outputs of values 1, and gradients of values when the gradient of
/// query i is the i-th unit vector.
TEST(Attention, WeightsSumToOne) {
  Shape s{1, 100, 100, 1, 100, 0};
  for (float scale : {1.0f, 10.0f, 1e2f, 1e3f, 1e4f, 1e5f}) {
    auto q = randomVector(s.querySize(), 1), k = randomVector(s.keySize(), 2);
    for (std::vector<float> *factor : {&q, &k})
      for (float &x : *factor)
        x *= scale;
    std::vector<float> v(s.keySize(), 1.0f), dO(s.querySize(), 0.0f);
    for (int64_t i = 0; i < s.queries; ++i)
      dO[Reference::query(s, 0, 0, i, i)] = 1;
    Result r = runBoth(1, s, q, k, v, dO);
    for (float x : r.o)
      EXPECT_NEAR(x, 1, 1e-6) << scale;
    for (int64_t i = 0; i < s.queries; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < s.keys; ++j)
        sum += r.dV[Reference::key(s, 0, 0, j, i)];
      EXPECT_NEAR(sum, 1, 1e-6) << scale << ", query " << i;
    }
  }
}

/// A training run must see that its numbers are no longer numbers.
TEST(Attention, KeepsNaN) {
  Shape s{1, 70, 70, 1, 16, 0};
  auto q = randomVector(s.querySize(), 1), k = q, v = q, dO = q;
  q[20 * 16 + 3] = NAN;
  Result r = runBoth(1, s, q, k, v, dO);
  EXPECT_TRUE(std::isnan(r.o[20 * 16]));
  EXPECT_FALSE(std::isnan(r.o[19 * 16]));
  EXPECT_TRUE(std::isnan(r.dQ[20 * 16]));
  EXPECT_TRUE(std::isnan(r.dK[5 * 16]));
}

TEST(Attention, DoesNotDependOnThreads) {
  Shape s{2, 150, 150, 3, 24, 0};
  auto q = randomVector(s.querySize(), 1), k = randomVector(s.keySize(), 2),
       v = randomVector(s.keySize(), 3), dO = randomVector(s.querySize(), 4);
  Result one = runBoth(1, s, q, k, v, dO);
  for (int threads : {2, 3, 5})
    EXPECT_EQ(runBoth(threads, s, q, k, v, dO), one) << threads;
}

/// The code for each instruction set gives the same bits.
TEST(Attention, DoesNotDependOnTheInstructionSet) {
  if (!__builtin_cpu_supports("x86-64-v4"))
    GTEST_SKIP() << "this processor has no AVX-512";
  const int64_t length = 100, headDim = 24, size = length * headDim;
  auto q = randomVector(size, 1), k = randomVector(size, 2),
       v = randomVector(size, 3), dO = randomVector(size, 4);
  auto run = [&](const Tiles &tiles) {
    Result r{std::vector<float>(size),   std::vector<float>(length),
             std::vector<float>(length), std::vector<float>(size),
             std::vector<float>(size),   std::vector<float>(size)};
    std::vector<float> memory(
        16 + std::max(tiles.attentionScratch(headDim),
                      tiles.attentionGradScratch(headDim, length)));
    auto *scratch = reinterpret_cast<float *>(
        (reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64);
    const AttentionTiles<float> &code = tiles;
    code.attend({q.data(), k.data(), v.data(), r.o.data(), r.max.data(),
                 r.inverseSum.data(), headDim, headDim, 0},
                0, length, scratch);
    code.attendGrad({q.data(), k.data(), v.data(), r.o.data(), r.max.data(),
                     r.inverseSum.data(), dO.data(), r.dQ.data(), r.dK.data(),
                     r.dV.data(), headDim, headDim, length},
                    scratch);
    return r;
  };
  EXPECT_EQ(run(tilesV3), run(tilesV4));
}

TEST(Attention, RejectsPositionsOutsideTheCache) {
  std::vector<float> x(64), y(64);
  for (int32_t position : {-1, 8, 1 << 30})
    EXPECT_EQ(call(1, wavrt_attention_f32,
                   {x.data(), x.data(), x.data(), &position, y.data(), y.data(),
                    y.data()},
                   {1, 1, 8, 1, 4}),
              WAVRT_OUT_OF_RANGE);
}
