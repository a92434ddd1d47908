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
#include "wavrt/device.h"

#include <map>
#include <optional>

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
  /// Enqueues one for each instance: at once, if cuBLASLt can.
  void enqueue(const ProductShape &shape, const CallBatch &batch,
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
  struct Key {
    ProductShape shape;
    /// The bytes that every operand is aligned to.
    uint32_t alignment;
    /// Products at once, whose operands are lists of addresses; 0: one.
    int32_t instances = 0;

    auto operator<=>(const Key &) const = default;
  };

  /// None if cuBLASLt knows no way.
  std::optional<Plan> makePlan(const Key &key) const;
  /// The plan of a key, made when it is first asked for.
  const std::optional<Plan> &getPlan(const Key &key);
  /// `operands` are addresses, or those of lists, as the plan wants.
  void run(const Key &key, const Plan &plan, void *const *operands,
           CUstream stream);
  void check(cublasStatus_t status, const std::string &doing) const;

  const Gpu &gpu;
  Owned<cublasLtHandle_t> handle;
  cuda::Owned<CUdeviceptr> workspace;
  cublasComputeType_t computeF32;
  std::map<Key, std::optional<Plan>> plans;
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_PRODUCTS_H
