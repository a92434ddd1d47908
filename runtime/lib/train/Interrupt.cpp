//===- Interrupt.cpp - The signals of a training run ----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"

#include <atomic>
#include <cstdint>
#include <ctime>
#include <iterator>

using namespace wavrt;

// Handlers may run in any thread; lock-free atomics are safe in them.
static std::atomic<int> stopRequest;
static std::atomic<bool> saveRequest;
static std::atomic<int64_t> firstTime[NSIG]; ///< Nanoseconds; 0: not yet.

/// One event may send a signal twice: `timeout` signals its child and then its
/// group. A hand that presses Ctrl-C again takes longer.
static constexpr int64_t sameEvent = 100'000'000;

static int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

static void handleStop(int signal) {
  int none = 0;
  stopRequest.compare_exchange_strong(none, signal);
  int64_t time = now(), first = 0;
  // A terminal that closes says so several times, through the kernel and
  // through the shell: a repeated HUP is no impatience.
  if (!firstTime[signal].compare_exchange_strong(first, time) &&
      signal != SIGHUP && time - first > sameEvent) {
    std::signal(signal, SIG_DFL);
    std::raise(signal); // Comes when this handler returns.
  }
}

static bool isIgnored(int signal) {
  struct sigaction action;
  return sigaction(signal, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

static void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

InterruptGuard::InterruptGuard() {
  for (size_t i = 0; i != std::size(stopSignals); ++i)
    ignored[i] = isIgnored(stopSignals[i]);
  saveRequest = false;
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);
  if (!isIgnored(SIGUSR1))
    handle(SIGUSR1, [](int) { saveRequest = true; });
}

void InterruptGuard::begin() {
  stopRequest = 0;
  for (auto &time : firstTime)
    time = 0;
  for (size_t i = 0; i != std::size(stopSignals); ++i)
    handle(stopSignals[i], ignored[i] ? SIG_IGN : handleStop);
}

int InterruptGuard::stopSignal() const { return stopRequest; }

bool InterruptGuard::takeSaveRequest() { return saveRequest.exchange(false); }
