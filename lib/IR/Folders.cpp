//===- Fold - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

OpFoldResult WriteOp::fold(FoldAdaptor) { return {}; }
OpFoldResult TakeOp::fold(FoldAdaptor) { return {}; }
OpFoldResult ReadOp::fold(FoldAdaptor) { return {}; }
OpFoldResult CombineOp::fold(FoldAdaptor) { return {}; }
void CombineOp::getCanonicalizationPatterns(RewritePatternSet &, MLIRContext *) {}
