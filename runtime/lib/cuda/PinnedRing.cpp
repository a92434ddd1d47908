//===- PinnedRing.cpp - Uploads that do not wait --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PinnedRing.h"

#include <algorithm>
#include <cstring>

using namespace wavrt::cuda;

PinnedRing::PinnedRing(const Gpu &gpu)
    : gpu(gpu), memory(gpu.driver.cuMemFreeHost) {
  gpu.check(gpu.driver.cuMemAllocHost(memory.out(), size),
            "allocating 4 MiB of pinned memory");
}

void PinnedRing::upload(CUdeviceptr target, const void *source, size_t bytes,
                        CUstream stream) {
  for (size_t done = 0; done < bytes;) {
    if (used == size) {
      gpu.check(gpu.driver.cuStreamSynchronize(stream), "copying to the GPU");
      used = 0;
    }
    size_t count = std::min(bytes - done, size - used);
    auto *staged = static_cast<std::byte *>(memory.get()) + used;
    std::memcpy(staged, static_cast<const std::byte *>(source) + done, count);
    gpu.check(
        gpu.driver.cuMemcpyHtoDAsync(target + done, staged, count, stream),
        "copying to the GPU");
    done += count;
    used += count;
  }
}
