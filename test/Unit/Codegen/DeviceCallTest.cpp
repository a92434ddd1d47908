//===- DeviceCallTest.cpp - GPU kernels of library calls ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernels that wav-calls-to-kernels writes, run by the SIMT executor with
// its checks and two orders of threads, against float64 on the same numbers.
// What they read is rounded to its type, so an error is the kernel's own: in
// bf16 the rounding of weights and of results, 2^-9 each.
//
//===----------------------------------------------------------------------===//

#include "DeviceCall.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir::wav;

using Numbers = std::vector<double>;

static Numbers makeRandom(const std::string &type, size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  Numbers numbers(size);
  for (double &number : numbers)
    number = roundTo(type, normal(generator));
  return numbers;
}

/// |actual - expected| / |expected|.
static double getError(const Numbers &actual, const Numbers &expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(difference / norm);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {

struct AttentionCase {
  std::string type;
  int64_t batch, queries, keys, heads, headDim;
  /// -1: none.
  int64_t position = -1;
};

/// The formulas of `wav.attention` and `wav.attention_grad`.
struct Attention {
  explicit Attention(const AttentionCase &c)
      : c(c), width(c.heads * c.headDim), query(random(c.queries, 1)),
        key(random(c.keys, 2)), value(random(c.keys, 3)),
        grad(random(c.queries, 4)), output(query.size()),
        max(c.batch * c.heads * c.queries), inverseSum(max.size()),
        queryGrad(query.size()), keyGrad(key.size()), valueGrad(key.size()) {
    for (int64_t b = 0; b < c.batch; ++b)
      for (int64_t h = 0; h < c.heads; ++h)
        for (int64_t i = 0; i < c.queries; ++i)
          attend(b, h, i);
  }

  std::vector<int64_t> getParams() const {
    return {c.batch, c.queries, c.keys, c.heads, c.headDim};
  }
  DeviceCall::Buffer rows(int64_t length, Numbers values) const {
    return {c.type, {c.batch * length, width}, std::move(values)};
  }
  DeviceCall::Buffer statistics(Numbers values) const {
    return {"f32", {c.batch * c.heads * c.queries}, std::move(values)};
  }

  AttentionCase c;
  int64_t width;
  Numbers query, key, value, grad;
  Numbers output, max, inverseSum, queryGrad, keyGrad, valueGrad;

private:
  Numbers random(int64_t length, unsigned seed) const {
    return makeRandom(c.type, c.batch * length * width, seed);
  }
  double dot(const Numbers &x, int64_t i, const Numbers &y, int64_t j) const {
    double sum = 0;
    for (int64_t k = 0; k < c.headDim; ++k)
      sum += x[i + k] * y[j + k];
    return sum;
  }

  void attend(int64_t b, int64_t h, int64_t i) {
    int64_t seen = i + std::max<int64_t>(c.position, 0) + 1;
    int64_t at = (b * c.queries + i) * width + h * c.headDim;
    auto keyAt = [&](int64_t j) {
      return (b * c.keys + j) * width + h * c.headDim;
    };
    double scale = 1 / std::sqrt(double(c.headDim)), sum = 0;
    double exponentScale = scale * std::log2(std::exp(1.0));
    Numbers weights;
    for (int64_t j = 0; j < seen; ++j)
      weights.push_back(exponentScale * dot(query, at, key, keyAt(j)));
    double largest = *std::max_element(weights.begin(), weights.end());
    for (double &weight : weights)
      sum += weight = std::exp2(weight - largest);
    max[(b * c.heads + h) * c.queries + i] = largest;
    inverseSum[(b * c.heads + h) * c.queries + i] = 1 / sum;
    for (int64_t j = 0; j < seen; ++j) {
      weights[j] /= sum;
      for (int64_t k = 0; k < c.headDim; ++k)
        output[at + k] += weights[j] * value[keyAt(j) + k];
    }
    double product = dot(grad, at, output, at);
    for (int64_t j = 0; j < seen; ++j) {
      double scoreGrad =
          scale * weights[j] * (dot(grad, at, value, keyAt(j)) - product);
      for (int64_t k = 0; k < c.headDim; ++k) {
        valueGrad[keyAt(j) + k] += weights[j] * grad[at + k];
        keyGrad[keyAt(j) + k] += scoreGrad * query[at + k];
        queryGrad[at + k] += scoreGrad * key[keyAt(j) + k];
      }
    }
  }
};

class AttentionKernels : public testing::TestWithParam<AttentionCase> {};

} // namespace

TEST_P(AttentionKernels, AreRight) {
  const AttentionCase &c = GetParam();
  Attention expected(c);
  double tolerance = c.type == "bf16" ? 5e-3 : 1e-5;

  DeviceCall::Buffer position = {"i32", {}, {}};
  if (c.position >= 0)
    position = {"i32", {1}, {double(c.position)}};
  std::vector<Numbers> forward =
      DeviceCall("wavrt_attention_" + c.type,
                 {expected.rows(c.queries, expected.query),
                  expected.rows(c.keys, expected.key),
                  expected.rows(c.keys, expected.value), position,
                  expected.rows(c.queries, {}), expected.statistics({}),
                  expected.statistics({})},
                 expected.getParams())
          .run();
  EXPECT_LT(getError(forward[4], expected.output), tolerance);
  EXPECT_LT(getError(forward[5], expected.max), 1e-5);
  EXPECT_LT(getError(forward[6], expected.inverseSum), 1e-5);

  if (c.position >= 0)
    return;
  std::vector<Numbers> backward =
      DeviceCall("wavrt_attention_grad_" + c.type,
                 {expected.rows(c.queries, expected.query),
                  expected.rows(c.keys, expected.key),
                  expected.rows(c.keys, expected.value),
                  expected.rows(c.queries, expected.output),
                  expected.statistics(expected.max),
                  expected.statistics(expected.inverseSum),
                  expected.rows(c.queries, expected.grad),
                  expected.rows(c.queries, {}), expected.rows(c.keys, {}),
                  expected.rows(c.keys, {})},
                 expected.getParams())
          .run();
  // With one key there is no gradient but the value's.
  if (c.queries > 1) {
    EXPECT_LT(getError(backward[7], expected.queryGrad), tolerance);
    EXPECT_LT(getError(backward[8], expected.keyGrad), tolerance);
  }
  EXPECT_LT(getError(backward[9], expected.valueGrad), tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AttentionKernels,
    testing::Values(AttentionCase{"f32", 1, 1, 1, 1, 2},
                    AttentionCase{"f32", 2, 7, 7, 3, 10},
                    AttentionCase{"f32", 1, 33, 33, 2, 9},
                    AttentionCase{"f32", 2, 100, 100, 1, 20},
                    AttentionCase{"f32", 1, 64, 64, 1, 128},
                    AttentionCase{"f32", 1, 17, 17, 1, 260},
                    AttentionCase{"bf16", 1, 20, 20, 1, 136},
                    AttentionCase{"bf16", 1, 33, 33, 1, 256},
                    AttentionCase{"f32", 1, 1, 70, 2, 36, 69},
                    AttentionCase{"f32", 2, 5, 70, 1, 16, 40},
                    AttentionCase{"bf16", 1, 1, 1, 1, 8},
                    AttentionCase{"bf16", 2, 7, 7, 3, 10},
                    AttentionCase{"bf16", 1, 33, 33, 2, 20},
                    AttentionCase{"bf16", 2, 64, 64, 2, 36},
                    AttentionCase{"bf16", 1, 200, 200, 1, 64},
                    AttentionCase{"bf16", 1, 100, 100, 1, 128},
                    AttentionCase{"bf16", 1, 1, 70, 2, 36, 69},
                    AttentionCase{"bf16", 2, 5, 100, 1, 16, 64}),
    [](const auto &info) {
      const AttentionCase &c = info.param;
      return c.type + "_" + std::to_string(c.batch) + "x" +
             std::to_string(c.queries) + "x" + std::to_string(c.keys) + "_" +
             std::to_string(c.heads) + "x" + std::to_string(c.headDim);
    });

TEST(AttentionKernels, TakeTheNearestPosition) {
  Attention atEnd({"f32", 1, 2, 9, 1, 4, 7});
  for (double position : {8., 1e9}) {
    std::vector<Numbers> result = DeviceCall("wavrt_attention_f32",
                                             {atEnd.rows(2, atEnd.query),
                                              atEnd.rows(9, atEnd.key),
                                              atEnd.rows(9, atEnd.value),
                                              {"i32", {1}, {position}},
                                              atEnd.rows(2, {}),
                                              atEnd.statistics({}),
                                              atEnd.statistics({})},
                                             atEnd.getParams())
                                      .run();
    EXPECT_LT(getError(result[4], atEnd.output), 1e-5);
  }
}

/// Registers decide how many warps an SM holds; a spill in the inner loop costs
/// more than it saves.
class AttentionRegisters : public testing::TestWithParam<const char *> {};

TEST_P(AttentionRegisters, AreEnough) {
  const std::string chip = GetParam();
  std::vector<int64_t> headDims = {96, 128, 192, 256};
  if (chip == "sm_90a")
    headDims.insert(headDims.end(), {16, 32, 64, 72, 120, 152, 248});
  // In f32 two blocks an SM are worth more than a slot that ptxas for sm_120
  // puts two registers in.
  for (int64_t headDim : headDims)
    for (const std::string type : {"f32", "bf16"}) {
      Attention sizes({type, 1, 256, 256, 2, headDim});
      DeviceCall forward("wavrt_attention_" + type,
                         {sizes.rows(256, {}),
                          sizes.rows(256, {}),
                          sizes.rows(256, {}),
                          {"i32", {}, {}},
                          sizes.rows(256, {}),
                          sizes.statistics({}),
                          sizes.statistics({})},
                         sizes.getParams());
      std::vector<KernelResources> kernels = forward.assemble(GetParam());
      if (kernels.empty())
        GTEST_SKIP() << "ptxas is not installed";
      DeviceCall backward("wavrt_attention_grad_" + type,
                          {sizes.rows(256, {}), sizes.rows(256, {}),
                           sizes.rows(256, {}), sizes.rows(256, {}),
                           sizes.statistics({}), sizes.statistics({}),
                           sizes.rows(256, {}), sizes.rows(256, {}),
                           sizes.rows(256, {}), sizes.rows(256, {})},
                          sizes.getParams());
      for (KernelResources &kernel : backward.assemble(GetParam()))
        kernels.push_back(std::move(kernel));
      EXPECT_GE(kernels.size(), 3u);
      for (const KernelResources &kernel : kernels)
        EXPECT_LE(kernel.localBytes, chip == "sm_120" && type == "f32" ? 8 : 0)
            << kernel.name << " with head dimension " << headDim;
    }
}

INSTANTIATE_TEST_SUITE_P(Chips, AttentionRegisters,
                         testing::Values("sm_80", "sm_90a", "sm_100a",
                                         "sm_120"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

TEST(EmbedGradKernel, AddsTheRowsOfEachToken) {
  constexpr int64_t rows = 5;
  for (const std::string type : {"f32", "bf16"})
    for (auto [tokens, width] : std::vector<std::pair<int64_t, int64_t>>{
             {1, 8}, {33, 20}, {700, 9}, {100, 1100}}) {
      Numbers index = makeRandom("i32", tokens, 1);
      // Most tokens are one; some are not in the table.
      for (double &token : index)
        token = token == 0 ? 3 : std::abs(token) == 1 ? 0 : 2 * token;
      Numbers grad = makeRandom(type, tokens * width, 2);
      Numbers table = makeRandom("f32", rows * width, 3), expected = table;
      for (int64_t i = 0; i < tokens; ++i)
        if (index[i] >= 0 && index[i] < rows)
          for (int64_t k = 0; k < width; ++k)
            expected[int64_t(index[i]) * width + k] += grad[i * width + k];
      DeviceCall call("wavrt_embed_grad_" + type,
                      {{"i32", {tokens}, index},
                       {type, {tokens, width}, grad},
                       {"f32", {rows, width}, table}},
                      {tokens, width, rows});
      EXPECT_LT(getError(call.run()[2], expected), 1e-6)
          << type << " " << tokens << "x" << width;
    }
}

TEST(CacheUpdateKernel, WritesRowsThatFit) {
  constexpr int64_t rows = 9;
  for (const std::string type : {"f32", "bf16"})
    for (int64_t width : {7, 20, 2050})
      for (int64_t position : {-1, 0, 6, 7}) {
        Numbers input = makeRandom(type, 3 * width, 1);
        Numbers cache = makeRandom(type, rows * width, 2), expected = cache;
        if (position == 0 || position == 6)
          std::copy(input.begin(), input.end(),
                    expected.begin() + position * width);
        DeviceCall call("wavrt_cache_update_" + type,
                        {{type, {3, width}, input},
                         {"i32", {1}, {double(position)}},
                         {type, {rows, width}, cache}},
                        {3, width, rows});
        EXPECT_EQ(call.run()[2], expected) << type << " " << width;
      }
}
