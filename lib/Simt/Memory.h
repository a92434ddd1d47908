//===- Memory.h - What threads access, and when -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The memory that kernels may touch, and the checks of each access: bounds,
// alignment, what was never written, and races.
//
// Two accesses race if a write is among them and nothing orders them, whatever
// order this run had. Order comes from the barriers of a block, which a clock
// counts (`time`), and from those of a warp, for which each lane keeps what it
// knows of the others (`Lane::clocks`, vector clocks). Blocks of a launch are
// not ordered. For each granule of memory the last write and the last reads
// are kept: that finds a race at the later of its two accesses.
//
// Limits: of several readers in different warps one is named; in global memory
// a granule is four bytes, and when threads write different bytes of it only
// the last of them is remembered.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_MEMORY_H
#define WAV_LIB_SIMT_MEMORY_H

#include "AccessCounter.h"
#include "Reports.h"

#include <array>
#include <cstdlib>
#include <map>
#include <memory>

namespace mlir::wav::simt {

constexpr unsigned kWarpSize = 32;
constexpr unsigned kMaxThreads = 1024;
/// Shared memory of a block on sm_90.
constexpr size_t kMaxSharedBytes = 227 * 1024;

/// What the checks must know of a thread.
struct Lane {
  uint32_t index = 0;
  /// Its stack.
  char *stackBegin = nullptr, *stackEnd = nullptr;
  /// The latest access of each lane of the warp that precedes what this lane
  /// does now, as `clocks` of that lane had it; of itself, the present.
  std::array<uint32_t, kWarpSize> clocks;

  unsigned getWarp() const { return index / kWarpSize; }
  unsigned getLane() const { return index % kWarpSize; }
  uint32_t getClock() const { return clocks[getLane()]; }
};

class Memory {
public:
  explicit Memory(Reports &reports);
  ~Memory();

  /// Memory of the host that kernels may access.
  void addBuffer(void *data, size_t bytes, StringRef name);
  void removeBuffer(void *data);

  /// Places a variable in shared memory, at no better alignment than it asks
  /// for, or returns null if it is too large for a block.
  void *addShared(StringRef name, size_t bytes, size_t alignment);
  /// Says where the dynamic part begins. Once.
  void *addDynamicShared(size_t alignment);

  /// `arguments` of the kernel are for descriptions.
  void beginLaunch(size_t dynamicSharedBytes, ArrayRef<void *> arguments);
  void beginBlock();
  /// All threads have met: what follows is ordered after what was.
  void passBarrier() { ++time; }

  /// Checks an access. Returns the address to use: if the memory must not be
  /// touched, or was never written, one of scratch full of NaNs.
  void *access(const Lane &lane, const Site &site, void *address,
               uint64_t size);
  /// Whether a copy or fill of any size may be done.
  bool accessRange(const Lane &lane, const Site &site, void *address,
                   uint64_t size, bool writes);

  /// An asynchronous copy to `address` begins or has been waited for. Returns
  /// false if it must not be done.
  bool beginAsyncWrite(const Lane &lane, const Site &site, void *address,
                       uint64_t size);
  void endAsyncWrite(const Lane &lane, void *address, uint64_t size);

  /// Null unless accesses are counted.
  std::unique_ptr<AccessCounter> counter;
  /// Null if traffic is not counted.
  std::unique_ptr<TrafficCounter> traffic;

private:
  enum Kind : uint8_t { Reads = 1, Writes = 2, Updates = 3, Pends = 4 };

  struct Write {
    uint32_t time, clock;
    uint16_t thread;
    uint8_t bytes;
    Kind kind;
  };
  /// The readers since `time`: lanes of one warp, or `severalWarps`; and
  /// whether blocks before this one in the launch read too.
  struct Read {
    uint32_t time, clock, lanes;
    uint16_t thread;
    uint8_t bytes;
    bool severalWarps : 1, otherBlocks : 1;
  };
  struct Granule {
    Write write;
    Read read;
  };
  struct Free {
    void operator()(void *data) const { free(data); }
  };
  struct Region {
    char *begin, *end;
    std::string name;
    bool shared;
    /// Where it might begin on a device, for counting; of shared memory, 0.
    uint64_t deviceAddress;
    /// Made at the first access. Time 0 is before everything.
    std::unique_ptr<Granule[], Free> granules;

    /// Of a granule.
    unsigned getLogBytes() const { return shared ? 0 : 2; }
    bool contains(const char *address, uint64_t size) const {
      return address >= begin && address <= end &&
             size <= static_cast<uint64_t>(end - address);
    }
  };

  Region *find(const char *address);
  bool isOwnStack(const Lane &lane, const char *address, uint64_t size);
  bool check(const Lane &lane, const Site &site, char *address, uint64_t size,
             Kind kind);
  /// Reports what is wrong with touching some bytes of a granule, if anything.
  struct Finding {
    bool reported = false;
    /// There is nothing to read.
    bool noValue = false;
  };
  Finding examine(const Lane &lane, const Site &site, const Region &region,
                  const Granule &granule, uint8_t bytes, const char *address,
                  uint64_t size, Kind kind);
  void record(const Lane &lane, const Region &region, Granule &granule,
              uint8_t bytes, Kind kind);
  void recordRead(const Lane &lane, const Region &region, Read &read,
                  uint8_t bytes);
  bool isOrdered(const Lane &lane, const Write &write) const;
  bool isOrdered(const Lane &lane, const Read &read) const;
  Granule &granuleAt(Region &region, uint64_t index);

  void describe(llvm::raw_ostream &os, const char *address, uint64_t size,
                Kind kind);
  void reportRace(const Lane &lane, const Site &site, const Region &region,
                  const char *address, uint64_t size, Kind kind,
                  uint32_t otherTime, uint32_t otherThread, bool otherBlocks,
                  StringRef didWhat);

  Reports &reports;
  /// By end address, so that `upper_bound(address)` is the candidate.
  std::map<char *, Region> regions;
  Region *latest = nullptr;
  uint64_t nextDeviceAddress = 0;
  /// Shared memory: variables with gaps between them.
  char *sharedBegin, *sharedNext;
  char *dynamicShared = nullptr;
  /// Where accesses go that must not happen.
  alignas(64) std::array<char, 256> scratch;
  uint32_t time = 1, launchStart = 1, blockStart = 1;
  std::vector<uint32_t> blockStarts;
  ArrayRef<void *> arguments;
};

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_MEMORY_H
