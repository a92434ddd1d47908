//===- Cost - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

int64_t SumSquaresOp::getFlops() { return 0; }
int64_t SqrtOp::getFlops() { return 0; }
int64_t AdamWOp::getFlops() { return 0; }
int64_t WriteOp::getFlops() { return 0; }
StringRef WriteOp::getCostCategory() { return "other"; }
int64_t WriteScaleGradOp::getFlops() { return 0; }
StringRef WriteScaleGradOp::getCostCategory() { return "other"; }
int64_t MatchOp::getFlops() { return 0; }
StringRef MatchOp::getCostCategory() { return "other"; }
int64_t MatchGradOp::getFlops() { return 0; }
StringRef MatchGradOp::getCostCategory() { return "other"; }
int64_t ReadOp::getFlops() { return 0; }
StringRef ReadOp::getCostCategory() { return "other"; }
int64_t ReadGradOp::getFlops() { return 0; }
StringRef ReadGradOp::getCostCategory() { return "other"; }
int64_t CombineOp::getFlops() { return 0; }
StringRef CombineOp::getCostCategory() { return "other"; }
int64_t MultiplyOp::getFlops() { return 0; }
int64_t EmbedOp::getFlops() { return 0; }
int64_t EmbedGradOp::getFlops() { return 0; }
int64_t MatmulOp::getFlops() { return 0; }
StringRef MatmulOp::getCostCategory() { return "other"; }
int64_t RMSNormOp::getFlops() { return 0; }
int64_t RMSNormGradOp::getFlops() { return 0; }
int64_t RopeOp::getFlops() { return 0; }
int64_t AttentionOp::getFlops() { return 0; }
StringRef AttentionOp::getCostCategory() { return "other"; }
int64_t AttentionGradOp::getFlops() { return 0; }
StringRef AttentionGradOp::getCostCategory() { return "other"; }
int64_t SwiGLUOp::getFlops() { return 0; }
int64_t SwiGLUGradOp::getFlops() { return 0; }
int64_t CrossEntropyOp::getFlops() { return 0; }
int64_t CrossEntropyGradOp::getFlops() { return 0; }
int64_t FusionOp::getFlops() { return 0; }
StringRef FusionOp::getCostCategory() { return "other"; }
int64_t SumPartialsOp::getFlops() { return 0; }
