//===- ThreadScratch.cpp - Memory of a thread -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiles.h"

#include "core/ScratchBuffer.h"

using namespace wavrt;

float *wavrt::threadScratch(int64_t floats) {
  static thread_local ScratchBuffer buffer;
  return buffer.get(floats);
}
