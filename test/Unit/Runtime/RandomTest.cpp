//===- RandomTest.cpp - Counter-based random numbers ----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/random.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace wavrt;

// Random123 1.14, tests/kat_vectors.
TEST(Random, PhiloxKnownAnswers) {
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                       {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, EveryCoordinateMatters) {
  Random random(7, Stream::Generation);
  uint64_t value = random.bits(3, 4);
  EXPECT_EQ(value, random.bits(3, 4));
  EXPECT_NE(value, random.bits(3, 5));
  EXPECT_NE(value, random.bits(4, 4));
  EXPECT_NE(value, random.bits(3 + (uint64_t{1} << 32), 4));
  EXPECT_NE(value, Random(8, Stream::Generation).bits(3, 4));
  EXPECT_NE(value,
            Random(7 + (uint64_t{1} << 32), Stream::Generation).bits(3, 4));
  EXPECT_NE(value, Random(7, Stream::TrainingBatches).bits(3, 4));
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
  Random random(1, Stream::TrainingBatches);
  int count[5] = {};
  for (uint32_t i = 0; i != 5000; ++i) {
    int64_t value = random.below(5, 0, i);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 5);
    ++count[value];
  }
  for (int n : count)
    EXPECT_NEAR(n, 1000, 120); // Four standard deviations.
  EXPECT_EQ(random.below(1, 0, 0), 0);
}

TEST(Random, NormalHasMomentsOfTheStandardNormal) {
  Random random(1, Stream::Parameters);
  constexpr int pairs = 50000;
  double sum = 0, square = 0, product = 0, fourth = 0;
  for (uint32_t i = 0; i != pairs; ++i) {
    auto [a, b] = random.normalPair(0, i);
    sum += a + b;
    square += a * a + b * b;
    fourth += a * a * a * a + b * b * b * b;
    product += a * b;
  }
  EXPECT_NEAR(sum / (2 * pairs), 0, 0.015);
  EXPECT_NEAR(square / (2 * pairs), 1, 0.02);
  EXPECT_NEAR(fourth / (2 * pairs), 3, 0.15);
  EXPECT_NEAR(product / pairs, 0, 0.02);
}

TEST(Random, UniformIsBelowOne) {
  Random random(1, Stream::Generation);
  for (uint32_t i = 0; i != 1000; ++i) {
    EXPECT_GE(random.uniform(0, i), 0.0);
    EXPECT_LT(random.uniform(0, i), 1.0);
  }
}
