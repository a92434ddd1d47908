//===- Optimize.h - LLVM's optimisations ------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TARGET_OPTIMIZE_H
#define WAV_LIB_TARGET_OPTIMIZE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CodeGen.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir::wav {

/// Gives the module the machine's triple and data layout.
void setMachine(llvm::Module &module, const llvm::TargetMachine &machine);

/// Runs LLVM's standard pipeline for the machine, which must outlive it.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// The bytes of an object or of assembly.
llvm::SmallVector<char, 0> emit(llvm::Module &module,
                                llvm::TargetMachine &machine,
                                llvm::CodeGenFileType type);

} // namespace mlir::wav

#endif // WAV_LIB_TARGET_OPTIMIZE_H
