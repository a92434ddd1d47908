//===- KernelPatterns.h - Row programs to the LLVM dialect ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the lowerings of kernels for the CPU and for GPUs share: everything but
// where a kernel's buffers come from.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_KERNELPATTERNS_H
#define WAV_LIB_CODEGEN_KERNELPATTERNS_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::wav {

/// Adds the patterns for the upstream dialects, `wav.bank_size` and
/// `wav.bank_row`. Tables of banks, and the rows they list, lie in
/// `addressSpace`.
void populateKernelPatterns(LLVMTypeConverter &converter,
                            RewritePatternSet &patterns,
                            unsigned addressSpace = 0);

/// Element `index` of a table of 8-byte entries.
Value loadEntry(OpBuilder &builder, Location location, Type type, Value table,
                LLVM::GEPArg index);

/// What `pointer` stands for in a function of the LLVM dialect if it points to
/// a value of type `type`: a descriptor of a dense memref, or the pointer
/// itself for a bank.
Value wrapPointer(OpBuilder &builder, Location location,
                  const LLVMTypeConverter &converter, Type type, Value pointer);

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_KERNELPATTERNS_H
