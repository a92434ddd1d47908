//===- WarpOps.cpp - What the lanes of a warp exchange --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Semantics: PTX ISA 8.7, "Parallel Synchronization and Communication
// Instructions" (9.7.13) and "Warp-level matrix instructions" (9.7.14), whose
// figures define the fragments. Each function reads the operands of all lanes
// before it writes a result: both are in the same slots.
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using namespace mlir::wav;
using namespace mlir::wav::simt;

/// Calls `apply` with each lane of `mask`.
template <typename Fn> static void forEachLane(uint32_t mask, Fn apply) {
  for (; mask; mask &= mask - 1)
    apply(static_cast<unsigned>(llvm::countr_zero(mask)));
}

void Machine::computeWarpOp(Thread *warp, uint32_t mask) {
  switch (current->site->op) {
  case Op::WarpSync:
    return orderLanes(mask);
  case Op::ShuffleIdx:
  case Op::ShuffleUp:
  case Op::ShuffleDown:
  case Op::ShuffleBfly:
    return shuffle(warp, mask);
  case Op::VoteAll:
  case Op::VoteAny:
  case Op::VoteUni:
  case Op::VoteBallot:
  case Op::MatchAny:
    return vote(warp, mask);
  case Op::MmaBF16:
    return multiplyMatrices(warp);
  case Op::LoadMatrix:
  case Op::LoadMatrixTransposed:
    return loadMatrices(warp);
  default:
    llvm_unreachable("not an operation of a warp");
  }
}

/// Operands: mask, value, lane operand, clamp. Results: value, predicate.
void Machine::shuffle(Thread *warp, uint32_t mask) {
  std::array<uint64_t, kWarpSize> values;
  forEachLane(mask, [&](unsigned lane) { values[lane] = warp[lane].slots[1]; });
  forEachLane(mask, [&](unsigned lane) {
    uint64_t *slots = warp[lane].slots;
    int operand = static_cast<int>(slots[2] & 31);
    int clamp = static_cast<int>(slots[3] & 31);
    int segment = static_cast<int>(slots[3] >> 8 & 31);
    int self = static_cast<int>(lane);
    int last = (self & segment) | (clamp & ~segment);
    int source = 0;
    bool inside = false;
    switch (warp[lane].site->op) {
    case Op::ShuffleUp:
      source = self - operand;
      inside = source >= last;
      break;
    case Op::ShuffleDown:
      source = self + operand;
      inside = source <= last;
      break;
    case Op::ShuffleBfly:
      source = self ^ operand;
      inside = source <= last;
      break;
    default:
      source = (self & segment) | (operand & ~segment);
      inside = source <= last;
      break;
    }
    if (!inside)
      source = self;
    if (!(mask >> source & 1)) {
      reports.add("wrong mask", warp[lane].index, *warp[lane].site,
                  [&](llvm::raw_ostream &os) {
                    os << warp[lane].site->name << " reads lane " << source
                       << ", which is not in its mask";
                  });
      source = self;
    }
    slots[0] = values[source];
    slots[1] = inside;
  });
}

/// Operands: mask, predicate or value. Results: predicate or lanes.
void Machine::vote(Thread *warp, uint32_t mask) {
  std::array<uint64_t, kWarpSize> values;
  uint32_t ballot = 0;
  forEachLane(mask, [&](unsigned lane) {
    values[lane] = warp[lane].slots[1];
    ballot |= static_cast<uint32_t>(values[lane] & 1) << lane;
  });
  forEachLane(mask, [&](unsigned lane) {
    uint64_t &result = warp[lane].slots[0];
    switch (current->site->op) {
    case Op::VoteAll:
      result = ballot == mask;
      break;
    case Op::VoteAny:
      result = ballot != 0;
      break;
    case Op::VoteUni:
      result = ballot == mask || ballot == 0;
      break;
    case Op::VoteBallot:
      result = ballot;
      break;
    default: { // MatchAny
      uint32_t same = 0;
      forEachLane(mask, [&](unsigned other) {
        same |= static_cast<uint32_t>(values[other] == values[lane]) << other;
      });
      result = same;
      break;
    }
    }
  });
}

/// The lower (0) or upper (1) bf16 of a register, as a number.
static double getBF16(uint64_t slot, unsigned half) {
  return llvm::bit_cast<float>(
      static_cast<uint32_t>(slot >> (16 * half) & 0xffff) << 16);
}

static float getF32(uint64_t slot) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(slot));
}

/// m16n8kK, K = 8 or 16. With g = lane / 4 and t = lane % 4, register r of A
/// holds row g + 8 (r % 2), columns 2t + 8 (r / 2) and the next; register r of
/// B rows 2t + 8r and the next, column g; element i of C and D row
/// g + 8 (i / 2), column 2t + i % 2. Sums are exact up to double precision,
/// then rounded once; a GPU keeps fewer bits.
void Machine::multiplyMatrices(Thread *warp) {
  unsigned depth = current->site->detail;
  unsigned numA = depth / 4, numB = depth / 8;
  double a[16][16], b[16][8];
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    const uint64_t *slots = warp[lane].slots;
    unsigned group = lane / 4, pair = 2 * (lane % 4);
    for (unsigned half = 0; half < 2; ++half) {
      for (unsigned r = 0; r < numA; ++r)
        a[group + 8 * (r % 2)][pair + 8 * (r / 2) + half] =
            getBF16(slots[r], half);
      for (unsigned r = 0; r < numB; ++r)
        b[pair + 8 * r + half][group] = getBF16(slots[numA + r], half);
    }
  }
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    uint64_t *slots = warp[lane].slots;
    unsigned group = lane / 4, pair = 2 * (lane % 4);
    std::array<float, 4> result;
    for (unsigned i = 0; i < 4; ++i) {
      double sum = getF32(slots[numA + numB + i]);
      for (unsigned k = 0; k < depth; ++k)
        sum += a[group + 8 * (i / 2)][k] * b[k][pair + i % 2];
      result[i] = static_cast<float>(sum);
    }
    for (unsigned i = 0; i < 4; ++i)
      slots[i] = llvm::bit_cast<uint32_t>(result[i]);
  }
}

/// Lane 8i + j gives the address of row j of matrix i, which is 16 bytes;
/// every lane gets of each matrix row lane / 4, columns 2 (lane % 4) and the
/// next, or that of the transpose.
void Machine::loadMatrices(Thread *warp) {
  const Site &site = *current->site;
  bool transposed = site.op == Op::LoadMatrixTransposed;
  uint16_t matrices[4][8][8];
  for (unsigned lane = 0; lane < 8 * site.detail; ++lane) {
    auto *row = reinterpret_cast<void *>(warp[lane].slots[0]);
    if (check)
      row = memory.access(warp[lane], site, row, 16);
    std::memcpy(matrices[lane / 8][lane % 8], row, 16);
  }
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    for (unsigned i = 0; i < site.detail; ++i) {
      unsigned row = lane / 4, column = 2 * (lane % 4);
      auto &matrix = matrices[i];
      uint32_t low = transposed ? matrix[column][row] : matrix[row][column];
      uint32_t high =
          transposed ? matrix[column + 1][row] : matrix[row][column + 1];
      warp[lane].slots[i] = high << 16 | low;
    }
}
