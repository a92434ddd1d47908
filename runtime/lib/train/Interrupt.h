//===- Interrupt.h - Ctrl-C and termination ---------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_INTERRUPT_H
#define WAVRT_TRAIN_INTERRUPT_H

#include <csignal>

namespace wavrt {

/// While one lives, the first SIGINT or SIGTERM only sets a flag; a second one
/// of the same kind ends the program at once.
class InterruptGuard {
public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;
  ~InterruptGuard();

  bool requested() const;

private:
  struct sigaction previousInterrupt, previousTerminate;
};

} // namespace wavrt

#endif // WAVRT_TRAIN_INTERRUPT_H
