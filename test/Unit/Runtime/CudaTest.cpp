//===- CudaTest.cpp - Tests of running on a GPU -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What we ask of the driver and of cuBLASLt, and what we say when they refuse.
// Whether a real GPU agrees is not tested here.
//
//===----------------------------------------------------------------------===//

#include "wavrt/cuda.h"
#include "FakeCuda/FakeCuda.h"
#include "cuda/Gpu.h"
#include "wavrt/app.h"

#include "gtest/gtest.h"

#include <bit>
#include <cstring>
#include <dlfcn.h>

using namespace wavrt;
using wavrt::test::FakeCuda;

namespace {

const char manifestText[] = R"({
  "abi": 5,
  "model": {"vocab_size": 5, "num_hidden_layers": 1},
  "batch": 1, "context": 4, "precision": "f32", "target": "cuda sm_90a",
  "arenas": {"parameters": 0, "gradients": 0, "first_moment": 0,
             "second_moment": 0, "state": 0, "io": 4096, "scratch": 0,
             "constants": 16},
  "parameters": [],
  "entries": [
    {"name": "step",
     "inputs": [{"name": "x", "shape": [4], "dtype": "f32", "arena": "io",
                 "offset": 0},
                {"name": "big", "shape": [768], "dtype": "f32", "arena": "io",
                 "offset": 1024}],
     "outputs": [{"name": "y", "shape": [4], "dtype": "f32", "arena": "io",
                  "offset": 256}],
     "launches": [{"name": "sum", "category": "other", "bytes": 1, "flops": 1},
                  {"name": "scale", "category": "other", "bytes": 1,
                   "flops": 1},
                  {"name": "matmul_f32", "category": "matmul", "bytes": 1,
                   "flops": 1}]}]})";

/// The second needs more shared memory than there is without asking.
const wavrt_device_kernel kernels[] = {{"sum", 2, 2, 0},
                                       {"scale", 2, 4, 64 << 10}};
const float constants[] = {1, 2, 3, 4};

/// A bank of the input and the constants; the slots of `sum`, of `scale` and of
/// the product [2, 2] = [2, 2] [2, 2].
const int64_t addresses[] = {WAVRT_BASE_ZERO,  2,   WAVRT_IO,        0,
                             WAVRT_CONSTANTS,  0,                         //
                             WAVRT_BASE_TABLE, 0,   WAVRT_IO,        128, //
                             WAVRT_IO,         128, WAVRT_IO,        256, //
                             WAVRT_IO,         128, WAVRT_CONSTANTS, 0,
                             WAVRT_IO,         256, WAVRT_IO,        256};
const int64_t params[] = {2, 2, 2, 0, 0};

wavrt_library_fn product = wavrt_matmul_f32;

/// s = x + constants; y = 2 s + s constants, the last as matrices.
int32_t runStep(wavrt_context *context, void *const *slots) {
  wavrt_launch_device(context, 0, &kernels[0], slots + 3, 2);
  wavrt_launch_device(context, 1, &kernels[1], slots + 5, 1);
  return wavrt_call(context, 2, product, slots + 7, params);
}

const wavrt_entry entries[] = {{"step", runStep, 11, addresses}};
const wavrt_cubin cubins[] = {{"sm_80", "cubin 80", 8},
                              {"sm_90a", "cubin 90a", 9}};
const wavrt_device_code code = {"sm_90a", "ptx 90a", 2, cubins};

wavrt_program programWith(const wavrt_device_code *device) {
  return {WAVRT_MAGIC,
          WAVRT_ABI_VERSION,
          1,
          entries,
          manifestText,
          sizeof(manifestText) - 1,
          constants,
          device,
          2,
          kernels};
}
const wavrt_program cudaProgram = programWith(&code);
const wavrt_program cpuProgram = programWith(nullptr);

class CudaTest : public testing::Test {
protected:
  CudaTest() : fake(load()) {
    fake = FakeCuda();
    product = wavrt_matmul_f32;
    setenv("WAV_LIBCUDA", WAVRT_FAKE_CUDA, 1);
    setenv("WAV_LIBCUBLASLT", WAVRT_FAKE_CUDA, 1);
  }
  ~CudaTest() override {
    for (const char *name :
         {"WAV_LIBCUDA", "WAV_LIBCUBLASLT", "WAV_CUDA_SYNC", "WAV_TF32"})
      unsetenv(name);
    EXPECT_EQ(fake.live, 0) << "something was not given back";
  }

