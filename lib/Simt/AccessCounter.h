//===- AccessCounter.h - What a warp's accesses cost ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GPU serves the lanes of a warp together: one request for an instruction,
// global memory in sectors of 32 bytes, shared memory from 32 banks of 4 bytes.
// Here lanes run one after the other, so a request is what lanes did at the
// n-th time that each came to a place. That is what a GPU does where lanes do
// not diverge; where they do, it may need more.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_ACCESSCOUNTER_H
#define WAV_LIB_SIMT_ACCESSCOUNTER_H

#include "Site.h"

#include "wav/Simt/Executor.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/PointerIntPair.h"

#include <array>

namespace mlir::wav::simt {

class AccessCounter {
public:
  void beginLaunch();
  /// `address` is one of global memory, whose buffers begin at multiples of
  /// 256, or the offset in a shared variable, which begins at the first bank.
  void add(const Site &site, uint32_t thread, bool shared, bool writes,
           uint64_t address, uint64_t size);
  /// Requests are complete when their block is.
  void endBlock();

  /// By place, in the order of first access.
  std::vector<SimtAccess> take();

private:
  /// What the lanes of a warp access at once.
  struct Request {
    uint32_t lanes = 0;
    uint64_t size = 0;
    std::array<uint64_t, 32> addresses;
  };
  /// A site, and whether it accesses shared memory: a copy from global memory
  /// accesses both.
  using Place = llvm::PointerIntPair<const Site *, 1, bool>;
  using PlaceOf = std::pair<Place, uint32_t>;

  static uint64_t countSectors(const Request &request);
  static uint64_t countNeededSectors(const Request &request);
  static uint64_t countConflicts(const Request &request);

  llvm::MapVector<Place, SimtAccess> accesses;
  /// Of the present block: by warp, and how many each thread has made.
  llvm::DenseMap<PlaceOf, std::vector<Request>> requests;
  llvm::DenseMap<PlaceOf, uint32_t> numByThread;
};

/// Which sectors of global memory a launch touches.
class TrafficCounter {
public:
  void add(bool reads, bool writes, uint64_t address, uint64_t size);
  SimtTraffic take();

private:
  llvm::DenseSet<uint64_t> read, written;
};

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_ACCESSCOUNTER_H
