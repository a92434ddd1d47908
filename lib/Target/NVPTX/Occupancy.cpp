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
/// What an SM has.
struct Limits {
  unsigned chip;
  int64_t threads, blocks, sharedBytes;
};
} // namespace

static constexpr int64_t kRegisters = 64 * 1024, kWarp = 32;
static constexpr Limits kLimits[] = {
    {80, 2048, 32, 164 << 10},  {86, 1536, 16, 100 << 10},
    {87, 1536, 16, 164 << 10},  {89, 1536, 24, 100 << 10},
    {90, 2048, 32, 228 << 10},  {100, 2048, 32, 228 << 10},
    {103, 2048, 32, 228 << 10}, {120, 1536, 24, 100 << 10},
    {121, 1536, 24, 100 << 10},
};

std::optional<double> wav::getOccupancy(StringRef chip, int64_t threads,
                                        int64_t registers,
                                        int64_t sharedBytes) {
  unsigned number = 0;
  if (!chip.consume_front("sm_") || chip.consumeInteger(10, number))
    return std::nullopt;
  const Limits *limits =
      llvm::find_if(kLimits, [&](auto &row) { return row.chip == number; });
  if (limits == std::end(kLimits))
    return std::nullopt;
  int64_t warps = llvm::divideCeil(threads, kWarp);
  int64_t warpRegisters = llvm::alignTo(registers * kWarp, 256);
  int64_t blockShared = llvm::alignTo(sharedBytes, 128) + 1024;
  int64_t blocks = std::min(limits->blocks, limits->threads / kWarp / warps);
  if (warpRegisters)
    blocks = std::min(blocks, kRegisters / warpRegisters / warps);
  blocks = std::min(blocks, limits->sharedBytes / blockShared);
  return 100.0 * double(blocks * warps * kWarp) / double(limits->threads);
}
