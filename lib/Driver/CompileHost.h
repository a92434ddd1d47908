//===- CompileHost.h - The CPU half of a program ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_COMPILEHOST_H
#define WAV_LIB_DRIVER_COMPILEHOST_H

#include "wav/Driver/Compiler.h"

namespace mlir::wav {

/// Compiles a module at the target level, without kernels of a GPU, to objects,
/// the first of which exports `options.symbol`, and writes the files about it
/// that `options` asks for. Fails after a diagnostic.
FailureOr<SmallVector<Object>> compileHost(ModuleOp module,
                                           const CPUTarget &target,
                                           const CompileOptions &options,
                                           const DeviceCode *deviceCode);

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_COMPILEHOST_H
