//===- Session.cpp - The memory and threads of a program --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arena.h"
#include "BFloat16.h"
#include "Context.h"
#include "wavrt/processor.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

using namespace wavrt;

namespace {
/// Memory of a device.
class DeviceMemory {
public:
  DeviceMemory(Device &device, size_t bytes)
      : device(device), memory(bytes ? device.allocate(bytes) : nullptr) {}
  ~DeviceMemory() {
    if (memory)
      device.free(memory);
  }
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;

  void *data() const { return memory; }

private:
  Device &device;
  void *memory;
};
} // namespace

struct Session::Impl {
  Impl(const Program &program, int threads, const Tiles &tiles)
      : program(program), context(threads, tiles) {}

  void makeArenas();
  void makeDeviceArenas();
  void resolveAddresses();

  /// Whether the host may not touch the arenas.
  bool isRemote() const { return device && !device->isHostMemory(); }
  std::byte *address(const TensorInfo &info) const {
    return static_cast<std::byte *>(context.arenas[info.arena]) + info.offset;
  }
  template <typename Body>
  void withBytesOf(const TensorInfo &info, const Body &body);
  template <typename Body>
  void withNewBytesOf(const TensorInfo &info, const Body &body);

  int32_t run(size_t entry);

  size_t indexOf(std::string_view entry) const;

  Program program;
  Context context;
  std::unique_ptr<Device> device; ///< Null: all is done by the CPU.
  /// The arenas and, for each entry, its resolved table; on a device, where
  /// the bank slots need it, a copy of the table too.
  Arena arenas[WAVRT_NUM_ARENAS];
  std::deque<DeviceMemory> deviceMemory;
  std::vector<std::vector<void *>> addresses;
  bool profiling = false;
  std::vector<std::vector<LaunchTime>> times; ///< [entry][launch]
};

static bool isForCPU(const Manifest &manifest) {
  return manifest.target.starts_with("cpu");
}

Session::Session(const Program &program, int threads, std::string_view tiles) {
  requireProcessor(program.manifest());
  if (!tiles.empty() && !isForCPU(program.manifest()))
    throw Error(
        "tiles are how programs for the CPU multiply; this one is for " +
        program.manifest().target);
  impl = std::make_unique<Impl>(program, threads, findTiles(tiles));
  for (const EntryInfo &entry : manifest().entries)
    impl->times.emplace_back(entry.launches.size());
  if (program.makeDevice_)
    impl->makeDeviceArenas();
  else
    impl->makeArenas();
  impl->resolveAddresses();
}

Session::~Session() = default;

void Session::Impl::makeArenas() {
  for (int i = 0; i < WAVRT_NUM_ARENAS; ++i) {
    arenas[i] = Arena(program.manifest().arenaBytes[i]);
    context.arenas[i] = arenas[i].data();
  }
  Arena &constants = arenas[WAVRT_CONSTANTS];
  std::copy_n(program.constants_.data(), constants.size(),
              static_cast<std::byte *>(constants.data()));
  constants.makeReadOnly();
}

void Session::Impl::makeDeviceArenas() {
  device = program.makeDevice_();
  context.device = device.get();
  device->load(*program.deviceCode_, program.deviceKernels_);
  for (int i = 0; i < WAVRT_NUM_ARENAS; ++i)
    context.arenas[i] =
        deviceMemory.emplace_back(*device, program.manifest().arenaBytes[i])
            .data();
  if (!program.constants_.empty())
    device->upload(context.arenas[WAVRT_CONSTANTS], program.constants_.data(),
                   program.constants_.size());
}

void Session::Impl::resolveAddresses() {
  void *bases[WAVRT_NUM_BASES] = {};
  std::copy_n(context.arenas, WAVRT_NUM_ARENAS, bases);
  for (const Program::Entry &entry : program.entries_) {
    std::vector<void *> &table =
        addresses.emplace_back(entry.addresses.size() / 2);
    const size_t bytes = table.size() * sizeof(void *);
    bases[WAVRT_BASE_TABLE] =
        device ? deviceMemory.emplace_back(*device, bytes).data()
               : table.data();
    for (size_t i = 0; i < table.size(); ++i)
      table[i] = reinterpret_cast<void *>(
          reinterpret_cast<uintptr_t>(bases[entry.addresses[2 * i]]) +
          static_cast<uintptr_t>(entry.addresses[2 * i + 1]));
    if (device && bytes)
      device->upload(bases[WAVRT_BASE_TABLE], table.data(), bytes);
  }
}

const Manifest &Session::manifest() const { return impl->program.manifest(); }
const std::string &Session::device() const { return impl->program.device(); }
int Session::numThreads() const { return impl->context.pool.numThreads(); }
std::string Session::tiles() const {
  return isForCPU(manifest()) ? impl->context.tiles.name : "";
}

void *Session::arena(wavrt_arena arena) {
  if (impl->isRemote())
    throw Error("the arena '" + std::string(name(arena)) +
                "' lies in the memory of a device; use read and write");
  return impl->context.arenas[arena];
}

static void checkType(const TensorInfo &info, DType expected) {
  if (info.dtype != expected)
    throw Error("tensor '" + info.name + "' is " +
                std::string(name(info.dtype)) + ", not " +
                std::string(name(expected)));
}

