//===- Gpu.h - One opened CUDA device ---------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_GPU_H
#define WAVRT_LIB_CUDA_GPU_H

#include "CublasLt.h"
#include "Driver.h"
#include "wavrt/program.h"

namespace wavrt::cuda {

/// The first device that the driver shows (CUDA_VISIBLE_DEVICES decides), its
/// primary context, and the code of one program in it. Everything throws Error
/// (device).
class Gpu {
public:
  explicit Gpu(const wavrt_device_code &code);
  ~Gpu();
  Gpu(const Gpu &) = delete;
  Gpu &operator=(const Gpu &) = delete;

  /// "NVIDIA H100 80GB HBM3 (sm_90), driver for CUDA 12.8".
  std::string describe() const;

  /// Throws if `result` is an error; `doing` says what failed.
  void check(CUresult result, std::string_view doing) const;

  /// Makes the context that of the calling thread.
  void use() const;

  CUfunction find(const wavrt_device_kernel &kernel) const;

  const Driver driver;
  const CublasLt blas;

private:
  Gpu() = default;
  void open();
  void load(const wavrt_device_code &code);
  int attribute(CUdevice_attribute attribute) const;

  CUdevice device = 0;
  std::string name;
  int capability = 0; ///< Ten times the major number plus the minor one.
  int version = 0;    ///< Of CUDA, as the driver states it: 12080 for 12.8.
  CUcontext context = nullptr;
  CUmodule module = nullptr;
};

/// Whether a device of the given capability runs what was compiled for `chip`,
/// "sm_90" or "sm_90a". Machine code runs on chips of the same major number
/// that are not older, PTX on all that are not older; with the suffix `a` both
/// run on that chip alone, with `f` on its major number.
bool runsOn(int capability, std::string_view chip, bool isPtx);

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_GPU_H
