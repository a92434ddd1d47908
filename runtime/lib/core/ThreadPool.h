//===- ThreadPool.h - One deterministic pool of threads ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The caller fixes what each partition computes, from shapes alone; the pool
// only decides which thread runs it and when. So results do not depend on the
// number of threads as long as partitions write disjoint memory.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CORE_THREADPOOL_H
#define WAVRT_LIB_CORE_THREADPOOL_H

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace wavrt {

class ThreadPool {
public:
  /// `threads` counts the calling thread; 0 means one for each processor. Where
  /// the system does not allow as many, or nobody could use them, there are
  /// fewer: see numThreads.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int numThreads() const { return static_cast<int>(workers.size()) + 1; }

  /// Calls body(partition) once for each partition in [0, partitions) and
  /// returns when all are done; the calling thread takes part. `body` must not
  /// throw. One call at a time, and none from inside a body.
  template <typename Body>
  void parallelFor(int64_t partitions, const Body &body) {
    run(
        partitions,
        [](const void *object, int64_t partition) {
          (*static_cast<const Body *>(object))(partition);
        },
        &body);
  }

private:
  using Thunk = void (*)(const void *object, int64_t partition);

  void run(int64_t partitions, Thunk thunk, const void *object);
  void takePartitions();
  void work();
  void start(int threads);
  void stop();

  // The job. Written while nothing is unclaimed, and read only between claiming
  // a partition and finishing it; so a thread that comes late to a job finds
  // nothing, or takes part in the next.
  Thunk thunk = nullptr;
  const void *object = nullptr;
  int64_t numPartitions = 0;

  alignas(64) std::atomic<int64_t> unclaimed = 0;
  alignas(64) std::atomic<int64_t> unfinished = 0;
  /// Changes with every job; what idle workers wait on.
  alignas(64) std::atomic<uint32_t> generation = 0;
  std::atomic<bool> stopping = false;
  bool spin = false;
  std::vector<std::thread> workers;
};

} // namespace wavrt

#endif // WAVRT_LIB_CORE_THREADPOOL_H
