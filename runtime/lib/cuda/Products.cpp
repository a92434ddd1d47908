//===- Products.cpp - Matrix products with cuBLASLt -----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cuBLASLt thinks in columns: our row-major [r, c] is its column-major [c, r].
// So it is asked for D^T = op(B)^T op(A)^T (+ C^T): the operands change places
// and keep their transpositions.
//
//===----------------------------------------------------------------------===//

#include "Products.h"

#include <bit>
#include <cstdlib>

using namespace wavrt;
using namespace wavrt::cuda;

/// What NVIDIA recommends for Hopper (cuBLAS manual, cublasSetWorkspace).
static constexpr size_t workspaceBytes = 32 << 20;

static cudaDataType_t typeOf(DType type) {
  return type == DType::BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

std::string ProductShape::describe() const {
  std::string types(name(operands));
  if (result != operands)
    types += " into " + std::string(name(result));
  return std::to_string(m) + " x " + std::to_string(n) + " x " +
         std::to_string(k) + " of " + types;
}

void Products::check(cublasStatus_t status, const std::string &doing) const {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw Error(ExitCode::Device, "cuBLASLt: " + doing + ": " +
                                      gpu.blas.cublasLtGetStatusString(status));
}

Products::Products(const Gpu &gpu)
    : gpu(gpu), handle(gpu.blas.cublasLtDestroy),
      workspace(gpu.driver.cuMemFree) {
  const char *tf32 = std::getenv("WAV_TF32");
  computeF32 = tf32 && std::string_view(tf32) == "1"
                   ? CUBLAS_COMPUTE_32F_FAST_TF32
                   : CUBLAS_COMPUTE_32F;
  check(gpu.blas.cublasLtCreate(handle.out()),
        "starting, which one newer than the driver cannot "
        "(WAV_LIBCUBLASLT names another)");
  gpu.check(gpu.driver.cuMemAlloc(workspace.out(), workspaceBytes),
            "allocating 32 MiB for matrix products");
}

std::optional<Products::Plan> Products::makePlan(const Key &key) const {
  const CublasLt &blas = gpu.blas;
  const auto &[shape, alignment, instances] = key;
  const std::string doing = "preparing the product " + shape.describe();
  auto call = [&](cublasStatus_t status) { check(status, doing); };

  Plan plan = {Owned<cublasLtMatmulDesc_t>(blas.cublasLtMatmulDescDestroy),
               Owned<cublasLtMatrixLayout_t>(blas.cublasLtMatrixLayoutDestroy),
               Owned<cublasLtMatrixLayout_t>(blas.cublasLtMatrixLayoutDestroy),
               Owned<cublasLtMatrixLayout_t>(blas.cublasLtMatrixLayoutDestroy)};
  call(blas.cublasLtMatmulDescCreate(
      plan.desc.out(),
      shape.operands == DType::F32 ? computeF32 : CUBLAS_COMPUTE_32F,
      CUDA_R_32F));
  auto transpose = [&](cublasLtMatmulDescAttributes_t operand, bool value) {
    cublasOperation_t operation = value ? CUBLAS_OP_T : CUBLAS_OP_N;
    call(blas.cublasLtMatmulDescSetAttribute(plan.desc.get(), operand,
                                             &operation, sizeof(operation)));
  };
  transpose(CUBLASLT_MATMUL_DESC_TRANSA, shape.transposeB);
  transpose(CUBLASLT_MATMUL_DESC_TRANSB, shape.transposeA);

  /// A row-major matrix as cuBLASLt sees it.
  auto layout = [&](Owned<cublasLtMatrixLayout_t> &out, DType type,
                    int64_t rows, int64_t columns) {
    call(blas.cublasLtMatrixLayoutCreate(out.out(), typeOf(type), columns, rows,
                                         columns));
  };
  const auto [m, n, k] = std::tuple(shape.m, shape.n, shape.k);
  layout(plan.a, shape.operands, shape.transposeB ? n : k,
         shape.transposeB ? k : n);
  layout(plan.b, shape.operands, shape.transposeA ? k : m,
         shape.transposeA ? m : k);
  layout(plan.d, shape.result, m, n);
  if (key.instances > 0) {
    const uint32_t mode = CUBLASLT_BATCH_MODE_POINTER_ARRAY;
    for (auto *matrix : {&plan.a, &plan.b, &plan.d}) {
      call(blas.cublasLtMatrixLayoutSetAttribute(
          matrix->get(), CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &key.instances,
          sizeof(key.instances)));
      // Libraries of CUDA 12 know no lists.
      if (blas.cublasLtMatrixLayoutSetAttribute(
              matrix->get(), CUBLASLT_MATRIX_LAYOUT_BATCH_MODE, &mode,
              sizeof(mode)) != CUBLAS_STATUS_SUCCESS)
        return std::nullopt;
    }
  }

  cuda::Owned<cublasLtMatmulPreference_t, cublasStatus_t> preference(
      blas.cublasLtMatmulPreferenceDestroy);
  call(blas.cublasLtMatmulPreferenceCreate(preference.out()));
  auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, auto value) {
    call(blas.cublasLtMatmulPreferenceSetAttribute(preference.get(), what,
                                                   &value, sizeof(value)));
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t(workspaceBytes));
  // Parts of a sum are added in f32, not in the type of the result.
  prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
         CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
  for (auto operand : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
                       CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                       CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
                       CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
    prefer(operand, alignment);

  cublasLtMatmulHeuristicResult_t result = {};
  int found = 0;
  cublasStatus_t status = blas.cublasLtMatmulAlgoGetHeuristic(
      handle.get(), plan.desc.get(), plan.a.get(), plan.b.get(), plan.d.get(),
      plan.d.get(), preference.get(), 1, &result, &found);
  // It says so in one way or the other.
  if (key.instances > 0 && (status != CUBLAS_STATUS_SUCCESS || found == 0))
    return std::nullopt;
  call(status);
  if (found == 0)
    throw Error(ExitCode::Device, "cuBLASLt: " + doing + ": it knows no way");
  call(result.state);
  plan.algo = result.algo;
  return plan;
}

const std::optional<Products::Plan> &Products::getPlan(const Key &key) {
  auto it = plans.find(key);
  if (it == plans.end())
    it = plans.emplace(key, makePlan(key)).first;
  return it->second;
}

/// The largest number of bytes that all addresses are multiples of. cuBLASLt
/// profits from up to 256.
static uint32_t getAlignment(std::span<void *const> addresses) {
  uintptr_t bits = 256;
  for (void *address : addresses)
    bits |= reinterpret_cast<uintptr_t>(address);
  return 1u << std::countr_zero(bits);
}

void Products::enqueue(const ProductShape &shape, void *const *buffers,
                       CUstream stream) {
  const Key key = {shape, getAlignment({buffers, 4})};
  run(key, *getPlan(key), buffers, stream);
}

void Products::enqueue(const ProductShape &shape, const CallBatch &batch,
                       CUstream stream) {
  const Key key = {
      shape,
      getAlignment({batch.buffers, size_t(batch.numBuffers * batch.instances)}),
      int32_t(batch.instances)};
  const std::optional<Plan> &plan = getPlan(key);
  if (!plan) {
    batch.forEach([&](void *const *buffers) {
      enqueue(shape, buffers, stream);
      return int32_t(WAVRT_OK);
    });
    return;
  }
  bool accumulates = batch.buffers[2 * batch.instances] != nullptr;
  void *const lists[] = {batch.getList(0), batch.getList(1),
                         accumulates ? batch.getList(2) : nullptr,
                         batch.getList(3)};
  run(key, *plan, lists, stream);
}

void Products::run(const Key &key, const Plan &plan, void *const *operands,
                   CUstream stream) {
  const ProductShape &shape = key.shape;
  void *a = operands[1], *b = operands[0], *d = operands[3];
  // cuBLASLt does not read what it multiplies by zero.
  void *c = operands[2] ? operands[2] : d;
  const float alpha = 1, beta = operands[2] ? 1 : 0;
  cublasStatus_t status = gpu.blas.cublasLtMatmul(
      handle.get(), plan.desc.get(), &alpha, a, plan.a.get(), b, plan.b.get(),
      &beta, c, plan.d.get(), d, plan.d.get(), &plan.algo,
      reinterpret_cast<void *>(workspace.get()), workspaceBytes, stream);
  if (status != CUBLAS_STATUS_SUCCESS)
    check(status, "the product " + shape.describe());
}
