//===- Memory.cpp - What threads access, and when -------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/mman.h>

using namespace mlir;
using namespace mlir::wav::simt;

/// Reserved for the shared variables of all kernels of a module.
static constexpr size_t kSharedArena = 64 << 20;
/// Between variables, so that running over the end of one is seen.
static constexpr size_t kGap = 1024;
/// Of what a device allocates.
static constexpr uint64_t kDeviceAlignment = 256;

Memory::Memory(Reports &reports) : reports(reports) {
  void *arena = mmap(nullptr, kSharedArena, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED)
    llvm::report_fatal_error("out of memory for shared memory");
  sharedBegin = static_cast<char *>(arena);
  sharedNext = sharedBegin + kGap;
  scratch.fill(static_cast<char>(0xff));
}

Memory::~Memory() { munmap(sharedBegin, kSharedArena); }

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

void Memory::addBuffer(void *data, size_t bytes, StringRef name) {
  auto *begin = static_cast<char *>(data);
  regions[begin + bytes] = {begin, begin + bytes,     name.str(),
                            false, nextDeviceAddress, nullptr};
  nextDeviceAddress =
      llvm::alignTo(nextDeviceAddress + bytes, kDeviceAlignment);
}

void Memory::removeBuffer(void *data) {
  latest = nullptr;
  auto next = regions.upper_bound(static_cast<char *>(data));
  if (next != regions.end() && next->second.begin == data)
    regions.erase(next);
}

void *Memory::addShared(StringRef name, size_t bytes, size_t alignment) {
  if (bytes > kMaxSharedBytes)
    return nullptr;
  // An odd multiple, so that a wrong claim shows.
  char *begin = reinterpret_cast<char *>(llvm::alignTo(
                    reinterpret_cast<uintptr_t>(sharedNext), 2 * alignment)) +
                alignment;
  if (begin + kMaxSharedBytes + kGap > sharedBegin + kSharedArena)
    return nullptr;
  regions[begin + bytes] = {begin, begin + bytes, name.str(), true, 0, nullptr};
  sharedNext = begin + bytes + kGap;
  return begin;
}

void *Memory::addDynamicShared(size_t alignment) {
  dynamicShared = static_cast<char *>(
      addShared("dynamic shared memory", kMaxSharedBytes, alignment));
  return dynamicShared;
}

void Memory::beginLaunch(size_t dynamicSharedBytes,
                         ArrayRef<void *> kernelArguments) {
  arguments = kernelArguments;
  latest = nullptr;
  if (dynamicShared) {
    auto node = regions.extract(regions.upper_bound(dynamicShared));
    char *end = dynamicShared + dynamicSharedBytes;
    // The key of an empty region must not hide the one that follows it.
    node.key() = std::max(end, dynamicShared + 1);
    node.mapped().end = end;
    regions.insert(std::move(node));
  }
  // Long before the clock overflows, forget the past.
  if (time > UINT32_MAX / 2) {
    time = 1;
    for (auto &[end, region] : regions)
      region.granules.reset();
  }
  launchStart = time + 1;
  blockStarts.clear();
  if (counter)
    counter->beginLaunch();
}

void Memory::beginBlock() {
  blockStart = ++time;
  blockStarts.push_back(time);
  if (counter)
    counter->endBlock(); // The one before.
}

Memory::Region *Memory::find(const char *address) {
  auto holds = [&](const Region &region) {
    return address >= region.begin && address < region.end;
  };
  if (latest && holds(*latest))
    return latest;
  auto next = regions.upper_bound(const_cast<char *>(address));
  if (next == regions.end() || !holds(next->second))
    return nullptr;
  return latest = &next->second;
}

bool Memory::isOwnStack(const Lane &lane, const char *address, uint64_t size) {
  return address >= lane.stackBegin && address < lane.stackEnd &&
         size <= static_cast<uint64_t>(lane.stackEnd - address);
}

