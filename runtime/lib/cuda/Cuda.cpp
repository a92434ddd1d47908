//===- Cuda.cpp - Opening a GPU for a program -----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/cuda.h"

#include "CudaDevice.h"

using namespace wavrt;
using namespace wavrt::cuda;

CudaOpening wavrt::openCuda(const wavrt_device_code &code) {
  CudaOpening opening;
  try {
    auto gpu = std::make_shared<const Gpu>(code);
    opening.description = gpu->describe();
    opening.makeDevice = [gpu] { return std::make_unique<CudaDevice>(gpu); };
  } catch (const Error &error) {
    opening.failure = error;
    opening.description = error.what();
    opening.makeDevice = [error]() -> std::unique_ptr<Device> { throw error; };
  }
  return opening;
}
