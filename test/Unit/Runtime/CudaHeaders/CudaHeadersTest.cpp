//===- CudaHeadersTest.cpp - Our declarations against NVIDIA's --*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cuda/CublasLt.h"

#include "gtest/gtest.h"

#include <array>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

/// What a calling convention sees of a type: its size, and whether it is a
/// pointer.
template <typename T> constexpr int kind() {
  return int(sizeof(T)) + (std::is_pointer_v<T> ? 100 : 0);
}

struct Signature {
  std::string_view symbol;
  std::vector<int> kinds; ///< Of the result and the parameters.
};

template <typename R, typename... A>
Signature signature(std::string_view symbol, R (*)(A...)) {
  return {symbol, {kind<R>(), kind<A>()...}};
}

// Before NVIDIA's headers make macros of the names.
std::vector<Signature> ours() {
  wavrt::cuda::Driver *driver = nullptr;
  wavrt::cuda::CublasLt *blas = nullptr;
  return {
#define DRIVER(NAME, SYMBOL, PARAMETERS)                                       \
  signature(#SYMBOL, decltype(driver->NAME)()),
      WAVRT_FOR_EACH_CUDA_FUNCTION(DRIVER)
#undef DRIVER
#define BLAS(NAME, PARAMETERS) signature(#NAME, decltype(blas->NAME)()),
          WAVRT_FOR_EACH_CUBLASLT_FUNCTION(BLAS)
#undef BLAS
  };
}

} // namespace

#include <cublasLt.h>
#include <cuda.h>

namespace {

#define STRING(TEXT) #TEXT
#define EXPANDED(NAME) STRING(NAME)

std::vector<Signature> theirs() {
  return {
#define DRIVER(NAME, SYMBOL, PARAMETERS) signature(EXPANDED(NAME), &NAME),
      WAVRT_FOR_EACH_CUDA_FUNCTION(DRIVER)
#undef DRIVER
#define BLAS(NAME, PARAMETERS) signature(#NAME, &NAME),
          WAVRT_FOR_EACH_CUBLASLT_FUNCTION(BLAS)
#undef BLAS
  };
}

} // namespace

TEST(CudaHeaders, FunctionsAgree) {
  std::vector<Signature> our = ours(), their = theirs();
  ASSERT_EQ(our.size(), their.size());
  for (size_t i = 0; i < our.size(); ++i) {
    EXPECT_EQ(our[i].kinds, their[i].kinds) << our[i].symbol;
    // The driver still has the older one, whose type is the same.
    if (their[i].symbol != "cuEventElapsedTime_v2")
      EXPECT_EQ(our[i].symbol, their[i].symbol);
  }
}

#define SAME(NAME)                                                             \
  static_assert(int(wavrt::cuda::NAME) == int(::NAME),                         \
                "another number than NVIDIA's")
SAME(CUDA_SUCCESS);
SAME(CUDA_ERROR_OUT_OF_MEMORY);
SAME(CUDA_ERROR_NO_DEVICE);
SAME(CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
SAME(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME(CU_JIT_ERROR_LOG_BUFFER);
SAME(CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
SAME(CU_STREAM_NON_BLOCKING);
SAME(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
SAME(CUBLAS_STATUS_SUCCESS);
SAME(CUDA_R_32F);
SAME(CUDA_R_16BF);
SAME(CUBLAS_OP_N);
SAME(CUBLAS_OP_T);
SAME(CUBLAS_COMPUTE_32F);
SAME(CUBLAS_COMPUTE_32F_FAST_TF32);
SAME(CUBLASLT_MATMUL_DESC_TRANSA);
SAME(CUBLASLT_MATMUL_DESC_TRANSB);
SAME(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
SAME(CUBLASLT_MATRIX_LAYOUT_BATCH_MODE);
SAME(CUBLASLT_BATCH_MODE_POINTER_ARRAY);
SAME(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
SAME(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
SAME(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
SAME(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
SAME(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
SAME(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
SAME(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
static_assert(sizeof(wavrt::cuda::cublasLtMatmulHeuristicResult_t) ==
              sizeof(::cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(wavrt::cuda::cublasLtMatmulHeuristicResult_t, state) ==
              offsetof(::cublasLtMatmulHeuristicResult_t, state));
