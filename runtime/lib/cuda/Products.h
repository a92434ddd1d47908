//===- Products.h - Matrix products with cuBLASLt ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_PRODUCTS_H
#define WAVRT_LIB_CUDA_PRODUCTS_H

#include "Gpu.h"
#include "Owned.h"

#include <map>

namespace wavrt::cuda {

/// A product as wavrt_matmul_f32 documents it; A and B have one type.
struct ProductShape {
  DType operands, result;
  int64_t m, n, k;
  bool transposeA, transposeB;

  auto operator<=>(const ProductShape &) const = default;
  /// "2048 x 384 x 128 of bf16".
  std::string describe() const;
};

/// Sums are in f32. f32 products use TF32 only if WAV_TF32=1. cuBLASLt is asked
/// once for each shape how to compute it. Everything throws Error (device).
class Products {
public:
  explicit Products(const Gpu &gpu);

  /// Enqueues D = op(A) op(B) (+ C). buffers = {A, B, C or null, D}.
  void enqueue(const ProductShape &shape, void *const *buffers,
               CUstream stream);

private:
  template <typename Handle> using Owned = Owned<Handle, cublasStatus_t>;

  /// How cuBLASLt computes a product.
  struct Plan {
    Owned<cublasLtMatmulDesc_t> desc;
    /// C lies as D does.
    Owned<cublasLtMatrixLayout_t> a, b, d;
    cublasLtMatmulAlgo_t algo = {};
  };
  /// The shape, and the bytes that every operand is aligned to.
  using Key = std::pair<ProductShape, uint32_t>;

  Plan makePlan(const Key &key) const;
  void check(cublasStatus_t status, const std::string &doing) const;

  const Gpu &gpu;
  Owned<cublasLtHandle_t> handle;
  cuda::Owned<CUdeviceptr> workspace;
  cublasComputeType_t computeF32;
  std::map<Key, Plan> plans;
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_PRODUCTS_H
