//===- Occupancy.cpp - How many threads an SM holds -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/Occupancy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace {
/// What an SM has, and how many SMs the largest GPU of a chip's kind has that
/// is sold for computing: A100, A40, Orin, L40S, H100, B200, B300, RTX PRO
/// 6000, GB10.
struct Limits {
  unsigned chip;
  int64_t threads, blocks, sharedBytes, multiprocessors;
};
} // namespace

static constexpr int64_t kRegisters = 64 * 1024, kWarp = 32;
static constexpr Limits kLimits[] = {
    {80, 2048, 32, 164 << 10, 108},  {86, 1536, 16, 100 << 10, 84},
    {87, 1536, 16, 164 << 10, 16},   {89, 1536, 24, 100 << 10, 142},
    {90, 2048, 32, 228 << 10, 132},  {100, 2048, 32, 228 << 10, 148},
    {103, 2048, 32, 228 << 10, 148}, {120, 1536, 24, 100 << 10, 188},
    {121, 1536, 24, 100 << 10, 48},
};

/// What a block costs besides the shared memory that it asks for.
static constexpr int64_t kBlockSharedBytes = 1024;

/// Null if the chip is not known.
static const Limits *getLimits(StringRef chip) {
  unsigned number = 0;
  if (!chip.consume_front("sm_") || chip.consumeInteger(10, number))
    return nullptr;
  const Limits *limits =
      llvm::find_if(kLimits, [&](auto &row) { return row.chip == number; });
  return limits == std::end(kLimits) ? nullptr : limits;
}

int64_t wav::getBlockSharedBytes(StringRef chip) {
  const Limits *limits = getLimits(chip);
  if (!limits)
    limits = llvm::min_element(kLimits, [](auto &lhs, auto &rhs) {
      return lhs.sharedBytes < rhs.sharedBytes;
    });
  return limits->sharedBytes - kBlockSharedBytes;
}

int64_t wav::getMultiprocessors(StringRef chip) {
  const Limits *limits = getLimits(chip);
  return limits ? limits->multiprocessors : 128;
}

std::optional<double> wav::getOccupancy(StringRef chip, int64_t threads,
                                        int64_t registers,
                                        int64_t sharedBytes) {
  const Limits *limits = getLimits(chip);
  if (!limits)
    return std::nullopt;
  int64_t warps = llvm::divideCeil(threads, kWarp);
  int64_t warpRegisters = llvm::alignTo(registers * kWarp, 256);
  int64_t blockShared = llvm::alignTo(sharedBytes, 128) + kBlockSharedBytes;
  int64_t blocks = std::min(limits->blocks, limits->threads / kWarp / warps);
  if (warpRegisters)
    blocks = std::min(blocks, kRegisters / warpRegisters / warps);
  blocks = std::min(blocks, limits->sharedBytes / blockShared);
  return 100.0 * double(blocks * warps * kWarp) / double(limits->threads);
}
