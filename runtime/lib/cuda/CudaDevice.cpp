//===- CudaDevice.cpp - Running a program on a GPU ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDevice.h"

#include <cstdio>
#include <cstdlib>

using namespace wavrt;
using namespace wavrt::cuda;

static CUdeviceptr addressOf(const void *memory) {
  return reinterpret_cast<CUdeviceptr>(memory);
}

static std::string quoted(const char *name) {
  return "'" + std::string(name) + "'";
}

CudaDevice::CudaDevice(std::shared_ptr<const Gpu> shared)
    : gpu((shared->use(), std::move(shared))), driver(gpu->driver),
      stream(driver.cuStreamDestroy), ring(*gpu), products(*gpu) {
  const char *wait = std::getenv("WAV_CUDA_SYNC");
  waits = wait && std::string_view(wait) == "1";
  gpu->check(driver.cuStreamCreate(stream.out(), CU_STREAM_NON_BLOCKING),
             "making a stream");
}

void CudaDevice::load(const wavrt_device_code &,
                      std::span<const wavrt_device_kernel> kernels) {
  firstKernel = kernels.data();
  for (const wavrt_device_kernel &kernel : kernels)
    functions.push_back(gpu->find(kernel));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// In MiB, or in KiB where that is too coarse.
static std::string describeBytes(size_t bytes) {
  return bytes < 64 << 20 ? std::to_string(bytes >> 10) + " KiB"
                          : std::to_string(bytes >> 20) + " MiB";
}

void *CudaDevice::allocate(size_t bytes) {
  gpu->use();
  CUdeviceptr memory = 0;
  CUresult result = driver.cuMemAlloc(&memory, bytes);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) {
    size_t free = 0, total = 0;
    driver.cuMemGetInfo(&free, &total);
    throw Error(ExitCode::Device,
                "CUDA: out of memory: " + describeBytes(bytes) + " wanted, " +
                    describeBytes(free) + " of " + describeBytes(total) +
                    " free; use a smaller --batch or --memory-budget, or end "
                    "what else runs on the GPU");
  }
  gpu->check(result, "allocating " + describeBytes(bytes));
  gpu->check(driver.cuMemsetD8Async(memory, 0, bytes, stream.get()),
             "clearing " + describeBytes(bytes));
  return reinterpret_cast<void *>(memory);
}

void CudaDevice::free(void *memory) noexcept {
  driver.cuMemFree(addressOf(memory));
}

void CudaDevice::upload(void *target, const void *source, size_t bytes) {
  gpu->use();
  ring.upload(addressOf(target), source, bytes, stream.get());
}

void CudaDevice::download(void *target, const void *source, size_t bytes) {
  gpu->use();
  gpu->check(
      driver.cuMemcpyDtoHAsync(target, addressOf(source), bytes, stream.get()),
      "copying from the GPU");
  synchronize("copying from the GPU");
}

