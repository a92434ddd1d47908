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
/// Threads of a block of a kernel; an i64. A block treats one partition.
inline constexpr StringLiteral kThreadsAttr = "wav.threads";
/// Bytes of dynamic shared memory that a kernel is launched with; an i64, 0 if
/// absent.
inline constexpr StringLiteral kSharedBytesAttr = "wav.shared_bytes";
/// Between `wav-distribute-rows` and `wav-distribute-lanes`: how many threads,
/// a power of two, treat a row together; an i64.
inline constexpr StringLiteral kLanesAttr = "wav.lanes";

} // namespace mlir::wav

#endif // WAV_CODEGEN_GPU_H
