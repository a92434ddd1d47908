//===- KernelPipeline.h - From kernels to the LLVM dialect ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_CODEGEN_KERNELPIPELINE_H
#define WAV_CODEGEN_KERNELPIPELINE_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace mlir::wav {

/// What the CPU's registers look like.
struct KernelOptions : PassPipelineOptions<KernelOptions> {
  Option<int64_t> vectorWidth{
      *this, "vector-width", llvm::cl::init(16),
      llvm::cl::desc("Lanes of f32 in a vector register: 16 for AVX-512, 8 "
                     "for AVX2, 4 for NEON")};
  Option<int64_t> unroll{
      *this, "unroll", llvm::cl::init(4),
      llvm::cl::desc("Strips in a trip of a loop over a row")};
};

/// Appends the passes that turn every `wav.kernel` of a module into a function
/// of the LLVM dialect, `void @name(ptr args, i64 partition)`. The target must
/// have fused multiply-adds (x86-64-v3 or later).
void buildKernelPipeline(OpPassManager &pm, const KernelOptions &options);

/// Makes it available as `--wav-kernel-pipeline`.
void registerKernelPipeline();

} // namespace mlir::wav

#endif // WAV_CODEGEN_KERNELPIPELINE_H
