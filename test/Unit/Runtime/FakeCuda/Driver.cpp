//===- Driver.cpp - A driver for no GPU -------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"
#include "Memory.h"

#include "cuda/Driver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

using namespace wavrt::cuda;
using namespace wavrt::test;

// Everything is declared, so that a definition of another type does not
// compile.
extern "C" {
#define WAVRT_DECLARE(NAME, SYMBOL, PARAMETERS) CUresult SYMBOL PARAMETERS;
WAVRT_FOR_EACH_CUDA_FUNCTION(WAVRT_DECLARE)
#undef WAVRT_DECLARE
}

static FakeCuda state;
FakeCuda *fakeCuda() { return &state; }

int wavrt::test::note(const std::string &function, const std::string &text) {
  if (!text.empty())
    state.log.push_back(text);
  auto it = state.failures.find(function);
  return it == state.failures.end() ? 0 : it->second;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static std::map<uintptr_t, std::vector<std::byte>> allocations;
static std::map<void *, size_t> pinned;
static uintptr_t nextAddress = 0x100000;

std::byte *wavrt::test::toHost(uintptr_t address) {
  auto it = allocations.upper_bound(address);
  if (it != allocations.begin()) {
    --it;
    if (address - it->first < it->second.size())
      return it->second.data() + (address - it->first);
  }
  std::fprintf(stderr, "fake GPU: no memory at %zx\n", size_t(address));
  std::abort();
}

CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  *free = state.memory - state.used;
  *total = state.memory;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *memory, size_t bytes) {
  if (int failure = note("cuMemAlloc"))
    return CUresult(failure);
  if (bytes > state.memory - state.used)
    return CUDA_ERROR_OUT_OF_MEMORY;
  // Not zeroed, as that of a GPU is not.
  allocations[nextAddress].assign(bytes, std::byte(0xa5));
  *memory = nextAddress;
  nextAddress += (bytes + 0xffff) / 0x10000 * 0x10000;
  state.used += bytes;
  ++state.live;
  return CUDA_SUCCESS;
}

CUresult cuMemFree_v2(CUdeviceptr memory) {
  cuStreamSynchronize(nullptr);
  auto it = allocations.find(memory);
  state.used -= it->second.size();
  allocations.erase(it);
  --state.live;
  return CUDA_SUCCESS;
}

CUresult cuMemAllocHost_v2(void **memory, size_t bytes) {
  *memory = std::malloc(bytes);
  pinned[*memory] = bytes;
  ++state.live;
  return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void *memory) {
  pinned.erase(memory);
  std::free(memory);
  --state.live;
  return CUDA_SUCCESS;
}

