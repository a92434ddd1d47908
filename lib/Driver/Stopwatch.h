//===- Stopwatch.h - How long each step takes -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_STOPWATCH_H
#define WAV_LIB_DRIVER_STOPWATCH_H

#include "mlir/Support/LLVM.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

namespace mlir::wav {

/// Says on stderr what was done and how long it took.
class Stopwatch {
public:
  explicit Stopwatch(bool enabled) : enabled(enabled) {}

  void lap(StringRef what) {
    auto now = Clock::now();
    if (enabled)
      llvm::errs() << llvm::formatv(
          "{0,-12} {1,8:F1} ms\n", what,
          std::chrono::duration<double, std::milli>(now - start).count());
    start = now;
  }

private:
  using Clock = std::chrono::steady_clock;
  bool enabled;
  Clock::time_point start = Clock::now();
};

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_STOPWATCH_H
