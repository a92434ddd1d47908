//===- Interrupt.h - The signals of a training run --------------*- C++ -*-===//
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

/// Turns the signals that a run may get into requests, which it serves between
/// two steps:
///
///   HUP, INT, TERM   to stop; of the same kind once more, INT and TERM end
///                    the program at once
///   USR1             to write a checkpoint and go on
///   PIPE, XFSZ       none: what cannot be written is an error of the write
///
/// A signal that was ignored before stays so, as `nohup` wants it. All this
/// holds to the end of the program, which has an exit code and a last line to
/// deliver after the run.
class InterruptGuard {
public:
  /// Catches USR1, PIPE and XFSZ.
  InterruptGuard();
  InterruptGuard(const InterruptGuard &) = delete;
  InterruptGuard &operator=(const InterruptGuard &) = delete;

  /// Catches the others too. Before, there is nothing to save, and they end
  /// the program as they always do.
  void begin();

  /// The first signal that asked to stop, or 0.
  int stopSignal() const;

  /// Whether a checkpoint was asked for since the last call.
  bool takeSaveRequest();

private:
  static constexpr int stopSignals[] = {SIGHUP, SIGINT, SIGTERM};

  bool ignored[3];
};

} // namespace wavrt

#endif // WAVRT_TRAIN_INTERRUPT_H
