//===- KernelReport.h - What kernels need and do ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_KERNELREPORT_H
#define WAV_LIB_DRIVER_KERNELREPORT_H

#include "wav/Target/DeviceCode.h"
#include "wavrt/grouping.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::wav {

/// Writes a table of the kernels and library calls of each entry point
/// (docs/gpu.md) to `file`: JSON if it ends with `.json`, else text;
/// `-` is stdout. `device` stands in a module at the target level, which has
/// the manifest. A row is what `by` says; those of kernels have what only
/// kernels need. Without a cubin what only ptxas knows is left out. Fails after
/// a diagnostic.
LogicalResult writeKernelReport(gpu::GPUModuleOp device, const DeviceCode &code,
                                StringRef file, wavrt::GroupBy by);

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_KERNELREPORT_H
