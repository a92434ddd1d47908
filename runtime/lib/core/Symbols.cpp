//===- Symbols.cpp - What a JIT binds for compiled code ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file of its own, so that a program compiled ahead of time links only the
// library functions that it calls.
//
//===----------------------------------------------------------------------===//

#include "wavrt/program.h"

using namespace wavrt;

std::span<const Symbol> wavrt::abiSymbols() {
  static const Symbol symbols[] = {
#define WAVRT_SYMBOL(NAME) {#NAME, reinterpret_cast<void *>(&NAME)},
      WAVRT_SYMBOL(wavrt_launch) WAVRT_SYMBOL(wavrt_launch_device)
          WAVRT_SYMBOL(wavrt_call) WAVRT_SYMBOL(wavrt_call_batch)
              WAVRT_FOR_EACH_LIBRARY_FUNCTION(WAVRT_SYMBOL)
#undef WAVRT_SYMBOL
  };
  return symbols;
}
