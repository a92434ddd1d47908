//===- AccessCounter.cpp - What a warp's accesses cost --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccessCounter.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::wav;
using namespace mlir::wav::simt;

static constexpr uint64_t kWarp = 32;
static constexpr uint64_t kSectorBytes = 32;
static constexpr uint64_t kBanks = 32, kBankBytes = 4;

/// Calls `visit` with the first and the last unit of `unitBytes` bytes that
/// each lane among `lanes` touches.
template <typename Visit>
static void forEachLane(uint32_t lanes, ArrayRef<uint64_t> addresses,
                        uint64_t size, uint64_t unitBytes, Visit visit) {
  for (unsigned lane = 0; lane < kWarp; ++lane)
    if (lanes >> lane & 1)
      visit(addresses[lane] / unitBytes,
            (addresses[lane] + size - 1) / unitBytes);
}

/// The distinct units among those.
static uint64_t countUnits(uint32_t lanes, ArrayRef<uint64_t> addresses,
                           uint64_t size, uint64_t unitBytes) {
  llvm::SmallDenseSet<uint64_t, 64> units;
  forEachLane(lanes, addresses, size, unitBytes,
              [&](uint64_t first, uint64_t last) {
                for (uint64_t unit = first; unit <= last; ++unit)
                  units.insert(unit);
              });
  return units.size();
}

uint64_t AccessCounter::countSectors(const Request &request) {
  return countUnits(request.lanes, request.addresses, request.size,
                    kSectorBytes);
}

/// As few as the distinct bytes would fill.
uint64_t AccessCounter::countNeededSectors(const Request &request) {
  return llvm::divideCeil(countUnits(request.lanes, request.addresses,
                                     request.size, /*unitBytes=*/1),
                          kSectorBytes);
}

/// Lanes are served as many at once as 32 words give each its part. These
/// conflict if they need several words of a bank: each costs a pass more.
uint64_t AccessCounter::countConflicts(const Request &request) {
  uint64_t lanesAtOnce =
      std::clamp<uint64_t>(kBanks * kBankBytes / request.size, 1, kWarp);
  uint64_t conflicts = 0;
  for (uint64_t begin = 0; begin < kWarp; begin += lanesAtOnce) {
    uint32_t lanes =
        request.lanes & llvm::maskTrailingOnes<uint32_t>(lanesAtOnce) << begin;
    std::array<llvm::SmallSet<uint64_t, 4>, kBanks> words;
    forEachLane(lanes, request.addresses, request.size, kBankBytes,
                [&](uint64_t first, uint64_t last) {
                  for (uint64_t word = first; word <= last; ++word)
                    words[word % kBanks].insert(word);
                });
    uint64_t passes = 0;
    for (const auto &bank : words)
      passes = std::max<uint64_t>(passes, bank.size());
    conflicts += passes ? passes - 1 : 0;
  }
  return conflicts;
}

void AccessCounter::beginLaunch() {
  accesses.clear();
  requests.clear();
  numByThread.clear();
}

void AccessCounter::add(const Site &site, uint32_t thread, bool shared,
                        bool writes, uint64_t address, uint64_t size) {
  Place place(&site, shared);
  SimtAccess &access = accesses[place];
  access.where = site.where;
  access.shared = shared;
  access.writes |= writes;
  std::vector<Request> &ofWarp =
      requests[{place, static_cast<uint32_t>(thread / kWarp)}];
  uint32_t index = numByThread[{place, thread}]++;
  if (index >= ofWarp.size())
    ofWarp.resize(index + 1);
  Request &request = ofWarp[index];
  request.lanes |= 1u << thread % kWarp;
  request.size = std::max(request.size, size);
  request.addresses[thread % kWarp] = address;
}

void AccessCounter::endBlock() {
  for (const auto &[key, ofWarp] : requests) {
    SimtAccess &access = accesses[key.first];
    for (const Request &request : ofWarp) {
      ++access.requests;
      if (access.shared) {
        access.conflicts += countConflicts(request);
        continue;
      }
      access.sectors += countSectors(request);
      access.neededSectors += countNeededSectors(request);
    }
  }
  requests.clear();
  numByThread.clear();
}

std::vector<SimtAccess> AccessCounter::take() {
  endBlock();
  std::vector<SimtAccess> result;
  for (auto &[place, access] : accesses)
    result.push_back(std::move(access));
  beginLaunch();
  return result;
}

//===----------------------------------------------------------------------===//
// Traffic
//===----------------------------------------------------------------------===//

void TrafficCounter::add(bool reads, bool writes, uint64_t address,
                         uint64_t size) {
  for (uint64_t sector = address / kSectorBytes;
       sector * kSectorBytes < address + size; ++sector) {
    if (reads)
      read.insert(sector);
    if (writes)
      written.insert(sector);
  }
}

SimtTraffic TrafficCounter::take() {
  SimtTraffic traffic = {kSectorBytes * read.size(),
                         kSectorBytes * written.size()};
  read.clear();
  written.clear();
  return traffic;
}
