//===- Tiles.cpp - The vector code of library functions ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiles.h"

#include <cstdlib>
#include <memory>
#include <new>

using namespace wavrt;

const Tiles &wavrt::tiles() {
  static const Tiles &chosen =
      __builtin_cpu_supports("x86-64-v4") ? tilesV4 : tilesV3;
  return chosen;
}

float *wavrt::threadScratch(int64_t floats) {
  struct Free {
    void operator()(float *p) const { std::free(p); }
  };
  static thread_local std::unique_ptr<float, Free> memory;
  static thread_local int64_t capacity = 0;
  if (capacity < floats) {
    size_t bytes = (floats * sizeof(float) + 63) / 64 * 64;
    memory.reset(static_cast<float *>(std::aligned_alloc(64, bytes)));
    if (!memory)
      throw std::bad_alloc();
    capacity = floats;
  }
  return memory.get();
}
