//===- CublasLt.cpp - Matrix products of no GPU -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Computes what the manual of cuBLASLt says, on columns.
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"
#include "Memory.h"

#include "cuda/CublasLt.h"

#include <bit>
#include <cstring>

using namespace wavrt::cuda;
using namespace wavrt::test;

extern "C" {
#define WAVRT_DECLARE(NAME, PARAMETERS) cublasStatus_t NAME PARAMETERS;
WAVRT_FOR_EACH_CUBLASLT_FUNCTION(WAVRT_DECLARE)
#undef WAVRT_DECLARE
const char *cublasLtGetStatusString(cublasStatus_t status);
}

namespace {

struct Desc {
  cublasComputeType_t compute;
  cublasOperation_t transA = CUBLAS_OP_N, transB = CUBLAS_OP_N;
};

/// Column-major: element (i, j) is at i + j * leadingDimension.
struct Layout {
  cudaDataType_t type;
  uint64_t rows, columns;
  int64_t leadingDimension;
  /// Of a batch; 0: the matrix is given, not a list of addresses.
  int32_t count = 0;

  /// Matrix `index` of what a product is given.
  const void *select(const void *given, int32_t index) const {
    return count == 0 ? given : toHost<void *>(given)[index];
  }

  float load(const void *matrix, uint64_t i, uint64_t j,
             bool transposed) const {
    if (transposed)
      std::swap(i, j);
    uint64_t at = i + j * leadingDimension;
    if (type == CUDA_R_32F)
      return toHost<float>(matrix)[at];
    return std::bit_cast<float>(uint32_t(toHost<uint16_t>(matrix)[at]) << 16);
  }
  void store(void *matrix, uint64_t i, uint64_t j, float value) const {
    uint64_t at = i + j * leadingDimension;
    if (type == CUDA_R_32F)
      toHost<float>(matrix)[at] = value;
    else // Cut off: good enough for small whole numbers.
      toHost<uint16_t>(matrix)[at] = std::bit_cast<uint32_t>(value) >> 16;
  }
};

template <typename T, typename Handle> T &from(Handle handle) {
  return *reinterpret_cast<T *>(handle);
}

} // namespace

static cublasStatus_t make(const char *function, auto *handle, auto object) {
  if (int failure = note(function))
    return cublasStatus_t(failure);
  using Handle = std::remove_pointer_t<decltype(handle)>;
  *handle = reinterpret_cast<Handle>(new auto(object));
  ++fakeCuda()->live;
  return CUBLAS_STATUS_SUCCESS;
}
template <typename T> static cublasStatus_t destroy(auto handle) {
  delete &from<T>(handle);
  --fakeCuda()->live;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle) {
  return make("cublasLtCreate", handle, 0);
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  return destroy<int>(handle);
}
const char *cublasLtGetStatusString(cublasStatus_t) { return "it failed"; }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *desc,
                                        cublasComputeType_t compute,
                                        cudaDataType_t) {
  return make("cublasLtMatmulDescCreate", desc, Desc{compute});
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
  return destroy<Desc>(desc);
}
cublasStatus_t
cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                               cublasLtMatmulDescAttributes_t attribute,
                               const void *value, size_t bytes) {
  Desc &object = from<Desc>(desc);
  std::memcpy(attribute == CUBLASLT_MATMUL_DESC_TRANSA ? &object.transA
                                                       : &object.transB,
              value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *layout,
                                          cudaDataType_t type, uint64_t rows,
                                          uint64_t columns,
                                          int64_t leadingDimension) {
  return make("cublasLtMatrixLayoutCreate", layout,
              Layout{type, rows, columns, leadingDimension});
}
cublasStatus_t
cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                 cublasLtMatrixLayoutAttribute_t attribute,
                                 const void *value, size_t bytes) {
  if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_MODE)
    return fakeCuda()->takesLists ? CUBLAS_STATUS_SUCCESS : cublasStatus_t(7);
  std::memcpy(&from<Layout>(layout).count, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  return destroy<Layout>(layout);
}

cublasStatus_t
cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *preference) {
  return make("cublasLtMatmulPreferenceCreate", preference, 0);
}
cublasStatus_t
cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  return destroy<int>(preference);
}
cublasStatus_t
cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                     cublasLtMatmulPreferenceAttributes_t what,
                                     const void *value, size_t bytes) {
  uint64_t number = 0;
  std::memcpy(&number, value, bytes);
  if (what == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES)
    note("", "align " + std::to_string(number));
  if (what == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
    note("", "reductions " + std::to_string(number));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(
    cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t,
    cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
    cublasLtMatmulPreference_t, int, cublasLtMatmulHeuristicResult_t *results,
    int *returned) {
  if (int failure = note("cublasLtMatmulAlgoGetHeuristic", "heuristic"))
    return cublasStatus_t(failure);
  *results = {};
  *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                              const void *alpha, const void *a,
                              cublasLtMatrixLayout_t aLayout, const void *b,
                              cublasLtMatrixLayout_t bLayout, const void *beta,
                              const void *c, cublasLtMatrixLayout_t cLayout,
                              void *d, cublasLtMatrixLayout_t dLayout,
                              const cublasLtMatmulAlgo_t *, void *, size_t,
                              CUstream) {
  const Desc op = from<Desc>(desc);
  const Layout A = from<Layout>(aLayout), B = from<Layout>(bLayout),
               C = from<Layout>(cLayout), D = from<Layout>(dLayout);
  const float scale = *static_cast<const float *>(alpha),
              keep = *static_cast<const float *>(beta);
  bool transA = op.transA == CUBLAS_OP_T, transB = op.transB == CUBLAS_OP_T;
  uint64_t depth = transA ? A.rows : A.columns;
  bool fits = (transA ? A.columns : A.rows) == D.rows &&
              (transB ? B.rows : B.columns) == D.columns &&
              (transB ? B.columns : B.rows) == depth;
  std::string what = "product compute " + std::to_string(op.compute);
  if (D.count > 0)
    what += " of " + std::to_string(D.count);
  if (int failure = note("cublasLtMatmul", what))
    return cublasStatus_t(failure);
  if (!fits)
    return cublasStatus_t(7);
  auto multiply = [=](const void *a, const void *b, const void *c, void *d) {
    for (uint64_t i = 0; i < D.rows; ++i)
      for (uint64_t j = 0; j < D.columns; ++j) {
        float sum = 0;
        for (uint64_t l = 0; l < depth; ++l)
          sum += A.load(a, i, l, transA) * B.load(b, l, j, transB);
        float old = keep == 0 ? 0 : C.load(c, i, j, false);
        D.store(d, i, j, scale * sum + keep * old);
      }
  };
  enqueue([=] {
    for (int32_t i = 0; i < std::max(1, D.count); ++i)
      multiply(A.select(a, i), B.select(b, i), C.select(c, i),
               const_cast<void *>(D.select(d, i)));
  });
  return CUBLAS_STATUS_SUCCESS;
}