void *Session::address(const TensorInfo &info, DType expected) {
  checkType(info, expected);
  return static_cast<std::byte *>(arena(info.arena)) + info.offset;
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

static void checkCount(const TensorInfo &info, size_t count) {
  if (static_cast<size_t>(info.numElements()) != count)
    throw Error("tensor '" + info.name + "' has " +
                std::to_string(info.numElements()) + " elements, not " +
                std::to_string(count));
}

/// Calls `body` with a pointer of the tensor's float type.
template <typename Body>
static void withFloatPointer(const TensorInfo &info, std::byte *address,
                             const Body &body) {
  switch (info.dtype) {
  case DType::F32:
    return body(reinterpret_cast<float *>(address));
  case DType::F64:
    return body(reinterpret_cast<double *>(address));
  case DType::BF16:
    return body(reinterpret_cast<BFloat16 *>(address));
  case DType::I32:
    throw Error("tensor '" + info.name + "' is i32, not a float type");
  }
}

template <typename T>
static void readAs(const TensorInfo &info, std::byte *address,
                   std::span<T> values) {
  checkCount(info, values.size());
  withFloatPointer(info, address, [&](auto *source) {
    for (size_t i = 0; i < values.size(); ++i)
      if constexpr (std::is_same_v<decltype(source), BFloat16 *>)
        values[i] = static_cast<float>(source[i]);
      else
        values[i] = static_cast<T>(source[i]);
  });
}

template <typename T>
static void writeAs(const TensorInfo &info, std::byte *address,
                    std::span<const T> values) {
  checkCount(info, values.size());
  withFloatPointer(info, address, [&](auto *target) {
    for (size_t i = 0; i < values.size(); ++i)
      target[i] = static_cast<std::remove_pointer_t<decltype(target)>>(
          static_cast<T>(values[i]));
  });
}

/// Calls `body` with the bytes of a tensor, or with a copy if they lie in the
/// memory of a device.
template <typename Body>
void Session::Impl::withBytesOf(const TensorInfo &info, const Body &body) {
  if (!isRemote())
    return body(address(info));
  std::vector<std::byte> copy(info.numBytes());
  device->download(copy.data(), address(info), copy.size());
  body(copy.data());
}

/// As above, for a body that writes all of the tensor.
template <typename Body>
void Session::Impl::withNewBytesOf(const TensorInfo &info, const Body &body) {
  if (!isRemote())
    return body(address(info));
  std::vector<std::byte> copy(info.numBytes());
  body(copy.data());
  device->upload(address(info), copy.data(), copy.size());
}

void Session::read(const TensorInfo &info, std::span<double> values) {
  impl->withBytesOf(info,
                    [&](std::byte *bytes) { readAs(info, bytes, values); });
}
void Session::read(const TensorInfo &info, std::span<float> values) {
  impl->withBytesOf(info,
                    [&](std::byte *bytes) { readAs(info, bytes, values); });
}
void Session::write(const TensorInfo &info, std::span<const double> values) {
  impl->withNewBytesOf(info,
                       [&](std::byte *bytes) { writeAs(info, bytes, values); });
}
void Session::write(const TensorInfo &info, std::span<const float> values) {
  impl->withNewBytesOf(info,
                       [&](std::byte *bytes) { writeAs(info, bytes, values); });
}
void Session::write(const TensorInfo &info, std::span<const int32_t> values) {
  checkCount(info, values.size());
  checkType(info, DType::I32);
  impl->withNewBytesOf(info, [&](std::byte *bytes) {
    std::memcpy(bytes, values.data(), values.size_bytes());
  });
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

size_t Session::Impl::indexOf(std::string_view entry) const {
  const std::vector<EntryInfo> &entries = program.manifest().entries;
  if (const EntryInfo *info = program.manifest().findEntry(entry))
    return info - entries.data();
  std::string names;
  for (const EntryInfo &info : entries)
    names += (names.empty() ? "" : ", ") + info.name;
  throw Error("this program has no entry point '" + std::string(entry) +
              "'; it has: " + names);
}

int32_t Session::Impl::run(size_t entry) {
  // What is done when it returns is timed here, the rest by the device.
  std::span<LaunchTime> launchTimes;
  if (profiling)
    launchTimes = times[entry];
  context.times = isRemote() ? std::span<LaunchTime>() : launchTimes;
  auto enqueue = [&] {
    int32_t status =
        program.entries_[entry].run(&context, addresses[entry].data());
    if (context.failure)
      std::rethrow_exception(std::exchange(context.failure, nullptr));
    return status;
  };
  return device ? device->run(entry, enqueue, launchTimes) : enqueue();
}

void Session::run(std::string_view entry) {
  int32_t status = impl->run(impl->indexOf(entry));
  if (status == WAVRT_OUT_OF_RANGE)
    throw Error("'" + std::string(entry) +
                "': a token or a position is out of range (the model has " +
                std::to_string(manifest().vocabSize) + " tokens and " +
                std::to_string(manifest().context) + " positions)");
  if (status != WAVRT_OK)
    throw Error(ExitCode::Device, "'" + std::string(entry) +
                                      "' failed with status " +
                                      std::to_string(status));
}

void Session::setProfiling(bool enabled) { impl->profiling = enabled; }

std::vector<LaunchTime> Session::profile(std::string_view entry) const {
  return impl->times[impl->indexOf(entry)];
}
