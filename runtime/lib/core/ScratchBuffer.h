//===- ScratchBuffer.h - Memory of library functions ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CORE_SCRATCHBUFFER_H
#define WAVRT_LIB_CORE_SCRATCHBUFFER_H

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace wavrt {

/// Memory that grows to the largest request and then stays.
class ScratchBuffer {
public:
  /// 64-byte aligned; what was in it is lost. Throws std::bad_alloc.
  float *get(int64_t floats) {
    if (capacity < floats) {
      memory.reset();
      capacity = 0;
      const size_t bytes = (floats * sizeof(float) + 63) / 64 * 64;
      memory.reset(static_cast<float *>(std::aligned_alloc(64, bytes)));
      if (!memory)
        throw std::bad_alloc();
      capacity = floats;
    }
    return memory.get();
  }

private:
  struct Free {
    void operator()(float *p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> memory;
  int64_t capacity = 0;
};

} // namespace wavrt

#endif // WAVRT_LIB_CORE_SCRATCHBUFFER_H
