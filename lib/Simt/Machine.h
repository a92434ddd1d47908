//===- Machine.h - Blocks of threads as fibers ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs blocks one after the other. A thread runs until it has to wait for
// others, then the next that can run goes on: in turn, or in an order drawn
// from the seed. Compiled code comes back through the functions of `Hooks`.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_MACHINE_H
#define WAV_LIB_SIMT_MACHINE_H

#include "Memory.h"

#include "wav/Simt/Executor.h"

#include <boost/context/detail/fcontext.hpp>

#include <deque>
#include <random>

namespace mlir::wav::simt {

class Machine;

/// Compiled code of a kernel: unpacks its arguments and runs one thread.
using KernelEntry = void (*)(void *const *arguments);

/// What compiled code calls. Operands and results of `execute` are 64-bit
/// slots.
struct Hooks {
  using Access = void *(Machine *, const Site *, void *address);
  using Copy = void(Machine *, const Site *, void *to, const void *from,
                    uint64_t bytes);
  using Set = void(Machine *, const Site *, void *to, uint8_t value,
                   uint64_t bytes);
  using Execute = void(Machine *, const Site *, uint64_t *slots);
  static Access access;
  static Copy copy;
  static Set set;
  static Execute execute;
};

struct Thread : Lane {
  enum State : uint8_t { CanRun, AtBarrier, AtWarpOp, Ended };

  State state;
  /// While it waits: where, with what, and for which lanes.
  const Site *site;
  uint64_t *slots;
  uint32_t mask;
  boost::context::detail::fcontext_t context;

  /// Copies that have begun, and the group that the next one belongs to.
  struct AsyncCopy {
    const Site *site;
    char *to;
    const char *from;
    uint32_t bytes, bytesRead;
    uint32_t group;
  };
  std::deque<AsyncCopy> copies;
  uint32_t group;
};

class Machine {
public:
  explicit Machine(const SimtOptions &options);
  ~Machine();

  void setSeed(uint64_t seed);

  Reports reports;
  Memory memory;

  /// Runs all blocks, or up to one that cannot end. Reports say so.
  void run(KernelEntry entry, void *const *arguments, int64_t grid,
           uint32_t threads);

private:
  friend struct Hooks;

  // Scheduling.
  bool runBlock();
  static void threadMain(boost::context::detail::transfer_t transfer);
  void switchTo(boost::context::detail::fcontext_t to,
                boost::context::detail::fcontext_t &from);
  Thread *takeReady();
  void makeReady(Thread &thread);
  /// Lets others run until `current` can, which may be at once.
  void wait();
  /// Ends the launch. Does not return.
  [[noreturn]] void stop();

  // Operations.
  void execute(const Site &site, uint64_t *slots);
  uint64_t readRegister(Register which) const;
  void arriveAtBarrier(const Site &site, uint64_t *slots);
  void arriveAtWarpOp(const Site &site, uint64_t *slots);
  bool warpMeets();
  void orderLanes(uint32_t mask);
  void beginCopy(const Site &site, uint64_t *slots);
  void finishCopies(uint32_t groupsLeft);

  // WarpOps.cpp: what lanes that have met exchange.
  void computeWarpOp(Thread *warp, uint32_t mask);
  void shuffle(Thread *warp, uint32_t mask);
  void vote(Thread *warp, uint32_t mask);
  void multiplyMatrices(Thread *warp);
  void loadMatrices(Thread *warp);

  // Why nothing can go on.
  void reportStandstill();
  void describeWait(llvm::raw_ostream &os, const Thread &thread) const;

  bool check;
  std::minstd_rand random;
  bool shuffled = false;

  std::vector<Thread> threads;
  char *stacks;
  KernelEntry entry = nullptr;
  void *const *arguments = nullptr;
  int64_t grid = 0, block = 0;
  uint32_t numThreads = 0;

  Thread *current = nullptr;
  boost::context::detail::fcontext_t scheduler = nullptr;
  /// Where the context of whoever was left belongs.
  boost::context::detail::fcontext_t *leaving = nullptr;
  /// A ring of threads that can run; each is in it at most once.
  std::array<Thread *, kMaxThreads> ready;
  uint32_t readyBegin = 0, numReady = 0;
  uint32_t numAtBarrier = 0, numEnded = 0;
  bool stopped = false;
};

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_MACHINE_H
