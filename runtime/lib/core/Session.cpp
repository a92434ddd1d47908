//===- Session.cpp - The memory and threads of a program --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arena.h"
#include "Context.h"

#include <algorithm>
#include <bit>
#include <cstring>

using namespace wavrt;

struct Session::Impl {
  Impl(const Program &program, int threads)
      : program(program), context(threads) {}

  size_t indexOf(std::string_view entry) const;

  Program program;
  Context context;
  Arena arenas[WAVRT_NUM_ARENAS];
  bool profiling = false;
  std::vector<std::vector<LaunchTime>> times; ///< [entry][launch]
};

/// The least that the runtime's vector code and any compiled kernel assume.
static void requireProcessor() {
  if (!__builtin_cpu_supports("x86-64-v3"))
    throw Error(ExitCode::Device,
                "this processor has no AVX2 and FMA; WAV programs need an "
                "x86-64-v3 processor (Intel since 2013, AMD since 2015)");
}

Session::Session(const Program &program, int threads) {
  requireProcessor();
  impl = std::make_unique<Impl>(program, threads);
  for (const EntryInfo &entry : manifest().entries)
    impl->times.emplace_back(entry.launches.size());
  for (int i = 0; i < WAVRT_NUM_ARENAS; ++i) {
    impl->arenas[i] = Arena(manifest().arenaBytes[i]);
    impl->context.arenas[i] = impl->arenas[i].data();
  }
  Arena &constants = impl->arenas[WAVRT_CONSTANTS];
  std::copy_n(impl->program.constants_.data(), constants.size(),
              static_cast<std::byte *>(constants.data()));
  constants.makeReadOnly();
}

Session::~Session() = default;

const Manifest &Session::manifest() const { return impl->program.manifest(); }
int Session::numThreads() const { return impl->context.pool.numThreads(); }
void *Session::arena(wavrt_arena arena) { return impl->arenas[arena].data(); }

void *Session::address(const TensorInfo &info, DType expected) {
  if (info.dtype != expected)
    throw Error("tensor '" + info.name + "' is " +
                std::string(name(info.dtype)) + ", not " +
                std::string(name(expected)));
  return static_cast<std::byte *>(arena(info.arena)) + info.offset;
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

namespace {

/// A bfloat16 value: the upper half of a float.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  /// Rounds to nearest, ties to even; a NaN stays one.
  explicit BFloat16(float value) {
    uint32_t wide = std::bit_cast<uint32_t>(value);
    bool isNaN = (wide & 0x7fffffff) > 0x7f800000;
    bits =
        isNaN ? (wide >> 16) | 0x40 : (wide + 0x7fff + (wide >> 16 & 1)) >> 16;
  }
  explicit operator float() const {
    return std::bit_cast<float>(uint32_t(bits) << 16);
  }
};

} // namespace

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

static std::byte *start(Session &session, const TensorInfo &info) {
  return static_cast<std::byte *>(session.arena(info.arena)) + info.offset;
}

void Session::read(const TensorInfo &info, std::span<double> values) {
  readAs(info, start(*this, info), values);
}
void Session::read(const TensorInfo &info, std::span<float> values) {
  readAs(info, start(*this, info), values);
}
void Session::write(const TensorInfo &info, std::span<const double> values) {
  writeAs(info, start(*this, info), values);
}
void Session::write(const TensorInfo &info, std::span<const float> values) {
  writeAs(info, start(*this, info), values);
}
void Session::write(const TensorInfo &info, std::span<const int32_t> values) {
  checkCount(info, values.size());
  std::copy(values.begin(), values.end(), data<int32_t>(info).begin());
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

void Session::run(std::string_view entry) {
  size_t index = impl->indexOf(entry);
  if (impl->profiling)
    impl->context.times = impl->times[index];
  int32_t status = impl->program.entries_[index](&impl->context);
  impl->context.times = {};
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
