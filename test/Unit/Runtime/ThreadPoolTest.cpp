//===- ThreadPoolTest.cpp - Tests of the thread pool ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "core/ThreadPool.h"

#include "gtest/gtest.h"

#include <numeric>

using namespace wavrt;

/// Every partition runs exactly once, in jobs of every size.
TEST(ThreadPool, RunsEachPartitionOnce) {
  for (int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.numThreads(), threads);
    for (int64_t partitions : {0, 1, 2, 7, 64, 1000}) {
      std::vector<int> runs(partitions);
      pool.parallelFor(partitions, [&](int64_t i) { ++runs[i]; });
      EXPECT_EQ(runs, std::vector<int>(partitions, 1));
    }
  }
}

/// More threads than anyone can use are not started.
TEST(ThreadPool, HasFewerThreadsThanNonsense) {
  ThreadPool pool(1000000);
  EXPECT_GE(pool.numThreads(), 1);
  EXPECT_LE(pool.numThreads(),
            16 * static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<int> runs(1000);
  pool.parallelFor(1000, [&](int64_t i) { ++runs[i]; });
  EXPECT_EQ(runs, std::vector<int>(1000, 1));
}

/// Back-to-back jobs: a thread that comes late to one job must not disturb the
/// next. More threads than processors makes it late often.
TEST(ThreadPool, SurvivesManySmallJobs) {
  ThreadPool pool(8);
  std::vector<int64_t> sums(4);
  for (int64_t job = 0; job < 20000; ++job)
    pool.parallelFor(1 + job % 4, [&](int64_t i) { sums[i] += job; });
  std::vector<int64_t> expected(4);
  for (int64_t job = 0; job < 20000; ++job)
    for (int64_t i = 0; i <= job % 4; ++i)
      expected[i] += job;
  EXPECT_EQ(sums, expected);
}

/// What partitions wrote is visible when the call returns.
TEST(ThreadPool, PublishesResults) {
  ThreadPool pool(3);
  std::vector<int64_t> values(100);
  for (int64_t round = 1; round <= 200; ++round) {
    pool.parallelFor(100, [&](int64_t i) { values[i] += i; });
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), int64_t(0)),
              round * 4950);
  }
}