  static FakeCuda &load() {
    void *library = dlopen(WAVRT_FAKE_CUDA, RTLD_NOW);
    auto *get = reinterpret_cast<FakeCuda *(*)()>(dlsym(library, "fakeCuda"));
    return *get();
  }

  /// Those of the log that start with one of the words.
  std::vector<std::string> logged(std::initializer_list<const char *> words) {
    std::vector<std::string> result;
    for (const std::string &line : fake.log)
      for (const char *word : words)
        if (line.starts_with(word))
          result.push_back(line);
    return result;
  }

  static Program program(const wavrt_program &compiled = cudaProgram) {
    return Program::fromCompiled(compiled,
                                 openCuda(*compiled.device).makeDevice);
  }

  /// Runs a step on x and returns y.
  static std::vector<float> step(Session &session, std::vector<float> x) {
    const EntryInfo &entry = *session.manifest().findEntry("step");
    session.write(*entry.findInput("x"), std::span<const float>(x));
    session.run("step");
    std::vector<float> y(4);
    session.read(*entry.findOutput("y"), std::span<float>(y));
    return y;
  }
  static std::vector<float> expected(const std::vector<float> &x) {
    float s[4];
    for (int i = 0; i < 4; ++i)
      s[i] = x[i] + constants[i];
    return {2 * s[0] + s[0] * 1 + s[1] * 3, 2 * s[1] + s[0] * 2 + s[1] * 4,
            2 * s[2] + s[2] * 1 + s[3] * 3, 2 * s[3] + s[2] * 2 + s[3] * 4};
  }

