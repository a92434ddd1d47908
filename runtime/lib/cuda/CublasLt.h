//===- CublasLt.h - The part of cuBLASLt that we use ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declared here for the reason that Driver.h gives. Names, types and numbers
// are those of `cublasLt.h`, `cublas_api.h` and `library_types.h` (CUDA Toolkit
// 13.0, https://docs.nvidia.com/cuda/cublas); they have not changed since
// CUDA 11.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_CUBLASLT_H
#define WAVRT_LIB_CUDA_CUBLASLT_H

#include "Driver.h"

#include <cstdint>

namespace wavrt::cuda {

using cublasLtHandle_t = struct cublasLtContext *;
using cublasLtMatmulDesc_t = struct cublasLtMatmulDescOpaque_t *;
using cublasLtMatrixLayout_t = struct cublasLtMatrixLayoutOpaque_t *;
using cublasLtMatmulPreference_t = struct cublasLtMatmulPreferenceOpaque_t *;

enum cublasStatus_t : int { CUBLAS_STATUS_SUCCESS = 0 };
enum cudaDataType_t : int { CUDA_R_32F = 0, CUDA_R_16BF = 14 };
enum cublasOperation_t : int { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1 };
enum cublasComputeType_t : int {
  CUBLAS_COMPUTE_32F = 68,
  CUBLAS_COMPUTE_32F_FAST_TF32 = 77
};
enum cublasLtMatmulDescAttributes_t : int {
  CUBLASLT_MATMUL_DESC_TRANSA = 3,
  CUBLASLT_MATMUL_DESC_TRANSB = 4
};
enum cublasLtMatrixLayoutAttribute_t : int {
  CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT = 5, ///< int32_t
  CUBLASLT_MATRIX_LAYOUT_BATCH_MODE = 8,  ///< uint32_t; newer than 12
};
enum cublasLtBatchMode_t : uint32_t { CUBLASLT_BATCH_MODE_POINTER_ARRAY = 1 };
enum cublasLtMatmulPreferenceAttributes_t : int {
  CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1,
  CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK = 3,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES = 5,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES = 6,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES = 7,
  CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES = 8
};

enum cublasLtReductionScheme_t : uint32_t {
  CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE = 2
};

struct cublasLtMatmulAlgo_t {
  uint64_t data[8];
};
struct cublasLtMatmulHeuristicResult_t {
  cublasLtMatmulAlgo_t algo;
  size_t workspaceSize;
  cublasStatus_t state;
  float wavesCount;
  int reserved[4];
};

/// X(name, parameters).
#define WAVRT_FOR_EACH_CUBLASLT_FUNCTION(X)                                    \
  X(cublasLtCreate, (cublasLtHandle_t * handle))                               \
  X(cublasLtDestroy, (cublasLtHandle_t handle))                                \
  X(cublasLtMatmulDescCreate,                                                  \
    (cublasLtMatmulDesc_t * desc, cublasComputeType_t compute,                 \
     cudaDataType_t scale))                                                    \
  X(cublasLtMatmulDescDestroy, (cublasLtMatmulDesc_t desc))                    \
  X(cublasLtMatmulDescSetAttribute,                                            \
    (cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t attribute,      \
     const void *value, size_t bytes))                                         \
  X(cublasLtMatrixLayoutCreate,                                                \
    (cublasLtMatrixLayout_t * layout, cudaDataType_t type, uint64_t rows,      \
     uint64_t columns, int64_t leadingDimension))                              \
  X(cublasLtMatrixLayoutDestroy, (cublasLtMatrixLayout_t layout))              \
  X(cublasLtMatrixLayoutSetAttribute,                                          \
    (cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute, \
     const void *value, size_t bytes))                                         \
  X(cublasLtMatmulPreferenceCreate, (cublasLtMatmulPreference_t * preference)) \
  X(cublasLtMatmulPreferenceDestroy, (cublasLtMatmulPreference_t preference))  \
  X(cublasLtMatmulPreferenceSetAttribute,                                      \
    (cublasLtMatmulPreference_t preference,                                    \
     cublasLtMatmulPreferenceAttributes_t attribute, const void *value,        \
     size_t bytes))                                                            \
  X(cublasLtMatmulAlgoGetHeuristic,                                            \
    (cublasLtHandle_t handle, cublasLtMatmulDesc_t desc,                       \
     cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,                       \
     cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,                       \
     cublasLtMatmulPreference_t preference, int requested,                     \
     cublasLtMatmulHeuristicResult_t *results, int *returned))                 \
  X(cublasLtMatmul,                                                            \
    (cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void *alpha,    \
     const void *a, cublasLtMatrixLayout_t aLayout, const void *b,             \
     cublasLtMatrixLayout_t bLayout, const void *beta, const void *c,          \
     cublasLtMatrixLayout_t cLayout, void *d, cublasLtMatrixLayout_t dLayout,  \
     const cublasLtMatmulAlgo_t *algo, void *workspace, size_t workspaceBytes, \
     CUstream stream))

/// The functions of libcublasLt.
struct CublasLt {
  /// Throws Error (device) if it is not found.
  CublasLt();

#define WAVRT_DECLARE(NAME, PARAMETERS) cublasStatus_t(*NAME) PARAMETERS;
  WAVRT_FOR_EACH_CUBLASLT_FUNCTION(WAVRT_DECLARE)
#undef WAVRT_DECLARE
  const char *(*cublasLtGetStatusString)(cublasStatus_t status);
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_CUBLASLT_H