/// An error may be one of a kernel that was launched long before.
void CudaDevice::synchronize(const std::string &doing) {
  CUresult result = driver.cuStreamSynchronize(stream.get());
  if (result != CUDA_SUCCESS)
    gpu->check(result, waits ? doing
                             : doing + ", or in a kernel before it "
                                       "(WAV_CUDA_SYNC=1 tells which)");
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void CudaDevice::launch(const wavrt_device_kernel &kernel, void *const *slots,
                        int64_t blocks) {
  parameters.clear();
  for (uint32_t i = 0; i < kernel.num_slots; ++i)
    parameters.push_back(const_cast<void **>(&slots[i]));
  CUresult result = driver.cuLaunchKernel(
      functions[&kernel - firstKernel], static_cast<unsigned>(blocks), 1, 1,
      kernel.threads, 1, 1, kernel.shared_bytes, stream.get(),
      parameters.data(), nullptr);
  auto describe = [&] {
    return "kernel " + quoted(kernel.name) + " (" + std::to_string(blocks) +
           " blocks of " + std::to_string(kernel.threads) + " threads, " +
           std::to_string(kernel.shared_bytes) + " bytes of shared memory)";
  };
  if (result != CUDA_SUCCESS)
    gpu->check(result, "launching " + describe());
  finishStep(describe);
}

/// The products that a GPU program may call, and their types.
static const struct {
  wavrt_library_fn function;
  DType operands, result;
} productFunctions[] = {
    {wavrt_matmul_f32, DType::F32, DType::F32},
    {wavrt_matmul_bf16, DType::BF16, DType::BF16},
    {wavrt_matmul_bf16_f32, DType::BF16, DType::F32},
};

static ProductShape getShape(wavrt_library_fn function, const int64_t *params) {
  for (const auto &product : productFunctions)
    if (product.function == function)
      return {product.operands, product.result, params[0],     params[1],
              params[2],        params[3] != 0, params[4] != 0};
  throw Error(ExitCode::Device,
              "CUDA: the program calls a function that a GPU has not; compile "
              "the model again, with the compiler of this version");
}

int32_t CudaDevice::call(wavrt_context *, wavrt_library_fn function,
                         void *const *buffers, const int64_t *params) {
  ProductShape shape = getShape(function, params);
  products.enqueue(shape, buffers, stream.get());
  finishStep([&] { return "the product " + shape.describe(); });
  return WAVRT_OK;
}

int32_t CudaDevice::callBatch(wavrt_context *, wavrt_library_fn function,
                              const CallBatch &batch, const int64_t *params) {
  ProductShape shape = getShape(function, params);
  products.enqueue(shape, batch, stream.get());
  finishStep([&] {
    return std::to_string(batch.instances) + " products " + shape.describe();
  });
  return WAVRT_OK;
}

template <typename Describe>
void CudaDevice::finishStep(const Describe &describe) {
  if (timing)
    mark();
  if (waits)
    synchronize("running " + describe());
}

void CudaDevice::mark() {
  if (marks == events.size()) {
    Owned<CUevent> event(driver.cuEventDestroy);
    gpu->check(driver.cuEventCreate(event.out(), 0), "making an event");
    events.push_back(std::move(event));
  }
  gpu->check(driver.cuEventRecord(events[marks++].get(), stream.get()),
             "recording an event");
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

int32_t CudaDevice::run(size_t entry, const std::function<int32_t()> &enqueue,
                        std::span<LaunchTime> times) {
  gpu->use();
  if (!times.empty())
    return runTimed(enqueue, times);
  if (waits || !usesGraphs)
    return enqueue();
  auto [it, isFirst] =
      graphs.try_emplace(entry, Owned<CUgraphExec>(driver.cuGraphExecDestroy));
  if (isFirst)
    return enqueue();
  if (!it->second.get()) {
    try {
      if (int32_t status = capture(enqueue, it->second))
        return status;
    } catch (const Error &error) {
      // What fails without a graph too will say so itself.
      usesGraphs = false;
      std::fprintf(stderr, "note: launching kernels one by one: %s\n",
                   error.what());
      return enqueue();
    }
  }
  gpu->check(driver.cuGraphLaunch(it->second.get(), stream.get()),
             "launching a graph");
  return WAVRT_OK;
}

int32_t CudaDevice::capture(const std::function<int32_t()> &enqueue,
                            Owned<CUgraphExec> &executable) {
  Owned<CUgraph> graph(driver.cuGraphDestroy);
  gpu->check(driver.cuStreamBeginCapture(stream.get(),
                                         CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
             "beginning a graph");
  int32_t status;
  try {
    status = enqueue();
  } catch (...) {
    driver.cuStreamEndCapture(stream.get(), graph.out());
    throw;
  }
  gpu->check(driver.cuStreamEndCapture(stream.get(), graph.out()),
             "ending a graph");
  if (status == WAVRT_OK)
    gpu->check(driver.cuGraphInstantiate(executable.out(), graph.get(), 0),
               "making a graph");
  return status;
}

/// The time between two marks includes the wait for the host where that is
/// slower than the GPU.
int32_t CudaDevice::runTimed(const std::function<int32_t()> &enqueue,
                             std::span<LaunchTime> times) {
  marks = 0;
  mark();
  timing = true;
  int32_t status;
  try {
    status = enqueue();
  } catch (...) {
    timing = false;
    throw;
  }
  timing = false;
  synchronize("running an entry point");
  for (size_t i = 0; i + 1 < marks && i < times.size(); ++i) {
    float milliseconds = 0;
    gpu->check(driver.cuEventElapsedTime(&milliseconds, events[i].get(),
                                         events[i + 1].get()),
               "reading an event");
    times[i].seconds += milliseconds * 1e-3;
    ++times[i].calls;
  }
  return status;
}