  /// The message of a device error.
  template <typename Body> static std::string failure(const Body &body) {
    try {
      body();
    } catch (const Error &error) {
      EXPECT_EQ(error.code, ExitCode::Device);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "no error";
  }
  static std::string sessionFailure() {
    return failure([] { Session session(program(), 1); });
  }

  FakeCuda &fake;
};

testing::AssertionResult contains(const std::string &text,
                                  const std::string &part) {
  if (text.find(part) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << text << "'";
}

} // namespace

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

TEST_F(CudaTest, RunsThenCapturesThenReplays) {
  Session session(program(), 1);
  fake.log.clear();
  const std::vector<std::string> enqueued = {"launch sum 2x2 shared 0",
                                             "launch scale 1x4 shared 65536",
                                             "product compute 68"};
  auto withFront = [&](const char *first) {
    std::vector<std::string> result = enqueued;
    result.insert(result.begin(), first);
    result.push_back("replay");
    return result;
  };
  EXPECT_EQ(step(session, {1, 2, 3, 4}), expected({1, 2, 3, 4}));
  EXPECT_EQ(logged({"launch", "product", "capture", "replay"}), enqueued);
  fake.log.clear();
  EXPECT_EQ(step(session, {5, 6, 7, 8}), expected({5, 6, 7, 8}));
  EXPECT_EQ(logged({"launch", "product", "capture", "replay"}),
            withFront("capture"));
  for (float i : {1.0f, 2.0f, 3.0f}) {
    fake.log.clear();
    EXPECT_EQ(step(session, {i, 0, 0, 0}), expected({i, 0, 0, 0}));
    EXPECT_EQ(fake.log,
              (std::vector<std::string>{"upload 16", "replay", "download 16"}));
  }
}

// Constants and the table of addresses are there before anything runs.
TEST_F(CudaTest, UploadsOnceAndInOrder) {
  Session session(program(), 1);
  EXPECT_EQ(fake.log, (std::vector<std::string>{"load cubin 90a", "upload 16",
                                                "upload 88"}));
}

TEST_F(CudaTest, AsksForAnAlgorithmOnceForEachShape) {
  Session session(program(), 1);
  for (int i = 0; i < 4; ++i)
    step(session, {1, 2, 3, 4});
  EXPECT_EQ(logged({"heuristic"}).size(), 1u);
  // The operands are at multiples of 128 bytes.
  EXPECT_EQ(logged({"align"}), std::vector<std::string>{"align 128"});
}

/// Two products at once, x constants and constants x, which are added to what
/// is there: the lists of A, B, C and D, then the addresses of these.
const int64_t batchAddresses[] = {
    WAVRT_IO,         0,   WAVRT_CONSTANTS,  0,   //
    WAVRT_CONSTANTS,  0,   WAVRT_IO,         0,   //
    WAVRT_IO,         256, WAVRT_IO,         272, //
    WAVRT_IO,         256, WAVRT_IO,         272, //
    WAVRT_BASE_TABLE, 0,   WAVRT_BASE_TABLE, 16,  //
    WAVRT_BASE_TABLE, 32,  WAVRT_BASE_TABLE, 48};

int32_t runBatch(wavrt_context *context, void *const *resolved) {
  return wavrt_call_batch(context, 0, wavrt_matmul_f32, resolved, params, 4, 2);
}

TEST_F(CudaTest, ComputesProductsAtOnceWhereCublasCan) {
  std::string manifest = manifestText;
  const std::string output = R"("name": "y", "shape": [4])";
  manifest.replace(manifest.find(output), output.size(),
                   R"("name": "y", "shape": [8])");
  const wavrt_entry batchEntry = {"step", runBatch, 12, batchAddresses};
  wavrt_program compiled = cudaProgram;
  compiled.entries = &batchEntry;
  compiled.manifest = manifest.data();
  compiled.manifest_size = manifest.size();
  for (bool takesLists : {true, false}) {
    fake.takesLists = takesLists;
    fake.log.clear();
    Session session(program(compiled), 1);
    const EntryInfo &entry = *session.manifest().findEntry("step");
    const std::vector<float> x = {1, 0, 1, 1};
    session.write(*entry.findInput("x"), std::span<const float>(x));
    std::vector<float> y(8);
    for (float times : {1, 2, 3}) {
      session.run("step");
      session.read(*entry.findOutput("y"), std::span<float>(y));
      EXPECT_EQ(
          y, (std::vector<float>{1 * times, 2 * times, 4 * times, 6 * times,
                                 3 * times, 2 * times, 7 * times, 4 * times}));
    }
    // Enqueued once, then captured.
    EXPECT_EQ(logged({"product"}),
              takesLists
                  ? std::vector<std::string>(2, "product compute 68 of 2")
                  : std::vector<std::string>(4, "product compute 68"));
  }
}

TEST_F(CudaTest, LaunchesOneByOneWhereThereAreNoGraphs) {
  for (const char *function :
       {"cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiate"}) {
    Session session(program(), 1);
    step(session, {1, 2, 3, 4});
    fake.failures[function] = 801;
    testing::internal::CaptureStderr();
    for (float i : {5.0f, 6.0f, 7.0f})
      EXPECT_EQ(step(session, {i, 6, 7, 8}), expected({i, 6, 7, 8}));
    std::string said = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(said.starts_with("note: launching kernels one by one: CUDA: "))
        << said;
    EXPECT_EQ(said.find('\n'), said.size() - 1) << "it is said once";
    EXPECT_EQ(logged({"replay"}).size(), 0u);
    EXPECT_LE(logged({"capture"}).size(), 1u);
    fake.failures.clear();
    fake.log.clear();
  }
}

// Parts of one sum are added in f32, whatever the type of the result.
TEST_F(CudaTest, ReducesInF32) {
  Session session(program(), 1);
  step(session, {1, 2, 3, 4});
  EXPECT_EQ(logged({"reductions"}), std::vector<std::string>{"reductions 2"});
}

TEST_F(CudaTest, UsesTF32OnlyIfAsked) {
  setenv("WAV_TF32", "1", 1);
  Session session(program(), 1);
  step(session, {1, 2, 3, 4});
  EXPECT_EQ(logged({"product"}),
            std::vector<std::string>{"product compute 77"});
}

// More than the pinned memory holds: what was staged first must have been
// copied before its place is used again.
TEST_F(CudaTest, UploadsMoreThanIsPinned) {
  Session session(program(), 1);
  const EntryInfo &entry = *session.manifest().findEntry("step");
  const std::vector<float> first = {1, 2, 3, 4};
  std::vector<float> big(768), back(768), x(4);
  session.write(*entry.findInput("x"), std::span<const float>(first));
  for (int round = 0; round < 3000; ++round) {
    for (size_t i = 0; i < big.size(); ++i)
      big[i] = static_cast<float>(round + i);
    session.write(*entry.findInput("big"), std::span<const float>(big));
  }
  session.read(*entry.findInput("big"), std::span<float>(back));
  EXPECT_EQ(back, big);
  session.read(*entry.findInput("x"), std::span<float>(x));
  EXPECT_EQ(x, first);
}

TEST_F(CudaTest, StartsWithZeroedArenas) {
  Session session(program(), 1);
  std::vector<float> big(768);
  session.read(*session.manifest().findEntry("step")->findInput("big"),
               std::span<float>(big));
  EXPECT_EQ(big, std::vector<float>(768));
}

// The fake's clock counts recorded events, in milliseconds.
TEST_F(CudaTest, TimesEveryLaunchWithEvents) {
  Session session(program(), 1);
  session.setProfiling(true);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(step(session, {1, 2, 3, 4}), expected({1, 2, 3, 4}));
  EXPECT_TRUE(logged({"capture", "replay"}).empty());
  for (const LaunchTime &time : session.profile("step")) {
    EXPECT_EQ(time.calls, 3);
    EXPECT_FLOAT_EQ(static_cast<float>(time.seconds), 3e-3f);
  }
}

/// Small whole numbers, which bf16 holds exactly, as they are stored.
static std::vector<std::byte> store(const std::vector<float> &values,
                                    bool isBF16) {
  const size_t size = isBF16 ? 2 : 4;
  std::vector<std::byte> bytes(values.size() * size);
  for (size_t i = 0; i < values.size(); ++i) {
    auto bits = std::bit_cast<uint32_t>(values[i]) >> (isBF16 ? 16 : 0);
    std::memcpy(&bytes[i * size], &bits, size);
  }
  return bytes;
}

TEST_F(CudaTest, ComputesProductsOfRows) {
  // D [2,3] = op(A) op(B) (+ C) for op(A) = [1 2; 3 4], op(B) = [1 2 3; 4 5 6].
  const std::vector<float> a = {1, 2, 3, 4}, aT = {1, 3, 2, 4},
                           b = {1, 2, 3, 4, 5, 6}, bT = {1, 4, 2, 5, 3, 6},
                           ab = {9, 12, 15, 19, 26, 33}, c(6, 64), old(6, 7);
  const struct {
    wavrt_library_fn function;
    bool operandsBF16, resultBF16;
  } functions[] = {{wavrt_matmul_f32, false, false},
                   {wavrt_matmul_bf16, true, true},
                   {wavrt_matmul_bf16_f32, true, false}};
  std::unique_ptr<Device> device = openCuda(code).makeDevice();
  auto *memory = static_cast<std::byte *>(device->allocate(4 * 64));
  std::byte *const d = memory + 192;
  for (const auto &[function, operandsBF16, resultBF16] : functions)
    for (bool transposeA : {false, true})
      for (bool transposeB : {false, true})
        for (std::byte *addend : {(std::byte *)nullptr, memory + 128, d}) {
          void *buffers[] = {memory, memory + 64, addend, d};
          auto upload = [&](int buffer, const std::vector<float> &values,
                            bool isBF16) {
            std::vector<std::byte> bytes = store(values, isBF16);
            device->upload(buffers[buffer], bytes.data(), bytes.size());
          };
          upload(0, transposeA ? aT : a, operandsBF16);
          upload(1, transposeB ? bT : b, operandsBF16);
          upload(3, old, resultBF16);
          if (addend)
            upload(2, c, resultBF16);
          const int64_t shape[] = {2, 3, 2, transposeA, transposeB};
          EXPECT_EQ(device->call(nullptr, function, buffers, shape), WAVRT_OK);

          std::vector<float> expected = ab;
          for (float &value : expected)
            value += addend ? c[0] : 0;
          std::vector<std::byte> result(resultBF16 ? 12 : 24);
          auto download = [&](std::byte *buffer) {
            device->download(result.data(), buffer, result.size());
            return result;
          };
          EXPECT_EQ(download(d), store(expected, resultBF16));
          if (addend && addend != d)
            EXPECT_EQ(download(addend), store(c, resultBF16));
        }
  device->free(memory);
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

TEST_F(CudaTest, TakesTheCodeThatTheChipRuns) {
  using wavrt::cuda::runsOn;
  EXPECT_TRUE(runsOn(90, "sm_90a", false));
  EXPECT_TRUE(runsOn(90, "sm_90", false));
  EXPECT_TRUE(runsOn(89, "sm_80", false));
  EXPECT_FALSE(runsOn(80, "sm_89", false));
  EXPECT_FALSE(runsOn(90, "sm_80", false));
  EXPECT_FALSE(runsOn(100, "sm_90a", true));
  EXPECT_TRUE(runsOn(100, "sm_90", true));
  EXPECT_FALSE(runsOn(80, "sm_90", true));
  EXPECT_TRUE(runsOn(103, "sm_100f", true));
  EXPECT_FALSE(runsOn(120, "sm_100f", true));
  EXPECT_FALSE(runsOn(90, "gfx90", true));

  fake.major = 8;
  fake.minor = 6;
  Session(program(), 1);
  EXPECT_EQ(logged({"load"}), std::vector<std::string>{"load cubin 80"});
}

TEST_F(CudaTest, AssemblesWhereNothingIsAssembled) {
  const wavrt_device_code onlyPtx = {"sm_90a", "ptx 90a", 0, nullptr};
  wavrt_program compiled = programWith(&onlyPtx);
  Session(program(compiled), 1);
  EXPECT_EQ(logged({"load"}), std::vector<std::string>{"load ptx 90a"});
  fake.failures["cuModuleLoadDataEx"] = 218;
  fake.jitLog = "line 7: what?\nptxas fatal: aborted\n";
  std::string text = failure([&] { Session(program(compiled), 1); });
  EXPECT_TRUE(contains(text, "(line 7: what?)"));
  fake.failures["cuModuleLoadDataEx"] = 222;
  text = failure([&] { Session(program(compiled), 1); });
  EXPECT_TRUE(contains(text, "the driver, for CUDA 12.8, is too old"));
  EXPECT_TRUE(contains(text, "--chip=sm_90"));
}

// One for CUDA 12 cannot load what the ptxas of CUDA 13 made.
TEST_F(CudaTest, AssemblesWhatTheDriverIsTooOldFor) {
  fake.failures["load cubin 90a"] = 200;
  Session session(program(), 1);
  EXPECT_EQ(logged({"load"}),
            (std::vector<std::string>{"load cubin 90a", "load ptx 90a"}));
  EXPECT_EQ(step(session, {1, 2, 3, 4}), expected({1, 2, 3, 4}));
}

TEST_F(CudaTest, ChoosesTheGpuIfItCan) {
  Program chosen = chooseProgram(&cpuProgram, &cudaProgram, DeviceChoice::Any);
  EXPECT_EQ(chosen.device(), "Fake GPU (sm_90), driver for CUDA 12.8");
  Session session(chosen, 1);
  EXPECT_EQ(step(session, {1, 2, 3, 4}), expected({1, 2, 3, 4}));
  EXPECT_EQ(
      chooseProgram(&cpuProgram, &cudaProgram, DeviceChoice::CPU).device(),
      "CPU");
}

TEST_F(CudaTest, SaysWhyItTakesTheCpu) {
  fake.devices = 0;
  testing::internal::CaptureStderr();
  Program chosen = chooseProgram(&cpuProgram, &cudaProgram, DeviceChoice::Any);
  std::string note = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(note, "note: running on the CPU, for want of a GPU: "
                             "CUDA: counting devices: "));
  EXPECT_TRUE(contains(note, "CUDA_VISIBLE_DEVICES"));
  EXPECT_TRUE(contains(chosen.device(), "CPU, for want of a GPU"));
  Session session(chosen, 1);
  EXPECT_NO_THROW(session.arena(WAVRT_IO));
}

// The manifest is of use without a GPU; a session is not.
TEST_F(CudaTest, AGpuProgramFailsWhenItRuns) {
  fake.devices = 0;
  for (const wavrt_program *cpu : {&cpuProgram, (const wavrt_program *)nullptr})
    for (DeviceChoice choice : {DeviceChoice::Any, DeviceChoice::CUDA}) {
      if (cpu && choice == DeviceChoice::Any)
        continue;
      Program chosen = chooseProgram(cpu, &cudaProgram, choice);
      EXPECT_TRUE(contains(chosen.device(), "counting devices"));
      EXPECT_TRUE(contains(failure([&] { Session session(chosen, 1); }),
                           "CUDA_VISIBLE_DEVICES"));
    }
  try {
    chooseProgram(&cpuProgram, nullptr, DeviceChoice::CUDA);
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code, ExitCode::BadUsage);
  }
}

