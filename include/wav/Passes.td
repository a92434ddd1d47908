//===- Passes.td - Every pass of the project ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_PASSES_TD
#define WAV_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // WAV_PASSES_TD
