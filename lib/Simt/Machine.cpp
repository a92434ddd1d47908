//===- Machine.cpp - Blocks of threads as fibers --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <sys/mman.h>

using namespace mlir;
using namespace mlir::wav;
using namespace mlir::wav::simt;
using namespace boost::context::detail;

/// Of a thread, guard page included. Only what is used takes memory.
static constexpr size_t kStackBytes = 256 * 1024;
static constexpr size_t kPage = 4096;

Machine::Machine(const SimtOptions &options)
    : reports(options.maxReports), memory(reports), check(options.check),
      threads(kMaxThreads) {
  setSeed(options.seed);
  if (options.countAccesses)
    memory.counter = std::make_unique<AccessCounter>();
  if (options.countTraffic)
    memory.traffic = std::make_unique<TrafficCounter>();
  void *mapped =
      mmap(nullptr, kMaxThreads * kStackBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    llvm::report_fatal_error("out of memory for the stacks of threads");
  stacks = static_cast<char *>(mapped);
  for (uint32_t i = 0; i < kMaxThreads; ++i) {
    char *stack = stacks + i * kStackBytes;
    mprotect(stack, kPage, PROT_NONE);
    threads[i].index = i;
    threads[i].stackBegin = stack + kPage;
    threads[i].stackEnd = stack + kStackBytes;
  }
}

Machine::~Machine() { munmap(stacks, kMaxThreads * kStackBytes); }

void Machine::setSeed(uint64_t seed) {
  shuffled = seed != 0;
  random.seed(static_cast<uint32_t>(seed ^ seed >> 32));
}

//===----------------------------------------------------------------------===//
// Scheduling
//===----------------------------------------------------------------------===//

void Machine::run(KernelEntry kernel, void *const *kernelArguments,
                  int64_t numBlocks, uint32_t threadsPerBlock) {
  entry = kernel;
  arguments = kernelArguments;
  grid = numBlocks;
  numThreads = threadsPerBlock;
  for (block = 0; block < grid; ++block)
    if (!runBlock())
      return;
}

bool Machine::runBlock() {
  reports.beginBlock(block);
  memory.beginBlock();
  stopped = false;
  readyBegin = numReady = numAtBarrier = numEnded = 0;
  for (uint32_t i = 0; i < numThreads; ++i) {
    Thread &thread = threads[i];
    thread.clocks.fill(0);
    thread.clocks[thread.getLane()] = 1;
    thread.copies.clear();
    thread.group = 0;
    thread.context = make_fcontext(
        thread.stackEnd, thread.stackEnd - thread.stackBegin, threadMain);
    makeReady(thread);
  }
  current = takeReady();
  switchTo(current->context, scheduler);
  if (!stopped && numEnded != numThreads) {
    reportStandstill();
    stopped = true;
  }
  return !stopped;
}

void Machine::threadMain(transfer_t transfer) {
  auto *machine = static_cast<Machine *>(transfer.data);
  *machine->leaving = transfer.fctx;
  machine->entry(machine->arguments);
  machine->current->state = Thread::Ended;
  ++machine->numEnded;
  machine->wait();
  llvm_unreachable("a thread that has ended runs");
}

void Machine::switchTo(fcontext_t to, fcontext_t &from) {
  leaving = &from;
  transfer_t transfer = jump_fcontext(to, this);
  // Someone has jumped back here.
  *leaving = transfer.fctx;
}

void Machine::makeReady(Thread &thread) {
  thread.state = Thread::CanRun;
  ready[(readyBegin + numReady++) % kMaxThreads] = &thread;
}

Thread *Machine::takeReady() {
  if (!numReady)
    return nullptr;
  Thread *&first = ready[readyBegin];
  if (shuffled)
    std::swap(first, ready[(readyBegin + random() % numReady) % kMaxThreads]);
  --numReady;
  readyBegin = (readyBegin + 1) % kMaxThreads;
  return first;
}

void Machine::wait() {
  Thread *self = current;
  current = takeReady();
  if (current == self)
    return;
  switchTo(current ? current->context : scheduler, self->context);
}

void Machine::stop() {
  stopped = true;
  switchTo(scheduler, current->context);
  llvm_unreachable("a launch that was stopped goes on");
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void *Hooks::access(Machine *machine, const Site *site, void *address) {
  return machine->memory.access(*machine->current, *site, address, site->size);
}

void Hooks::copy(Machine *machine, const Site *site, void *to, const void *from,
                 uint64_t bytes) {
  const Thread &thread = *machine->current;
  bool canRead = machine->memory.accessRange(
      thread, *site, const_cast<void *>(from), bytes, /*writes=*/false);
  bool canWrite = machine->memory.accessRange(thread, *site, to, bytes,
                                              /*writes=*/true);
  if (canRead && canWrite)
    std::memmove(to, from, bytes);
}

void Hooks::set(Machine *machine, const Site *site, void *to, uint8_t value,
                uint64_t bytes) {
  if (machine->memory.accessRange(*machine->current, *site, to, bytes,
                                  /*writes=*/true))
    std::memset(to, value, bytes);
}

void Hooks::execute(Machine *machine, const Site *site, uint64_t *slots) {
  machine->execute(*site, slots);
}

void Machine::execute(const Site &site, uint64_t *slots) {
  switch (site.op) {
  case Op::ReadRegister:
    slots[0] = readRegister(static_cast<Register>(site.detail));
    return;
  case Op::AsyncCopy:
    return beginCopy(site, slots);
  case Op::AsyncCommit:
    ++current->group;
    return;
  case Op::AsyncWait:
    return finishCopies(static_cast<uint32_t>(slots[0]));
  case Op::AsyncWaitAll:
    ++current->group;
    return finishCopies(0);
  case Op::Fence:
    return;
  case Op::Trap:
    reports.add("trap", current->index, site,
                [](llvm::raw_ostream &os) { os << "the kernel gives up"; });
    stop();
  case Op::Barrier:
    return arriveAtBarrier(site, slots);
  default:
    return arriveAtWarpOp(site, slots);
  }
}

uint64_t Machine::readRegister(Register which) const {
  switch (which) {
  case Register::ThreadIdx:
    return current->index;
  case Register::BlockDim:
    return numThreads;
  case Register::BlockIdx:
    return block;
  case Register::GridDim:
    return grid;
  case Register::Lane:
    return current->getLane();
  case Register::Warp:
    return current->getWarp();
  case Register::WarpSize:
    return kWarpSize;
  }
  llvm_unreachable("no such register");
}

void Machine::arriveAtBarrier(const Site &site, uint64_t *slots) {
  if (site.detail && slots[1] != numThreads) {
    reports.add("barrier of some threads", current->index, site,
                [&](llvm::raw_ostream &os) {
                  os << site.name << " of " << slots[1] << " threads in a "
                     << "block of " << numThreads << " cannot be run here";
                });
    stop();
  }
  current->state = Thread::AtBarrier;
  current->site = &site;
  current->slots = slots;
  if (++numAtBarrier == numThreads) {
    const Thread &first = threads[0];
    for (Thread &thread : MutableArrayRef(threads).take_front(numThreads)) {
      if (thread.site != first.site || thread.slots[0] != first.slots[0]) {
        reports.add("divergent barrier", thread.index, site,
                    [&](llvm::raw_ostream &os) {
                      describeWait(os, thread);
                      os << ", thread 0 ";
                      describeWait(os, first);
                    });
        break;
      }
    }
    numAtBarrier = 0;
    memory.passBarrier();
    for (Thread &thread : MutableArrayRef(threads).take_front(numThreads))
      makeReady(thread);
  }
  wait();
}

void Machine::arriveAtWarpOp(const Site &site, uint64_t *slots) {
  // The mask comes first; what has none is of the whole warp.
  bool whole = site.op == Op::MmaBF16 || site.op == Op::LoadMatrix ||
               site.op == Op::LoadMatrixTransposed;
  uint32_t mask = whole ? ~0u : static_cast<uint32_t>(slots[0]);
  current->site = &site;
  current->slots = slots;
  current->mask = mask;
  if (!(mask >> current->getLane() & 1)) {
    reports.add("wrong mask", current->index, site, [&](auto &os) {
      os << site.name << " with mask " << llvm::format_hex(mask, 10)
         << ", which lacks this lane (" << current->getLane() << ')';
    });
    slots[0] = 0;
    return;
  }
  current->state = Thread::AtWarpOp;
  if (warpMeets()) {
    Thread *warp = &threads[current->getWarp() * kWarpSize];
    computeWarpOp(warp, mask);
    for (unsigned lane = 0; lane < kWarpSize; ++lane)
      if (mask >> lane & 1)
        makeReady(warp[lane]);
  }
  wait();
}

/// Whether `current` is the last of those that its mask names. Stops the launch
/// if they have met but do not mean the same.
bool Machine::warpMeets() {
  uint32_t begin = current->getWarp() * kWarpSize;
  bool complete = true;
  const Thread *elsewhere = nullptr;
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    if (!(current->mask >> lane & 1))
      continue;
    const Thread &thread = threads[begin + lane];
    if (begin + lane >= numThreads || thread.state != Thread::AtWarpOp) {
      complete = false;
      continue;
    }
    if (thread.site == current->site && thread.mask == current->mask)
      continue;
    // It may still meet others first, if it does not wait for this lane.
    if (thread.mask >> current->getLane() & 1)
      elsewhere = &thread;
    complete = false;
  }
  if (!elsewhere)
    return complete;
  reports.add("lanes at different places", current->index, *current->site,
              [&](llvm::raw_ostream &os) {
                describeWait(os, *current);
                os << ", thread " << elsewhere->index << ' ';
                describeWait(os, *elsewhere);
              });
  stop();
}

void Machine::orderLanes(uint32_t mask) {
  Thread *warp = &threads[current->getWarp() * kWarpSize];
  std::array<uint32_t, kWarpSize> known{};
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    if (mask >> lane & 1)
      for (unsigned i = 0; i < kWarpSize; ++i)
        known[i] = std::max(known[i], warp[lane].clocks[i]);
  // All that met know of all before, and begin a new present together.
  uint32_t past = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    if (mask >> lane & 1)
      past = std::max(past, known[lane]);
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    if (mask >> lane & 1)
      known[lane] = past;
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    if (mask >> lane & 1) {
      warp[lane].clocks = known;
      warp[lane].clocks[lane] = past + 1;
    }
}

void Machine::beginCopy(const Site &site, uint64_t *slots) {
  // Bytes beyond those that are read become zero.
  uint32_t bytes = site.size;
  uint32_t bytesRead =
      site.detail ? std::min(bytes, static_cast<uint32_t>(slots[2])) : bytes;
  auto *to = reinterpret_cast<char *>(slots[0]);
  auto *from = reinterpret_cast<char *>(slots[1]);
  if (check) {
    if (slots[0] % bytes || slots[1] % bytes)
      reports.add("misaligned access", current->index, site,
                  [&](llvm::raw_ostream &os) {
                    os << site.name << " needs addresses that are multiples of "
                       << bytes;
                  });
    bool canWrite = memory.beginAsyncWrite(*current, site, to, bytes);
    bool canRead = memory.accessRange(*current, site, from, bytesRead,
                                      /*writes=*/false);
    if (!canWrite || !canRead)
      return;
  }
  current->copies.push_back(
      {&site, to, from, bytes, bytesRead, current->group});
}

void Machine::finishCopies(uint32_t groupsLeft) {
  std::deque<Thread::AsyncCopy> &copies = current->copies;
  while (!copies.empty() &&
         copies.front().group + groupsLeft < current->group) {
    const Thread::AsyncCopy &copy = copies.front();
    std::memcpy(copy.to, copy.from, copy.bytesRead);
    std::memset(copy.to + copy.bytesRead, 0, copy.bytes - copy.bytesRead);
    if (check)
      memory.endAsyncWrite(*current, copy.to, copy.bytes);
    copies.pop_front();
  }
}

//===----------------------------------------------------------------------===//
// Why nothing can go on
//===----------------------------------------------------------------------===//

void Machine::describeWait(llvm::raw_ostream &os, const Thread &thread) const {
  switch (thread.state) {
  case Thread::CanRun:
    os << "runs";
    return;
  case Thread::Ended:
    os << "has ended";
    return;
  case Thread::AtBarrier:
    os << "is at barrier " << thread.slots[0] << ", at " << thread.site->where;
    return;
  case Thread::AtWarpOp:
    os << "is at " << thread.site->name << " with mask "
       << llvm::format_hex(thread.mask, 10) << ", at " << thread.site->where;
    return;
  }
}

void Machine::reportStandstill() {
  auto block = ArrayRef(threads).take_front(numThreads);
  for (uint32_t begin = 0; begin < numThreads; begin += kWarpSize) {
    auto warp = block.slice(begin, std::min(kWarpSize, numThreads - begin));
    auto *waits = llvm::find_if(
        warp, [](auto &thread) { return thread.state == Thread::AtWarpOp; });
    if (waits == warp.end())
      continue;
    // The first lane that it waits for in vain.
    unsigned lane = 0;
    auto isThere = [&](unsigned lane) {
      return lane < warp.size() && warp[lane].state == Thread::AtWarpOp &&
             warp[lane].mask == waits->mask && warp[lane].site == waits->site;
    };
    while (!(waits->mask >> lane & 1) || isThere(lane))
      ++lane;
    bool hasEnded = lane >= warp.size() || warp[lane].state == Thread::Ended;
    reports.add(hasEnded ? "divergent lanes" : "deadlock", waits->index,
                *waits->site, [&](llvm::raw_ostream &os) {
                  os << waits->site->name << " under divergence waits for lane "
                     << lane << " (mask " << llvm::format_hex(waits->mask, 10)
                     << "), which ";
                  if (lane < warp.size())
                    describeWait(os, warp[lane]);
                  else
                    os << "the block does not have";
                });
  }
  if (!numAtBarrier)
    return;
  const Thread &waits = *llvm::find_if(
      block, [](auto &thread) { return thread.state == Thread::AtBarrier; });
  const Thread &missing = *llvm::find_if(
      block, [](auto &thread) { return thread.state != Thread::AtBarrier; });
  reports.add("divergent barrier", waits.index, *waits.site,
              [&](llvm::raw_ostream &os) {
                os << numAtBarrier << " of " << numThreads
                   << " threads are at the barrier; thread " << missing.index
                   << ' ';
                describeWait(os, missing);
              });
}
