//===- Context.h - What library functions see of a program ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CORE_CONTEXT_H
#define WAVRT_LIB_CORE_CONTEXT_H

#include "ScratchBuffer.h"
#include "ThreadPool.h"
#include "cpu/UsableTiles.h"
#include "wavrt/device.h"

#include <exception>

namespace wavrt {

/// The runtime's side of `wavrt_context`: every context that compiled code or
/// a library function is given is one of these.
struct Context : wavrt_context {
  explicit Context(int threads = 0, const Tiles &tiles = findTiles())
      : wavrt_context{}, tiles(tiles), pool(threads) {}

  static Context &from(wavrt_context *context) {
    return *static_cast<Context *>(context);
  }

  const Tiles &tiles;
  ThreadPool pool;
  /// What the threads of a library function share.
  ScratchBuffer shared;
  Device *device = nullptr;
  /// What went wrong on the device; exceptions do not pass through compiled
  /// code.
  std::exception_ptr failure;
  /// Times of the running entry's launches; empty unless profiling.
  std::span<LaunchTime> times;
};

} // namespace wavrt

#endif // WAVRT_LIB_CORE_CONTEXT_H
