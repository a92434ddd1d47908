//===- DeviceTest.cpp - Tests of sessions on a device -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A device whose addresses are not those of the host, so that whatever touches
// its memory without asking it crashes.
//
//===----------------------------------------------------------------------===//

#include "wavrt/device.h"

#include "gtest/gtest.h"

#include <cstring>
#include <map>

using namespace wavrt;

namespace {

const char manifestText[] = R"({
  "abi": 5,
  "model": {"vocab_size": 5, "num_hidden_layers": 1},
  "batch": 1, "context": 4, "precision": "f32", "target": "cuda sm_90a",
  "arenas": {"parameters": 16, "gradients": 0, "first_moment": 0,
             "second_moment": 0, "state": 0, "io": 64, "scratch": 0,
             "constants": 16},
  "parameters": [
    {"name": "w", "shape": [4], "dtype": "bf16", "offset": 0,
     "init": {"kind": "constant", "value": 1}, "decay": false}],
  "entries": [
    {"name": "sum",
     "inputs": [{"name": "i", "shape": [4], "dtype": "i32", "arena": "io",
                 "offset": 32}],
     "outputs": [{"name": "y", "shape": [4], "dtype": "f32", "arena": "io",
                  "offset": 0}],
     "launches": [{"name": "sum", "category": "other", "bytes": 1, "flops": 1},
                  {"name": "matmul_f32", "category": "matmul", "bytes": 1,
                   "flops": 1}]}]})";

const wavrt_device_kernel kernel = {"sum", 2, 32, 0};
const wavrt_device_code code = {"sm_90a", "// PTX", 0, nullptr};
const float constants[] = {1, 2, 3, 4};

/// A bank of one row, the constants; then the slots bank and y.
const int64_t addresses[] = {WAVRT_BASE_ZERO,  1, WAVRT_CONSTANTS, 0,
                             WAVRT_BASE_TABLE, 0, WAVRT_IO,        0};

int32_t runSum(wavrt_context *context, void *const *resolved) {
  const int64_t params[] = {1, 2, 3};
  wavrt_launch_device(context, 0, &kernel, resolved + 2, 5);
  return wavrt_call(context, 1, wavrt_matmul_f32, resolved + 2, params);
}

const wavrt_entry entries[] = {{"sum", runSum, 4, addresses}};
const wavrt_program compiled = {WAVRT_MAGIC,
                                WAVRT_ABI_VERSION,
                                1,
                                entries,
                                manifestText,
                                sizeof(manifestText) - 1,
                                constants,
                                &code,
                                1,
                                &kernel};

/// What outlives the device.
struct Log {
  std::vector<std::string> events;
  size_t live = 0;
  bool failLaunch = false;
};

class RemoteDevice : public Device {
public:
  explicit RemoteDevice(Log &log) : log(log) {}

  void load(const wavrt_device_code &newCode,
            std::span<const wavrt_device_kernel> kernels) override {
    log.events.push_back("load " + std::string(newCode.ptx) + " " +
                         kernels[0].name);
  }
  void *allocate(size_t bytes) override {
    void *address = reinterpret_cast<void *>(next);
    memory[next].resize(bytes);
    next += 0x10000;
    ++log.live;
    return address;
  }
  void free(void *address) noexcept override {
    memory.erase(reinterpret_cast<uintptr_t>(address));
    --log.live;
  }
  void upload(void *target, const void *source, size_t bytes) override {
    std::memcpy(host(target), source, bytes);
  }
  void download(void *target, const void *source, size_t bytes) override {
    std::memcpy(target, host(source), bytes);
  }
  /// y = row 0 of the bank, times the number of blocks.
  void launch(const wavrt_device_kernel &launched, void *const *slots,
              int64_t blocks) override {
    log.events.push_back(std::string("launch ") + launched.name);
    if (log.failLaunch)
      throw Error(ExitCode::Device, "out of luck");
    void *bank[2];
    std::memcpy(bank, host(slots[0]), sizeof(bank));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bank[0]), 1u);
    auto *row = reinterpret_cast<float *>(host(bank[1]));
    auto *y = reinterpret_cast<float *>(host(slots[1]));
    for (int i = 0; i < 4; ++i)
      y[i] = row[i] * static_cast<float>(blocks);
  }
  int32_t call(wavrt_context *, wavrt_library_fn function, void *const *,
               const int64_t *params) override {
    EXPECT_EQ(function, wavrt_matmul_f32);
    EXPECT_EQ(params[2], 3);
    log.events.push_back("call");
    return WAVRT_OK;
  }
  int32_t run(size_t entry, const std::function<int32_t()> &enqueue,
              std::span<LaunchTime> times) override {
    log.events.push_back("run " + std::to_string(entry) + " " +
                         std::to_string(times.size()));
    return enqueue();
  }

private:
  std::byte *host(const void *address) {
    auto it = memory.upper_bound(reinterpret_cast<uintptr_t>(address));
    --it;
    return it->second.data() +
           (reinterpret_cast<uintptr_t>(address) - it->first);
  }

  Log &log;
  uintptr_t next = 0x10000;
  std::map<uintptr_t, std::vector<std::byte>> memory;
};

class DeviceTest : public testing::Test {
protected:
  Program program() {
    return Program::fromCompiled(
        compiled, [this] { return std::make_unique<RemoteDevice>(log); });
  }
  Log log;
};

} // namespace

TEST_F(DeviceTest, RunsAnEntryInDeviceMemory) {
  {
    Session session(program(), 1);
    session.run("sum");
    std::vector<float> y(4);
    session.read(*session.manifest().findEntry("sum")->findOutput("y"),
                 std::span<float>(y));
    EXPECT_EQ(y, (std::vector<float>{5, 10, 15, 20}));
    EXPECT_EQ(log.events,
              (std::vector<std::string>{"load // PTX sum", "run 0 0",
                                        "launch sum", "call"}));
    session.setProfiling(true);
    session.run("sum");
    EXPECT_EQ(log.events[4], "run 0 2");
  }
  EXPECT_EQ(log.live, 0u);
}

TEST_F(DeviceTest, ConvertsOnTheWay) {
  Session session(program(), 1);
  const ParameterInfo &w = session.manifest().parameters[0];
  std::vector<float> values = {1, -2, 0.5, 3}, back(4);
  session.write(w, std::span<const float>(values));
  session.read(w, std::span<float>(back));
  EXPECT_EQ(back, values);
  session.write(*session.manifest().findEntry("sum")->findInput("i"),
                std::vector<int32_t>{1, 2, 3, 4});
}

TEST_F(DeviceTest, KeepsTheHostOut) {
  Session session(program(), 1);
  EXPECT_THROW(session.arena(WAVRT_PARAMETERS), Error);
  EXPECT_THROW(session.data<int32_t>(
                   *session.manifest().findEntry("sum")->findInput("i")),
               Error);
}

// The entry goes on to its call, which must not reach the device.
TEST_F(DeviceTest, AFailureEndsTheEntryWithItsReason) {
  Session session(program(), 1);
  log.events.clear();
  log.failLaunch = true;
  try {
    session.run("sum");
    FAIL() << "no error";
  } catch (const Error &error) {
    EXPECT_EQ(error.code, ExitCode::Device);
    EXPECT_STREQ(error.what(), "out of luck");
  }
  EXPECT_EQ(log.events, (std::vector<std::string>{"run 0 0", "launch sum"}));
  log.failLaunch = false;
  session.run("sum");
}

TEST_F(DeviceTest, DeviceCodeNeedsADevice) {
  EXPECT_THROW(Program::fromCompiled(compiled), Error);
}