static bool isPinned(const void *memory) {
  auto it = pinned.upper_bound(const_cast<void *>(memory));
  if (it == pinned.begin())
    return false;
  --it;
  return static_cast<const std::byte *>(memory) <
         static_cast<std::byte *>(it->first) + it->second;
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

using Work = std::vector<std::function<void()>>;
static Work waiting;
static Work *capturing = nullptr;
static CUresult asyncFailure = CUDA_SUCCESS;

void wavrt::test::enqueue(std::function<void()> work) {
  (capturing ? *capturing : waiting).push_back(std::move(work));
}

template <typename Handle> static Handle toHandle(void *object) {
  ++state.live;
  return reinterpret_cast<Handle>(object);
}
template <typename T, typename Handle> static CUresult destroy(Handle handle) {
  delete reinterpret_cast<T *>(handle);
  --state.live;
  return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *stream, unsigned) {
  *stream = toHandle<CUstream>(new int);
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy_v2(CUstream stream) { return destroy<int>(stream); }

CUresult cuStreamSynchronize(CUstream) {
  Work work = std::move(waiting);
  waiting.clear();
  for (const auto &step : work)
    step();
  if (int failure = note("cuStreamSynchronize"))
    return CUresult(failure);
  return asyncFailure;
}

CUresult cuMemsetD8Async(CUdeviceptr memory, unsigned char value, size_t bytes,
                         CUstream) {
  enqueue([=] { std::memset(toHost(memory), value, bytes); });
  return CUDA_SUCCESS;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void *source,
                              size_t bytes, CUstream) {
  note("", "upload " + std::to_string(bytes));
  if (isPinned(source)) {
    enqueue([=] { std::memcpy(toHost(target), source, bytes); });
  } else {
    auto *first = static_cast<const std::byte *>(source);
    enqueue([=, copy = std::vector<std::byte>(first, first + bytes)] {
      std::memcpy(toHost(target), copy.data(), bytes);
    });
  }
  return CUDA_SUCCESS;
}

CUresult cuMemcpyDtoHAsync_v2(void *target, CUdeviceptr source, size_t bytes,
                              CUstream) {
  note("", "download " + std::to_string(bytes));
  enqueue([=] { std::memcpy(target, toHost(source), bytes); });
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode) {
  if (int failure = note("cuStreamBeginCapture", "capture"))
    return CUresult(failure);
  capturing = new Work;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream, CUgraph *graph) {
  *graph = toHandle<CUgraph>(capturing);
  capturing = nullptr;
  return CUresult(note("cuStreamEndCapture"));
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph,
                                     unsigned long long) {
  if (int failure = note("cuGraphInstantiate"))
    return CUresult(failure);
  *executable =
      toHandle<CUgraphExec>(new Work(*reinterpret_cast<Work *>(graph)));
  return CUDA_SUCCESS;
}
CUresult cuGraphLaunch(CUgraphExec executable, CUstream) {
  note("", "replay");
  for (const auto &step : *reinterpret_cast<Work *>(executable))
    enqueue(step);
  return CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph graph) { return destroy<Work>(graph); }
CUresult cuGraphExecDestroy(CUgraphExec executable) {
  return destroy<Work>(executable);
}

//===----------------------------------------------------------------------===//
// Events: the time is the number of recordings
//===----------------------------------------------------------------------===//

static float now = 0;

CUresult cuEventCreate(CUevent *event, unsigned) {
  *event = toHandle<CUevent>(new float);
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy_v2(CUevent event) { return destroy<float>(event); }
CUresult cuEventRecord(CUevent event, CUstream) {
  enqueue([=] { *reinterpret_cast<float *>(event) = ++now; });
  return CUDA_SUCCESS;
}
CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end) {
  *milliseconds =
      *reinterpret_cast<float *>(end) - *reinterpret_cast<float *>(start);
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// y = 2 x, a thread for each element.
static void runScale(const std::vector<void *> &slots, unsigned blocks,
                     unsigned threads) {
  const float *x = toHost<float>(slots[0]);
  float *y = toHost<float>(slots[1]);
  for (unsigned i = 0; i < blocks * threads; ++i)
    y[i] = 2 * x[i];
}

/// y = the sum of the rows of a bank, a thread for each element.
static void runSum(const std::vector<void *> &slots, unsigned blocks,
                   unsigned threads) {
  void *const *bank = toHost<void *>(slots[0]);
  float *y = toHost<float>(slots[1]);
  for (unsigned i = 0; i < blocks * threads; ++i) {
    y[i] = 0;
    for (size_t row = 0; row < reinterpret_cast<size_t>(bank[0]); ++row)
      y[i] += toHost<float>(bank[1 + row])[i];
  }
}

/// Any other kernel, of a real program.
static void runNothing(const std::vector<void *> &, unsigned, unsigned) {}

namespace {
struct Kernel {
  std::string name;
  size_t slots;
  void (*run)(const std::vector<void *> &, unsigned, unsigned);
  int sharedLimit = 48 << 10;
};
} // namespace

static std::deque<Kernel> kernels = {{"scale", 2, runScale},
                                     {"sum", 2, runSum}};

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image,
                            unsigned numOptions, CUjit_option *options,
                            void **values) {
  const std::string load =
      std::string("load ") + static_cast<const char *>(image);
  int refusal = note(load, load);
  for (unsigned i = 0; i < numOptions; ++i)
    if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
      std::strcpy(static_cast<char *>(values[i]), state.jitLog.c_str());
  if (refusal)
    return CUresult(refusal);
  if (int failure = note("cuModuleLoadDataEx"))
    return CUresult(failure);
  *module = toHandle<CUmodule>(new int);
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule module) { return destroy<int>(module); }

CUresult cuModuleGetFunction(CUfunction *function, CUmodule, const char *name) {
  auto it = std::ranges::find(kernels, name, &Kernel::name);
  if (it == kernels.end())
    it = kernels.insert(it, {name, 0, runNothing});
  it->sharedLimit = 48 << 10;
  *function = reinterpret_cast<CUfunction>(&*it);
  return CUresult(note("cuModuleGetFunction"));
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute,
                            int value) {
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES ||
      value > 227 << 10)
    return CUresult(1);
  reinterpret_cast<Kernel *>(function)->sharedLimit = value;
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned, unsigned,
                        unsigned blockX, unsigned, unsigned,
                        unsigned sharedBytes, CUstream, void **parameters,
                        void **) {
  auto &kernel = *reinterpret_cast<Kernel *>(function);
  int failure = note("cuLaunchKernel", std::string("launch ") + kernel.name +
                                           " " + std::to_string(gridX) + "x" +
                                           std::to_string(blockX) + " shared " +
                                           std::to_string(sharedBytes));
  if (failure)
    return CUresult(failure);
  if (int(sharedBytes) > kernel.sharedLimit)
    return CUresult(1);
  std::vector<void *> slots;
  for (size_t i = 0; i < kernel.slots; ++i)
    slots.push_back(*static_cast<void **>(parameters[i]));
  enqueue([=, &kernel] {
    if (auto it = state.kernelFailures.find(kernel.name);
        it != state.kernelFailures.end())
      asyncFailure = CUresult(it->second);
    else
      kernel.run(slots, gridX, blockX);
  });
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

CUresult cuInit(unsigned) {
  asyncFailure = CUDA_SUCCESS;
  return CUresult(note("cuInit"));
}
CUresult cuDriverGetVersion(int *version) {
  *version = state.version;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int *count) {
  *count = state.devices;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  *device = ordinal;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char *name, int length, CUdevice) {
  std::snprintf(name, length, "Fake GPU");
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute,
                              CUdevice) {
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
               ? state.major
               : state.minor;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice) {
  if (int failure = note("cuDevicePrimaryCtxRetain"))
    return CUresult(failure);
  static int primary;
  *context = toHandle<CUcontext>(&primary);
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  --state.live;
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext) { return CUDA_SUCCESS; }

CUresult cuGetErrorName(CUresult error, const char **text) {
  static std::string name;
  name = "CUDA_ERROR_" + std::to_string(error);
  *text = name.c_str();
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char **text) {
  *text = "it failed";
  return CUDA_SUCCESS;
}
