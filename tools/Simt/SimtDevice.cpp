//===- SimtDevice.cpp - The CPU as a device for GPU code ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SimtDevice.h"

#include <cstdlib>
#include <cstring>

using namespace mlir::wav;

/// Of allocations, as on a GPU.
static constexpr size_t kAlignment = 256;

void *SimtDevice::allocate(size_t bytes) {
  size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void *memory = std::aligned_alloc(kAlignment, rounded);
  if (!memory)
    throw wavrt::Error(wavrt::ExitCode::Device,
                       "out of memory: " + std::to_string(bytes) + " bytes");
  std::memset(memory, 0, rounded);
  executor->registerBuffer(memory, bytes,
                           "allocation " + std::to_string(numAllocations++));
  return memory;
}

void SimtDevice::free(void *memory) noexcept {
  executor->unregisterBuffer(memory);
  std::free(memory);
}

void SimtDevice::upload(void *target, const void *source, size_t bytes) {
  std::memcpy(target, source, bytes);
}

void SimtDevice::download(void *target, const void *source, size_t bytes) {
  std::memcpy(target, source, bytes);
}

void SimtDevice::launch(const wavrt_device_kernel &kernel, void *const *slots,
                        int64_t blocks) {
  if (llvm::Error error =
          executor->launch(kernel.name, blocks, kernel.threads,
                           kernel.shared_bytes, {slots, kernel.num_slots}))
    throw wavrt::Error(wavrt::ExitCode::Device,
                       llvm::toString(std::move(error)));
  if (!traffic)
    return;
  SimtTraffic bytes = executor->takeTraffic();
  *traffic << kernel.name << ',' << bytes.bytesRead << ',' << bytes.bytesWritten
           << '\n';
}

wavrt::DeviceFactory
mlir::wav::makeSimtDevices(std::shared_ptr<SimtExecutor> executor,
                           std::shared_ptr<llvm::raw_ostream> traffic) {
  if (!executor)
    return nullptr;
  return [=] { return std::make_unique<SimtDevice>(executor, traffic); };
}
