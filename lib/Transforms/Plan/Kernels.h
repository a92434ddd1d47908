//===- Kernels.h - Outlining fusions ----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_PLAN_KERNELS_H
#define WAV_LIB_TRANSFORMS_PLAN_KERNELS_H

#include "wav/IR/WavStructureOps.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::wav {

/// Makes kernels of fusions, one for all that are equal up to the sizes of
/// their banks.
class KernelOutliner {
public:
  explicit KernelOutliner(ModuleOp module) : symbols(module) {}

  /// The kernel for `fusion`; new ones are inserted before `before`.
  KernelOp get(FusionOp fusion, Operation *before);

  int64_t getNumFusions() const { return numFusions; }
  int64_t getNumKernels() const { return kernels.size(); }

private:
  SymbolTable symbols;
  /// By the text of the body.
  llvm::StringMap<KernelOp> kernels;
  /// The last number that made a name unique.
  llvm::StringMap<int> lastSuffix;
  int64_t numFusions = 0;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_PLAN_KERNELS_H
