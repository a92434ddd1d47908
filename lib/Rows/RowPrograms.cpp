//===- Row - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

int64_t SumSquaresOp::getNumRows() { return 0; }
LogicalResult SumSquaresOp::emitRow(RowEmitter &) { return failure(); }
bool SumSquaresOp::isRowSum(unsigned) { return false; }
int64_t SqrtOp::getNumRows() { return 0; }
LogicalResult SqrtOp::emitRow(RowEmitter &) { return failure(); }
int64_t AdamWOp::getNumRows() { return 0; }
LogicalResult AdamWOp::emitRow(RowEmitter &) { return failure(); }
int64_t WriteOp::getNumRows() { return 0; }
LogicalResult WriteOp::emitRow(RowEmitter &) { return failure(); }
int64_t WriteScaleGradOp::getNumRows() { return 0; }
LogicalResult WriteScaleGradOp::emitRow(RowEmitter &) { return failure(); }
bool WriteScaleGradOp::isRowSum(unsigned) { return false; }
int64_t MatchOp::getNumRows() { return 0; }
LogicalResult MatchOp::emitRow(RowEmitter &) { return failure(); }
int64_t MatchGradOp::getNumRows() { return 0; }
LogicalResult MatchGradOp::emitRow(RowEmitter &) { return failure(); }
int64_t ReadOp::getNumRows() { return 0; }
LogicalResult ReadOp::emitRow(RowEmitter &) { return failure(); }
int64_t ReadGradOp::getNumRows() { return 0; }
LogicalResult ReadGradOp::emitRow(RowEmitter &) { return failure(); }
bool ReadGradOp::isRowSum(unsigned) { return false; }
int64_t CombineOp::getNumRows() { return 0; }
LogicalResult CombineOp::emitRow(RowEmitter &) { return failure(); }
int64_t MultiplyOp::getNumRows() { return 0; }
LogicalResult MultiplyOp::emitRow(RowEmitter &) { return failure(); }
int64_t EmbedOp::getNumRows() { return 0; }
LogicalResult EmbedOp::emitRow(RowEmitter &) { return failure(); }
int64_t RMSNormOp::getNumRows() { return 0; }
LogicalResult RMSNormOp::emitRow(RowEmitter &) { return failure(); }
int64_t RMSNormGradOp::getNumRows() { return 0; }
LogicalResult RMSNormGradOp::emitRow(RowEmitter &) { return failure(); }
bool RMSNormGradOp::isRowSum(unsigned) { return false; }
int64_t RopeOp::getNumRows() { return 0; }
LogicalResult RopeOp::emitRow(RowEmitter &) { return failure(); }
int64_t SwiGLUOp::getNumRows() { return 0; }
LogicalResult SwiGLUOp::emitRow(RowEmitter &) { return failure(); }
int64_t SwiGLUGradOp::getNumRows() { return 0; }
LogicalResult SwiGLUGradOp::emitRow(RowEmitter &) { return failure(); }
int64_t CrossEntropyOp::getNumRows() { return 0; }
LogicalResult CrossEntropyOp::emitRow(RowEmitter &) { return failure(); }
bool CrossEntropyOp::isRowSum(unsigned) { return false; }
int64_t CrossEntropyGradOp::getNumRows() { return 0; }
LogicalResult CrossEntropyGradOp::emitRow(RowEmitter &) { return failure(); }
int64_t SumPartialsOp::getNumRows() { return 0; }
LogicalResult SumPartialsOp::emitRow(RowEmitter &) { return failure(); }
