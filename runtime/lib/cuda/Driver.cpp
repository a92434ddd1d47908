//===- Driver.cpp - Loading the CUDA driver -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include "SharedLibrary.h"

using namespace wavrt::cuda;

Driver::Driver() {
  SharedLibrary library("WAV_LIBCUDA", {"libcuda.so.1"},
                        "install NVIDIA's driver (Debian: libcuda1)");
  constexpr const char *advice =
      "this driver is older than CUDA 11.4; install a newer one";
#define WAVRT_FIND(NAME, SYMBOL, PARAMETERS)                                   \
  library.find(NAME, #SYMBOL, advice);
  WAVRT_FOR_EACH_CUDA_FUNCTION(WAVRT_FIND)
#undef WAVRT_FIND
}
