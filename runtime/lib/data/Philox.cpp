//===- Philox.cpp - Counter-based random numbers --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/random.h"

#include <cmath>
#include <numbers>

using namespace wavrt;

std::array<uint32_t, 4> wavrt::philox4x32(std::array<uint32_t, 4> counter,
                                          std::array<uint32_t, 2> key) {
  for (int round = 0; round != 10; ++round) {
    uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

std::array<uint32_t, 4> Random::block(uint64_t step, uint32_t index) const {
  return philox4x32(
      {index, static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32),
       static_cast<uint32_t>(stream)},
      {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

static uint64_t join(uint32_t low, uint32_t high) {
  return uint64_t{high} << 32 | low;
}

uint64_t Random::bits(uint64_t step, uint32_t index) const {
  auto words = block(step, index);
  return join(words[0], words[1]);
}

int64_t Random::below(int64_t bound, uint64_t step, uint32_t index) const {
  // The high half of a 64 x 64 product; its bias is below bound / 2^64.
  __extension__ using uint128 = unsigned __int128;
  return static_cast<int64_t>(
      uint128{bits(step, index)} * static_cast<uint64_t>(bound) >> 64);
}

double Random::uniform(uint64_t step, uint32_t index) const {
  return static_cast<double>(bits(step, index) >> 11) * 0x1p-53;
}

std::array<double, 2> Random::normalPair(uint64_t step, uint32_t index) const {
  auto words = block(step, index);
  // In (0, 1], so that the logarithm is finite.
  double u =
      (static_cast<double>(join(words[0], words[1]) >> 11) + 1) * 0x1p-53;
  double v = static_cast<double>(join(words[2], words[3]) >> 11) * 0x1p-53;
  double radius = std::sqrt(-2 * std::log(u));
  double angle = 2 * std::numbers::pi * v;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}
