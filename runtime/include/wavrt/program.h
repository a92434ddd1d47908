//===- program.h - A program and a session that runs it -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `Manifest` is the parsed docs/manifest.md document, `Program` a manifest with
// its entry points (compiled code, or any callable: the reference interpreter
// is one), `Session` the memory and the threads of one running program.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_PROGRAM_H
#define WAVRT_PROGRAM_H

#include "wavrt/abi.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wavrt {

/// Exit codes of every program and tool (contract: the training program).
enum class ExitCode : int {
  Done = 0,
  BadInput = 1,
  BadUsage = 2,
  Numerics = 3,
  Device = 4,
  Signal = 128 ///< Plus the number of the signal that ended it.
};

/// The one exception of the runtime: an exit code and one line that says what,
/// where and what to do.
class Error : public std::runtime_error {
public:
  Error(ExitCode code, const std::string &message)
      : std::runtime_error(message), code(code) {}
  explicit Error(const std::string &message)
      : Error(ExitCode::BadInput, message) {}
  ExitCode code;
};

enum class DType { F32, F64, BF16, I32 };
size_t sizeOf(DType type);
std::string_view name(DType type);
std::string_view name(wavrt_arena arena); ///< As in the manifest.

struct TensorInfo {
  std::string name;
  std::vector<int64_t> shape;
  DType dtype = DType::F32;
  wavrt_arena arena = WAVRT_IO;
  size_t offset = 0; ///< bytes
  int64_t numElements() const;
  size_t numBytes() const;
};

/// What fills an input (docs/manifest.md): a kind, and its fields by name.
struct FillInfo {
  std::string kind; ///< Empty if the manifest does not say.
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> words;
};

struct InputInfo : TensorInfo {
  FillInfo fill;
};

struct ParameterInfo : TensorInfo {
  enum class Init { Normal, Constant, Values } init = Init::Constant;
  double initValue = 0;           ///< Standard deviation, or the constant.
  std::vector<double> initValues; ///< One for each element.
  bool decay = false;
};

struct LaunchInfo {
  std::string name;
  std::string category; ///< matmul, attention, routing, norm, other
  int64_t bytes = 0, flops = 0;
  std::string part = {}; ///< model.layers.3.self_attn, ...; empty: not known
  /// What of `bytes` is of which category; all that a launch moves is in it.
  std::map<std::string, int64_t> bytesByCategory = {};
};

struct EntryInfo {
  std::string name;
  std::vector<InputInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<LaunchInfo> launches;
  const InputInfo *findInput(std::string_view name) const;
  const TensorInfo *findOutput(std::string_view name) const;
};

/// What `train_step` updates the parameters by.
struct OptimizerInfo {
  std::string name;
  std::map<std::string, double> constants;
  bool operator==(const OptimizerInfo &) const = default;
};

struct Manifest {
  std::string modelJson; ///< The model configuration, as JSON text.
  int64_t vocabSize = 0, numLayers = 0;
  int64_t batch = 0, context = 0;
  std::string precision, target;
  std::vector<std::string> features;      ///< Needed of the processor.
  std::optional<OptimizerInfo> optimizer; ///< Of programs with `train_step`.
  size_t arenaBytes[WAVRT_NUM_ARENAS] = {};
  std::vector<ParameterInfo> parameters;
  std::vector<EntryInfo> entries;

  const EntryInfo *findEntry(std::string_view name) const;

  /// Throws Error on malformed JSON, an unknown ABI, or a tensor outside its
  /// arena.
  static Manifest parse(std::string_view json);
};

class Device; // wavrt/device.h

/// Makes the device of a session. Throws Error (device) if it cannot.
using DeviceFactory = std::function<std::unique_ptr<Device>()>;

class Program {
public:
  using EntryFn = std::function<int32_t(wavrt_context *)>;

  /// `entries` are in the order of manifest.entries; `constants` are the bytes
  /// of the constants arena.
  Program(Manifest manifest, std::vector<EntryFn> entries,
          std::vector<std::byte> constants);

  /// Checks magic and ABI version. A program with device code needs
  /// `makeDevice`, any other ignores it; `device` is for people. Throws Error.
  /// `program` must outlive the result and its sessions.
  static Program fromCompiled(const wavrt_program &program,
                              DeviceFactory makeDevice = nullptr,
                              std::string device = "CPU");

  const Manifest &manifest() const { return manifest_; }
  /// What it runs on, and why, for people.
  const std::string &device() const { return device_; }

private:
  friend class Session;
  /// An entry of compiled code, or an EntryFn without addresses.
  struct Entry {
    std::function<int32_t(wavrt_context *, void *const *)> run;
    std::span<const int64_t> addresses; ///< As wavrt_entry::addresses.
  };
  Program() = default;
  void check() const;

  Manifest manifest_;
  std::vector<Entry> entries_;
  std::vector<std::byte> constants_;
  const wavrt_device_code *deviceCode_ = nullptr;
  std::span<const wavrt_device_kernel> deviceKernels_;
  DeviceFactory makeDevice_;
  std::string device_ = "CPU";
};

/// Time spent in one launch of an entry point, summed over calls.
struct LaunchTime {
  int64_t calls = 0;
  double seconds = 0;
};

/// One running program: its arenas, its thread pool and its device, if any.
/// Results do not depend on the number of threads.
class Session {
public:
  /// threads = 0: as many as the machine has. `tiles` are the instructions of
  /// products and attention on the CPU, one of `tileNames`, or empty for the
  /// best. Throws Error.
  explicit Session(const Program &program, int threads = 0,
                   std::string_view tiles = {});
  ~Session();

  const Manifest &manifest() const;
  const std::string &device() const; ///< Program::device
  int numThreads() const;
  /// The name of those in use; empty for programs that are not for the CPU.
  std::string tiles() const;

  /// An arena. Throws Error if it lies in the memory of a device.
  void *arena(wavrt_arena arena);

  /// The memory of a tensor. T must match its dtype (checked), and as above.
  template <typename T> std::span<T> data(const TensorInfo &info) {
    return {static_cast<T *>(address(info, dtypeOf<T>())),
            static_cast<size_t>(info.numElements())};
  }

  /// Copies with conversion between float types, whatever the tensor's dtype.
  void read(const TensorInfo &info, std::span<double> values);
  void write(const TensorInfo &info, std::span<const double> values);
  void read(const TensorInfo &info, std::span<float> values);
  void write(const TensorInfo &info, std::span<const float> values);
  void write(const TensorInfo &info, std::span<const int32_t> values);

  /// Runs an entry point. Throws Error when the program has no such entry or
  /// the entry fails.
  void run(std::string_view entry);

  /// While enabled, times every launch of every entry.
  void setProfiling(bool enabled);
  /// Indexed as manifest.entries[entry].launches.
  std::vector<LaunchTime> profile(std::string_view entry) const;

private:
  template <typename T> static DType dtypeOf();
  void *address(const TensorInfo &info, DType expected);
  struct Impl;
  std::unique_ptr<Impl> impl;
};

template <> inline DType Session::dtypeOf<float>() { return DType::F32; }
template <> inline DType Session::dtypeOf<double>() { return DType::F64; }
template <> inline DType Session::dtypeOf<int32_t>() { return DType::I32; }

/// The symbols that compiled code may reference, for explicit binding in a
/// JIT: wavrt_launch, wavrt_launch_device, wavrt_call and every library
/// function.
struct Symbol {
  const char *name;
  void *address;
};
std::span<const Symbol> abiSymbols();

} // namespace wavrt

#endif // WAVRT_PROGRAM_H