//===----------------------------------------------------------------------===//
// Failing
//===----------------------------------------------------------------------===//

TEST_F(CudaTest, NamesTheLibraryThatIsMissing) {
  setenv("WAV_LIBCUDA", "/nowhere/libcuda.so.1", 1);
  std::string text = sessionFailure();
  EXPECT_TRUE(contains(text, "/nowhere/libcuda.so.1"));
  EXPECT_TRUE(contains(text, "install NVIDIA's driver"));
  EXPECT_TRUE(contains(text, "set WAV_LIBCUDA"));
  // Any library without the functions is like an old one.
  setenv("WAV_LIBCUDA", "libm.so.6", 1);
  text = sessionFailure();
  EXPECT_TRUE(contains(text, "libm.so.6 has no function cuGetErrorName"));
  EXPECT_TRUE(contains(text, "older than CUDA 11.4"));

  setenv("WAV_LIBCUDA", WAVRT_FAKE_CUDA, 1);
  setenv("WAV_LIBCUBLASLT", "/nowhere/libcublasLt.so", 1);
  text = sessionFailure();
  EXPECT_TRUE(contains(text, "/nowhere/libcublasLt.so"));
  EXPECT_TRUE(contains(text, "nvidia-cublas"));
}

TEST_F(CudaTest, NamesTheChipThatIsMissing) {
  fake.major = 7;
  fake.minor = 5;
  std::string text = sessionFailure();
  EXPECT_TRUE(contains(text, "compiled for sm_90a"));
  EXPECT_TRUE(contains(text, "Fake GPU (sm_75)"));
  EXPECT_TRUE(contains(text, "--chip=sm_75"));
}

