//===- cuda.h - Running programs on NVIDIA GPUs -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver and cuBLASLt are loaded when they are asked for, so that one
// program runs with or without a GPU. docs/gpu.md describes the environment.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_CUDA_H
#define WAVRT_CUDA_H

#include "wavrt/device.h"

#include <optional>

namespace wavrt {

/// A GPU that was opened for one program, or the reason why there is none.
struct CudaOpening {
  std::optional<Error> failure;
  /// "NVIDIA H100 80GB HBM3 (sm_90), driver for CUDA 12.8", or the failure.
  std::string description;
  /// Throws the failure, if there is one.
  DeviceFactory makeDevice;
};

/// Opens the first GPU that CUDA shows and loads the code on it.
CudaOpening openCuda(const wavrt_device_code &code);

} // namespace wavrt

#endif // WAVRT_CUDA_H
