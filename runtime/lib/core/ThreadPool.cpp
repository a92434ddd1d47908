//===- ThreadPool.cpp - One deterministic pool of threads -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include <algorithm>
#include <chrono>
#include <system_error>

using namespace wavrt;

/// Launches of a step follow each other within microseconds, and a futex costs
/// several: look this long before sleeping.
static constexpr auto spinTime = std::chrono::microseconds(20);

/// Threads a processor; with more, all they do is to wake each other.
static constexpr int mostThreads = 16;

static int numProcessors() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// Waits while `value` is `old`: briefly busy if allowed, then asleep.
template <typename T>
static void waitWhile(const std::atomic<T> &value, T old, bool spin) {
  if (spin) {
    auto end = std::chrono::steady_clock::now() + spinTime;
    do {
      for (int i = 0; i < 32; ++i) {
        if (value.load(std::memory_order_acquire) != old)
          return;
        __builtin_ia32_pause();
      }
    } while (std::chrono::steady_clock::now() < end);
  }
  value.wait(old, std::memory_order_acquire);
}

ThreadPool::ThreadPool(int threads) {
  const int processors = numProcessors();
  if (threads <= 0)
    threads = processors;
  threads = std::min(threads, mostThreads * processors);
  start(threads);
  if (int started = numThreads(); started < threads) {
    // At the limit nothing else of the user's could start: leave it half.
    stop();
    start(std::min(processors, (started + 1) / 2));
  }
}

ThreadPool::~ThreadPool() { stop(); }

/// Starts workers until there are `threads`, or as many as the system allows.
void ThreadPool::start(int threads) try {
  stopping = false;
  // With more threads than processors, a spinning thread keeps the one that it
  // waits for from running.
  spin = threads <= numProcessors();
  while (numThreads() < threads)
    workers.emplace_back([this] { work(); });
} catch (const std::system_error &) {
}

void ThreadPool::stop() {
  stopping = true;
  generation.fetch_add(1);
  generation.notify_all();
  for (std::thread &worker : workers)
    worker.join();
  workers.clear();
}

void ThreadPool::run(int64_t partitions, Thunk newThunk,
                     const void *newObject) {
  if (workers.empty() || partitions <= 1) {
    for (int64_t i = 0; i < partitions; ++i)
      newThunk(newObject, i);
    return;
  }
  thunk = newThunk;
  object = newObject;
  numPartitions = partitions;
  unfinished.store(partitions, std::memory_order_relaxed);
  unclaimed.store(partitions, std::memory_order_release);
  generation.fetch_add(1, std::memory_order_release);
  generation.notify_all();

  takePartitions();
  for (int64_t left; (left = unfinished.load(std::memory_order_acquire));)
    waitWhile(unfinished, left, spin);
}

void ThreadPool::takePartitions() {
  int64_t left = unclaimed.load(std::memory_order_acquire);
  while (left > 0) {
    if (!unclaimed.compare_exchange_weak(left, left - 1,
                                         std::memory_order_acq_rel,
                                         std::memory_order_acquire))
      continue;
    thunk(object, numPartitions - left);
    if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1)
      unfinished.notify_one();
    left = unclaimed.load(std::memory_order_acquire);
  }
}

void ThreadPool::work() {
  uint32_t seen = 0;
  for (;;) {
    waitWhile(generation, seen, spin);
    seen = generation.load(std::memory_order_acquire);
    if (stopping)
      return;
    takePartitions();
  }
}
