//===- Diff - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult WriteOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult MatchOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult BankOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult ReadOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult CombineOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult MultiplyOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult EmbedOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult MatmulOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult RMSNormOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult RopeOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult AttentionOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult SwiGLUOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
LogicalResult CrossEntropyOp::buildGradient(OpBuilder &, Gradients &) { return failure(); }
