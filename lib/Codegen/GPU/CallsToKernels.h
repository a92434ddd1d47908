//===- CallsToKernels.h - Generators of kernels for calls -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The generators of the runtime's functions.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_GPU_CALLSTOKERNELS_H
#define WAV_LIB_CODEGEN_GPU_CALLSTOKERNELS_H

#include "wav/Codegen/CallLowering.h"

namespace mlir::wav {

LogicalResult lowerAttention(CallLowering &call);
LogicalResult lowerAttentionGrad(CallLowering &call);
LogicalResult lowerCacheUpdate(CallLowering &call);
LogicalResult lowerEmbedGrad(CallLowering &call);

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_GPU_CALLSTOKERNELS_H
