//===- SimtDevice.h - The CPU as a device for GPU code ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TOOLS_SIMT_SIMTDEVICE_H
#define WAV_TOOLS_SIMT_SIMTDEVICE_H

#include "wav/Simt/Executor.h"

#include "wavrt/device.h"

namespace mlir::wav {

/// Runs the kernels of a program by a `SimtExecutor`, and everything else as on
/// the CPU. Memory is the host's. A launch with reports throws
/// wavrt::Error (device), whose message they are.
class SimtDevice : public wavrt::Device {
public:
  /// `executor` has the kernels of the program, and no other user.
  SimtDevice(std::shared_ptr<SimtExecutor> executor,
             std::shared_ptr<llvm::raw_ostream> traffic)
      : executor(std::move(executor)), traffic(std::move(traffic)) {}

  void load(const wavrt_device_code &code,
            std::span<const wavrt_device_kernel> kernels) override {}
  void *allocate(size_t bytes) override;
  void free(void *memory) noexcept override;
  bool isHostMemory() const override { return true; }
  void upload(void *target, const void *source, size_t bytes) override;
  void download(void *target, const void *source, size_t bytes) override;
  void launch(const wavrt_device_kernel &kernel, void *const *slots,
              int64_t blocks) override;

private:
  std::shared_ptr<SimtExecutor> executor;
  std::shared_ptr<llvm::raw_ostream> traffic;
  int numAllocations = 0;
};

/// What makes the devices of a program, or null for a program of the CPU. Each
/// launch writes a line to `traffic`, unless it is null: the kernel, and the
/// bytes that it read and wrote (`SimtOptions::countTraffic`).
wavrt::DeviceFactory
makeSimtDevices(std::shared_ptr<SimtExecutor> executor,
                std::shared_ptr<llvm::raw_ostream> traffic = nullptr);

} // namespace mlir::wav

#endif // WAV_TOOLS_SIMT_SIMTDEVICE_H
