//===- CublasLt.cpp - Loading cuBLASLt ------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CublasLt.h"

#include "SharedLibrary.h"

using namespace wavrt::cuda;

CublasLt::CublasLt() {
  SharedLibrary library(
      "WAV_LIBCUBLASLT",
      {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11",
       "/usr/local/cuda/lib64/libcublasLt.so"},
      "install NVIDIA's cuBLAS (Debian: libcublaslt11, PyPI: nvidia-cublas)");
  constexpr const char *advice =
      "this cuBLAS is older than CUDA 11; install a newer one";
#define WAVRT_FIND(NAME, PARAMETERS) library.find(NAME, #NAME, advice);
  WAVRT_FOR_EACH_CUBLASLT_FUNCTION(WAVRT_FIND)
#undef WAVRT_FIND
  library.find(cublasLtGetStatusString, "cublasLtGetStatusString", advice);
}