TEST_F(CudaTest, SaysWhatOpeningFailedAt) {
  for (const char *function :
       {"cuInit", "cuDevicePrimaryCtxRetain", "cuModuleLoadDataEx",
        "cuModuleGetFunction", "cublasLtCreate"}) {
    fake.failures = {{function, 999}};
    EXPECT_NE(sessionFailure(), "no error") << function;
  }
  fake.failures = {{"cuInit", 803}};
  EXPECT_TRUE(contains(sessionFailure(), "restart the machine"));
}

TEST_F(CudaTest, SaysHowMuchMemoryIsMissing) {
  // Enough for the workspace of the products, not for the arenas.
  fake.memory = (32 << 20) + 4000;
  std::string text = sessionFailure();
  EXPECT_TRUE(
      contains(text, "out of memory: 4 KiB wanted, 3 KiB of 32771 KiB"));
  EXPECT_TRUE(contains(text, "--batch"));
  fake.memory = 1000;
  EXPECT_TRUE(contains(sessionFailure(), "32 MiB for matrix products"));
}

TEST_F(CudaTest, NamesTheKernelThatCannotStart) {
  Session session(program(), 1);
  fake.failures["cuLaunchKernel"] = 701;
  EXPECT_TRUE(contains(failure([&] { session.run("step"); }),
                       "launching kernel 'sum' (2 blocks of 2 threads, 0 bytes "
                       "of shared memory): it failed (CUDA_ERROR_701)"));
}

