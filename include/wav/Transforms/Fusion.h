//===- Fusion.h - Forming fusions -------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TRANSFORMS_FUSION_H
#define WAV_TRANSFORMS_FUSION_H

#include "wav/IR/WavStructureOps.h"

namespace mlir::wav {

/// Rows of a unit of parallel work: enough to amortise its dispatch, few
/// enough that 2,048 tokens keep 32 cores busy.
inline constexpr int64_t kRowsPerPartition = 64;

/// Moves `ops`, row programs of one row space and what is repeated in kernels
/// for them, in program order, into a new
/// `wav.fusion` at the builder's insertion point, and redirects all outside
/// uses of their results to it. Uses of row sums then have the type of partial
/// sums.
FusionOp createFusion(OpBuilder &builder, ArrayRef<Operation *> ops,
                      int64_t rowsPerPartition = kRowsPerPartition);

} // namespace mlir::wav

#endif // WAV_TRANSFORMS_FUSION_H
