//===- BFloat16.h - bf16 in integer registers -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM takes vectors of bf16 apart on processors without instructions for them,
// and calls a function for each element that it rounds. So there bf16 is i16 to
// LLVM, in memory and in registers, and conversions are integer arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_BFLOAT16_H
#define WAV_LIB_CODEGEN_BFLOAT16_H

namespace mlir {
class LLVMTypeConverter;
class RewritePatternSet;
} // namespace mlir

namespace mlir::wav {

/// Makes bf16, which may only be loaded, stored, widened to f32 and rounded
/// from it, i16 in the LLVM dialect.
void populateBFloat16AsInteger(LLVMTypeConverter &converter,
                               RewritePatternSet &patterns);

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_BFLOAT16_H