// An error while a graph is made leaves the device usable.
TEST_F(CudaTest, GivesUpAGraphThatFails) {
  Session session(program(), 1);
  step(session, {1, 2, 3, 4});
  fake.failures["cublasLtMatmul"] = 13;
  EXPECT_TRUE(contains(failure([&] { session.run("step"); }),
                       "cuBLASLt: the product 2 x 2 x 2 of f32: it failed"));
  fake.failures.clear();
  EXPECT_EQ(step(session, {5, 6, 7, 8}), expected({5, 6, 7, 8}));
  EXPECT_EQ(step(session, {1, 2, 3, 4}), expected({1, 2, 3, 4}));
}

TEST_F(CudaTest, TellsWhichKernelFailedIfAsked) {
  fake.kernelFailures["scale"] = 700;
  {
    Session session(program(), 1);
    std::string text = failure([&] { step(session, {1, 2, 3, 4}); });
    EXPECT_TRUE(contains(text, "copying from the GPU, or in a kernel before"));
    EXPECT_TRUE(contains(text, "WAV_CUDA_SYNC=1"));
  }
  setenv("WAV_CUDA_SYNC", "1", 1);
  Session session(program(), 1);
  EXPECT_TRUE(contains(failure([&] { step(session, {1, 2, 3, 4}); }),
                       "running kernel 'scale'"));
}

TEST_F(CudaTest, RefusesOtherFunctions) {
  product = wavrt_embed_grad_f32;
  Session session(program(), 1);
  EXPECT_TRUE(contains(failure([&] { session.run("step"); }),
                       "compile the model again"));
}
