//===- random.h - Counter-based random numbers ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every random number of a training program is a pure function of
// (seed, stream, step, index), so nothing depends on history: a resumed run
// draws what the uninterrupted one would have drawn, in any order, on any
// number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_RANDOM_H
#define WAVRT_RANDOM_H

#include <array>
#include <cstdint>

namespace wavrt {

/// Philox4x32 with ten rounds: Salmon, Moraes, Dror and Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", SC11, section 3.3.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter,
                                   std::array<uint32_t, 2> key);

/// What a number is for. The values are part of the format of a run: changing
/// one changes every result.
enum class Stream : uint32_t {
  Parameters = 0,
  TrainingBatches = 1,
  EvaluationBatches = 2,
  Generation = 3,
  /// Stream n of a program's inputs (docs/manifest.md) is this one plus n.
  Inputs = 16
};

/// The numbers of one stream: Philox4x32-10 with key = seed and
/// counter = (index, low and high half of step, stream).
class Random {
public:
  Random(uint64_t seed, Stream stream) : seed(seed), stream(stream) {}

  uint64_t bits(uint64_t step, uint32_t index) const;

  /// In [0, bound), for bound >= 1.
  int64_t below(int64_t bound, uint64_t step, uint32_t index) const;

  /// In [0, 1), a multiple of 2^-53.
  double uniform(uint64_t step, uint32_t index) const;

  /// Two independent standard normal numbers (Box-Muller, in double).
  std::array<double, 2> normalPair(uint64_t step, uint32_t index) const;

private:
  std::array<uint32_t, 4> block(uint64_t step, uint32_t index) const;

  uint64_t seed;
  Stream stream;
};

} // namespace wavrt

#endif // WAVRT_RANDOM_H
