//===- Library.h - Help for tests of library functions ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TEST_UNIT_RUNTIME_LIBRARY_H
#define WAV_TEST_UNIT_RUNTIME_LIBRARY_H

#include "core/Context.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <vector>

/// Standard normal values that depend on the seed alone.
inline std::vector<float> randomVector(size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float &value : values)
    value = normal(generator);
  return values;
}

/// Calls a library function with a context of `threads` threads.
inline int32_t call(int threads, wavrt_library_fn function,
                    const std::vector<void *> &buffers,
                    const std::vector<int64_t> &params,
                    const wavrt::Tiles &tiles = wavrt::findTiles()) {
  wavrt::Context context(threads, tiles);
  return wavrt_call(&context, 0, function, buffers.data(), params.data());
}

/// Every element within `tolerance` of the expected one, relative to the
/// largest expected magnitude.
inline void expectClose(const std::vector<float> &actual,
                        const std::vector<double> &expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 0, error = 0;
  size_t worst = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    double difference = std::abs(actual[i] - expected[i]);
    if (!(difference <= error)) // so that a NaN counts
      error = difference, worst = i;
  }
  EXPECT_LE(error, tolerance * largest)
      << "element " << worst << " is " << actual[worst] << ", not "
      << expected[worst];
}

#endif // WAV_TEST_UNIT_RUNTIME_LIBRARY_H
