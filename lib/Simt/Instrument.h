//===- Instrument.h - From the device's IR to the host's --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_INSTRUMENT_H
#define WAV_LIB_SIMT_INSTRUMENT_H

#include "Machine.h"

#include "llvm/IR/IRBuilder.h"

namespace llvm {
class CallInst;
class Module;
} // namespace llvm

namespace mlir::wav::simt {

/// Turns a module for nvptx64 into one that the host's back end takes: what
/// only a GPU has becomes a call into `machine`, each access is announced to it
/// if `check`, shared variables are placed in its memory. Every kernel gets a
/// function `wav_simt.KERNEL` of type `KernelEntry`. `sites` must outlive the
/// code.
llvm::Error instrument(llvm::Module &module, Machine &machine, bool check,
                       std::deque<Site> &sites,
                       std::vector<SimtKernel> &kernels);

constexpr StringRef kEntryPrefix = "wav_simt.";

/// Builds the value of an arithmetic intrinsic of the GPU in terms of any
/// target's IR, or returns null if `call` is not one, or is one of a rounding
/// mode or type that nothing here uses. Approximations become exact; with
/// `.ftz`, subnormal numbers count as zero.
llvm::Value *buildMath(llvm::IRBuilder<> &builder, llvm::CallInst &call);

/// The round-to-nearest-even truncation of f32 (or a vector) to bf16, in
/// integers: instructions for it flush subnormals, or are calls.
llvm::Value *buildTruncToBF16(llvm::IRBuilder<> &builder, llvm::Value *value);

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_INSTRUMENT_H
