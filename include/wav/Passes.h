//===- Passes.h - Every pass of the project ---------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_PASSES_H
#define WAV_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::wav {

#define GEN_PASS_DECL
#include "wav/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "wav/Passes.h.inc"

} // namespace mlir::wav

#endif // WAV_PASSES_H
