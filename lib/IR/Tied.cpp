//===- Tied - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

OpOperand *AdamWOp::getTiedOperand(unsigned) { return nullptr; }
OpOperand *ReadGradOp::getTiedOperand(unsigned) { return nullptr; }
OpOperand *EmbedGradOp::getTiedOperand(unsigned) { return nullptr; }
OpOperand *MatmulOp::getTiedOperand(unsigned) { return nullptr; }
OpOperand *CacheUpdateOp::getTiedOperand(unsigned) { return nullptr; }
OpOperand *FusionOp::getTiedOperand(unsigned) { return nullptr; }
