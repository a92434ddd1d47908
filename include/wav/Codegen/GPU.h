//===- GPU.h - The form of kernels on their way to a GPU --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_CODEGEN_GPU_H
#define WAV_CODEGEN_GPU_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::wav {

/// The `gpu.module` that holds a program's kernels.
inline constexpr StringLiteral kDeviceModuleName = "device";

} // namespace mlir::wav

#endif // WAV_CODEGEN_GPU_H
