//===- PinnedRing.h - Uploads that do not wait ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_PINNEDRING_H
#define WAVRT_LIB_CUDA_PINNEDRING_H

#include "Gpu.h"
#include "Owned.h"

namespace wavrt::cuda {

/// Host memory that the GPU copies from while the host goes on. The inputs of
/// many steps fit; when the end is reached, the stream is waited for once.
class PinnedRing {
public:
  explicit PinnedRing(const Gpu &gpu);

  /// Enqueues a copy of any size; `source` may change afterwards.
  void upload(CUdeviceptr target, const void *source, size_t bytes,
              CUstream stream);

private:
  static constexpr size_t size = 4 << 20;

  const Gpu &gpu;
  Owned<void *> memory;
  size_t used = 0;
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_PINNEDRING_H
