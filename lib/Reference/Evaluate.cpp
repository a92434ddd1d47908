//===- Ref - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult PackOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SumSquaresOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SqrtOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult AdamWOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult WriteOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult WriteScaleGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult MatchOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult MatchGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult BankOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult TakeOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult PrefixOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult ReadOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult ReadGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult CombineOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult MultiplyOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult FillOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult EmbedOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult EmbedGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult MatmulOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult RMSNormOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult RMSNormGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult RopeTableOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult RopeOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult AttentionOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult AttentionGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SwiGLUOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SwiGLUGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult CrossEntropyOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult CrossEntropyGradOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult CacheUpdateOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult GetOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SetOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult GetArenaOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SetArenaOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult FusionOp::evaluate(ReferenceFrame &) { return failure(); }
LogicalResult SumPartialsOp::evaluate(ReferenceFrame &) { return failure(); }
