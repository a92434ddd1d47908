//===- CudaDevice.h - Running a program on a GPU ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_CUDADEVICE_H
#define WAVRT_LIB_CUDA_CUDADEVICE_H

#include "PinnedRing.h"
#include "Products.h"
#include "wavrt/device.h"

#include <map>

namespace wavrt::cuda {

/// Everything goes through one stream. The first run of an entry point is
/// enqueued step by step, so that cuBLASLt chooses how to compute its products;
/// the second is captured as a CUDA graph, which it and all later ones replay.
/// Where that fails, a note says why and all are enqueued step by step.
class CudaDevice : public Device {
public:
  explicit CudaDevice(std::shared_ptr<const Gpu> gpu);

  void load(const wavrt_device_code &code,
            std::span<const wavrt_device_kernel> kernels) override;
  void *allocate(size_t bytes) override;
  void free(void *memory) noexcept override;
  void upload(void *target, const void *source, size_t bytes) override;
  void download(void *target, const void *source, size_t bytes) override;
  void launch(const wavrt_device_kernel &kernel, void *const *slots,
              int64_t blocks) override;
  int32_t call(wavrt_context *context, wavrt_library_fn function,
               void *const *buffers, const int64_t *params) override;
  int32_t callBatch(wavrt_context *context, wavrt_library_fn function,
                    const CallBatch &batch, const int64_t *params) override;
  int32_t run(size_t entry, const std::function<int32_t()> &enqueue,
              std::span<LaunchTime> times) override;

private:
  int32_t runTimed(const std::function<int32_t()> &enqueue,
                   std::span<LaunchTime> times);
  int32_t capture(const std::function<int32_t()> &enqueue,
                  Owned<CUgraphExec> &graph);
  /// What follows every launch and call; `describe` returns its text.
  template <typename Describe> void finishStep(const Describe &describe);
  void mark();
  void synchronize(const std::string &doing);

  std::shared_ptr<const Gpu> gpu;
  const Driver &driver;
  Owned<CUstream> stream;
  PinnedRing ring;
  Products products;
  const wavrt_device_kernel *firstKernel = nullptr;
  std::vector<CUfunction> functions; ///< In the order of the kernels.
  std::vector<void *> parameters;    ///< Of the launch being made.
  /// By entry point; without a graph when it has run once.
  std::map<size_t, Owned<CUgraphExec>> graphs;
  bool usesGraphs = true;
  /// While timing: one event before the first step and one after each.
  std::vector<Owned<CUevent>> events;
  bool timing = false;
  size_t marks = 0;
  /// WAV_CUDA_SYNC=1: wait for each step, so that an error names it.
  bool waits;
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_CUDADEVICE_H
