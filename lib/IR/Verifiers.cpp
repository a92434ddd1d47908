//===- Verify - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult AdamWOp::verify() { return success(); }
LogicalResult WriteOp::verify() { return success(); }
LogicalResult WriteScaleGradOp::verify() { return success(); }
LogicalResult MatchOp::verify() { return success(); }
LogicalResult MatchGradOp::verify() { return success(); }
LogicalResult BankOp::verify() { return success(); }
LogicalResult TakeOp::verify() { return success(); }
LogicalResult PrefixOp::verify() { return success(); }
LogicalResult ReadOp::verify() { return success(); }
LogicalResult ReadGradOp::verify() { return success(); }
LogicalResult CombineOp::verify() { return success(); }
LogicalResult MultiplyOp::verify() { return success(); }
LogicalResult EmbedOp::verify() { return success(); }
LogicalResult EmbedGradOp::verify() { return success(); }
LogicalResult MatmulOp::verify() { return success(); }
LogicalResult RMSNormOp::verify() { return success(); }
LogicalResult RMSNormGradOp::verify() { return success(); }
LogicalResult RopeTableOp::verify() { return success(); }
LogicalResult RopeOp::verify() { return success(); }
LogicalResult AttentionOp::verify() { return success(); }
LogicalResult AttentionGradOp::verify() { return success(); }
LogicalResult SwiGLUOp::verify() { return success(); }
LogicalResult SwiGLUGradOp::verify() { return success(); }
LogicalResult CrossEntropyOp::verify() { return success(); }
LogicalResult CrossEntropyGradOp::verify() { return success(); }
LogicalResult CacheUpdateOp::verify() { return success(); }
LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
LogicalResult SetOp::verifySymbolUses(SymbolTableCollection &) { return success(); }
LogicalResult GetArenaOp::verify() { return success(); }
LogicalResult SetArenaOp::verify() { return success(); }
LogicalResult FusionOp::verify() { return success(); }
LogicalResult SumPartialsOp::verify() { return success(); }
LogicalResult KernelOp::verify() { return success(); }
