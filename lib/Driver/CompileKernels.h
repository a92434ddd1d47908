//===- CompileKernels.h - The GPU half of a program -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_COMPILEKERNELS_H
#define WAV_LIB_DRIVER_COMPILEKERNELS_H

#include "wav/Driver/Compiler.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::wav {

/// Compiles the kernels of a module at the target level, and writes the files
/// about them that `options` asks for. If `kernels` is given, they are left
/// there, optimised, and the result is empty. Fails after a diagnostic.
FailureOr<DeviceCode> compileKernels(gpu::GPUModuleOp device,
                                     const CompileOptions &options,
                                     DeviceModule *kernels);

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_COMPILEKERNELS_H