Memory::Granule &Memory::granuleAt(Region &region, uint64_t index) {
  if (!region.granules) {
    // The dynamic part of shared memory grows from launch to launch.
    uint64_t bytes =
        region.shared ? kMaxSharedBytes : region.end - region.begin;
    region.granules.reset(static_cast<Granule *>(
        calloc((bytes >> region.getLogBytes()) + 1, sizeof(Granule))));
    if (!region.granules)
      llvm::report_fatal_error("out of memory for the shadow of a buffer");
  }
  return region.granules[index];
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

bool Memory::isOrdered(const Lane &lane, const Write &write) const {
  if (write.time != time)
    return write.time < launchStart || write.time >= blockStart;
  unsigned other = write.thread % kWarpSize;
  return write.thread == lane.index ||
         (write.thread / kWarpSize == lane.getWarp() &&
          lane.clocks[other] >= write.clock);
}

bool Memory::isOrdered(const Lane &lane, const Read &read) const {
  if (read.time < launchStart)
    return true;
  if (read.time < blockStart || read.otherBlocks)
    return false;
  if (read.time < time)
    return true;
  if (read.severalWarps)
    return false;
  uint32_t others = read.lanes;
  if (read.thread / kWarpSize != lane.getWarp())
    return false;
  others &= ~(1u << lane.getLane());
  for (; others; others &= others - 1)
    if (lane.clocks[llvm::countr_zero(others)] < read.clock)
      return false;
  return true;
}

void Memory::recordRead(const Lane &lane, const Region &region, Read &read,
                        uint8_t bytes) {
  uint32_t self = 1u << lane.getLane();
  auto thread = static_cast<uint16_t>(lane.index);
  if (read.time == time) {
    if (read.severalWarps) {
      read.bytes |= bytes;
      return;
    }
    if (read.thread / kWarpSize != lane.getWarp()) {
      read.severalWarps = true;
      read.bytes |= bytes;
      return;
    }
    // Earlier readers matter only until they are ordered before this one.
    if (!isOrdered(lane, read)) {
      read.lanes |= self;
      read.clock = std::max(read.clock, lane.getClock());
      read.bytes |= bytes;
      return;
    }
    read = {time, lane.getClock(), self, thread, bytes, false, false};
    return;
  }
  bool otherBlocks = !region.shared && read.time >= launchStart &&
                     (read.time < blockStart || read.otherBlocks);
  read = {time, lane.getClock(), self, thread, bytes, false, otherBlocks};
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static StringRef getVerb(bool writes) { return writes ? "writes" : "reads"; }

void Memory::describe(llvm::raw_ostream &os, const char *address, uint64_t size,
                      Kind kind) {
  os << (kind == Updates ? "updates" : getVerb(kind != Reads)) << ' ' << size
     << " bytes at ";
  // Of an address in no region, the region that it seems to be meant for.
  constexpr int64_t kNear = 1 << 20;
  const Region *region = find(address);
  if (!region) {
    auto next = regions.upper_bound(const_cast<char *>(address));
    if (next != regions.begin() &&
        address - std::prev(next)->second.end < kNear)
      region = &std::prev(next)->second;
    else if (next != regions.end() && next->second.begin - address < kNear)
      region = &next->second;
  }
  if (!region) {
    os << "an address in no buffer";
    return;
  }
  int64_t offset = address - region->begin;
  os << region->name << (offset < 0 ? " - " : " + ") << std::abs(offset)
     << " of " << region->end - region->begin << " bytes";
  // A buffer may be a part of a region: the argument closest before.
  const auto *closest = arguments.end();
  for (const auto *it = arguments.begin(); it != arguments.end(); ++it)
    if (*it > region->begin && *it <= address &&
        (closest == arguments.end() || *it > *closest))
      closest = it;
  if (closest != arguments.end())
    os << " (argument " << closest - arguments.begin() << " + "
       << address - static_cast<const char *>(*closest) << ')';
}

void Memory::reportRace(const Lane &lane, const Site &site,
                        const Region &region, const char *address,
                        uint64_t size, Kind kind, uint32_t otherTime,
                        uint32_t otherThread, bool otherBlocks,
                        StringRef didWhat) {
  otherBlocks |= otherTime < blockStart;
  const char *what = otherBlocks     ? "race between blocks"
                     : region.shared ? "race on shared memory"
                                     : "race on global memory";
  reports.add(what, lane.index, site, [&](llvm::raw_ostream &os) {
    describe(os, address, size, kind);
    if (otherTime >= blockStart && otherBlocks)
      os << "; another block " << didWhat;
    else if (otherBlocks)
      os << "; thread " << otherThread << " of block "
         << llvm::upper_bound(blockStarts, otherTime) - blockStarts.begin() - 1
         << ' ' << didWhat;
    else
      os << "; thread " << otherThread << ' ' << didWhat
         << " with no barrier between";
  });
}

Memory::Finding Memory::examine(const Lane &lane, const Site &site,
                                const Region &region, const Granule &granule,
                                uint8_t bytes, const char *address,
                                uint64_t size, Kind kind) {
  const Write &write = granule.write;
  const Read &read = granule.read;
  bool usesValue = kind == Reads || kind == Updates;
  // Shared memory begins anew with each block.
  uint32_t start = region.shared ? blockStart : launchStart;

  if (region.shared && usesValue && write.time < start) {
    reports.add("read of unwritten shared memory", lane.index, site,
                [&](auto &os) { describe(os, address, size, kind); });
    return {true, true};
  }
  if ((write.bytes & bytes) && write.time >= start) {
    if (usesValue && write.kind == Pends) {
      reports.add("read of shared memory that cp.async is writing", lane.index,
                  site, [&](llvm::raw_ostream &os) {
                    describe(os, address, size, kind);
                    os << "; thread " << write.thread
                       << " has not waited for its copy";
                  });
      return {true, true};
    }
    bool bothAtomic = kind == Updates && write.kind == Updates;
    if (!bothAtomic && !isOrdered(lane, write)) {
      reportRace(lane, site, region, address, size, kind, write.time,
                 write.thread, /*otherBlocks=*/false, "wrote it");
      return {true, false};
    }
    if (site.readOnly && usesValue) {
      reports.add("read-only load of memory that the launch writes", lane.index,
                  site, [&](auto &os) { describe(os, address, size, kind); });
      return {true, false};
    }
  }
  if (kind != Reads && (read.bytes & bytes) && read.time >= start &&
      !isOrdered(lane, read)) {
    reportRace(lane, site, region, address, size, kind, read.time, read.thread,
               read.otherBlocks, "read it");
    return {true, false};
  }
  return {};
}

void Memory::record(const Lane &lane, const Region &region, Granule &granule,
                    uint8_t bytes, Kind kind) {
  if (kind == Reads)
    return recordRead(lane, region, granule.read, bytes);
  Write &write = granule.write;
  if (write.time == time && write.thread == lane.index)
    bytes |= write.bytes;
  write = {time, lane.getClock(), static_cast<uint16_t>(lane.index), bytes,
           kind};
}

bool Memory::check(const Lane &lane, const Site &site, char *address,
                   uint64_t size, Kind kind) {
  Region *region = find(address);
  if (!region || !region->contains(address, size)) {
    if (isOwnStack(lane, address, size))
      return true;
    reports.add("out of bounds", lane.index, site,
                [&](auto &os) { describe(os, address, size, kind); });
    return false;
  }
  unsigned logBytes = region->getLogBytes();
  uint64_t begin = address - region->begin, end = begin + size;
  if (counter)
    counter->add(site, lane.index, region->shared, kind != Reads,
                 region->deviceAddress + begin, size);
  if (traffic && !region->shared)
    traffic->add(kind & Reads, kind & Writes, region->deviceAddress + begin,
                 size);
  Finding finding;
  for (uint64_t index = begin >> logBytes; index << logBytes < end; ++index) {
    uint64_t first = index << logBytes, last = first + (1ull << logBytes);
    unsigned bytes = (1u << (1u << logBytes)) - 1;
    if (first < begin)
      bytes &= bytes << (begin - first);
    if (last > end)
      bytes &= bytes >> (last - end);
    Granule &granule = granuleAt(*region, index);
    // One report for an access.
    if (!finding.reported)
      finding =
          examine(lane, site, *region, granule, bytes, address, size, kind);
    record(lane, *region, granule, bytes, kind);
  }
  return !finding.noValue;
}

void *Memory::access(const Lane &lane, const Site &site, void *pointer,
                     uint64_t size) {
  auto *address = static_cast<char *>(pointer);
  Kind kind = site.op == Op::Store    ? Writes
              : site.op == Op::Atomic ? Updates
                                      : Reads;
  if (reinterpret_cast<uintptr_t>(address) % site.alignment)
    reports.add(
        "misaligned access", lane.index, site, [&](llvm::raw_ostream &os) {
          describe(os, address, size, kind);
          os << ", where " << site.alignment << "-byte alignment is claimed";
        });
  return check(lane, site, address, size, kind) ? address : scratch.data();
}

bool Memory::accessRange(const Lane &lane, const Site &site, void *address,
                         uint64_t size, bool writes) {
  return !size || check(lane, site, static_cast<char *>(address), size,
                        writes ? Writes : Reads);
}

bool Memory::beginAsyncWrite(const Lane &lane, const Site &site, void *address,
                             uint64_t size) {
  return check(lane, site, static_cast<char *>(address), size, Pends);
}

void Memory::endAsyncWrite(const Lane &lane, void *pointer, uint64_t size) {
  auto *address = static_cast<char *>(pointer);
  Region *region = find(address);
  if (!region || !region->shared)
    return;
  for (uint64_t i = 0; i < size; ++i) {
    Write &write = granuleAt(*region, address - region->begin + i).write;
    if (write.kind == Pends && write.thread == lane.index)
      write = {time, lane.getClock(), write.thread, 1, Writes};
  }
}
