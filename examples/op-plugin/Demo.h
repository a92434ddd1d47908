//===- Demo.h - The demo dialect --------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DEMO_H
#define DEMO_H

#include "wav/IR/WavInterfaces.h"

#include "DemoDialect.h.inc"
#define GET_OP_CLASSES
#include "DemoOps.h.inc"

namespace demo {

/// Whether `rows` are whole sequences; if not, an error at `op`.
mlir::LogicalResult checkSequences(mlir::Operation *op,
                                   mlir::RankedTensorType rows, int64_t length);

void registerInsertPass();

} // namespace demo

#endif // DEMO_H
