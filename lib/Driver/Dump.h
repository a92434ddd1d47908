//===- Dump.h - Files that show what the compiler does ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_DUMP_H
#define WAV_LIB_DRIVER_DUMP_H

#include "wav/Pipelines/Pipelines.h"
#include "wav/Target/CPU.h"
#include "wav/Target/DeviceCode.h"
#include "wav/Target/NVPTX.h"

namespace mlir::wav {

// All functions make `folder` if it is not there, and fail after a diagnostic
// if they cannot write.

/// `3-step.mlir`: the module at a level.
LogicalResult dumpLevel(ModuleOp module, Level level, StringRef folder);

/// `NAME.mlir` for each kernel of a module at the scheduled level.
LogicalResult dumpKernels(ModuleOp module, StringRef folder);

/// `NAME.ll` and `NAME.s` for each function.
LogicalResult dumpCode(ModuleOp module, llvm::Module &code,
                       const CPUTarget &target, StringRef folder);

/// `NAME.ll` and `NAME.ptx` for each kernel.
LogicalResult dumpDeviceModule(gpu::GPUModuleOp device, llvm::Module &code,
                               const NVPTXTarget &target, StringRef folder);

/// `device.ptx`, and for each chip `device.CHIP.cubin` and, if there is an
/// nvdisasm beside ptxas, `device.CHIP.sass`.
LogicalResult dumpDeviceCode(gpu::GPUModuleOp device, const DeviceCode &code,
                             StringRef ptxas, StringRef folder);

/// `program.o`.
LogicalResult dumpObject(ModuleOp module, ArrayRef<char> object,
                         StringRef folder);

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_DUMP_H
