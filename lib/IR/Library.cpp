//===- Library.cpp - Ops that the runtime library computes ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Buffers and parameters of each function in the order that
// runtime/include/wavrt/abi.h documents.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavTransformerOps.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::wav;

/// `wavrt_<name>_<element type of each value>`.
static std::string getName(StringRef name, ArrayRef<Value> values) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  stream << "wavrt_" << name;
  for (Value value : values)
    stream << '_' << getElementTypeOrSelf(value);
  return result;
}

std::string MatmulOp::getLibraryFunction() {
  if (getElementTypeOrSelf(getA()) == getElementTypeOrSelf(getResult()))
    return getName("matmul", {getA()});
  return getName("matmul", {getA(), getResult()});
}

SmallVector<Value> MatmulOp::getLibraryBuffers() {
  return {getA(), getB(), getAccumulator(), getResult()};
}

SmallVector<int64_t> MatmulOp::getLibraryParams() {
  RankedTensorType result = getResult().getType();
  int64_t depth = getA().getType().getDimSize(getTransposeA() ? 0 : 1);
  return {result.getDimSize(0), result.getDimSize(1), depth, getTransposeA(),
          getTransposeB()};
}

/// {batch, q_len, kv_len, heads, head_dim} of an attention.
static SmallVector<int64_t> attentionParams(RankedTensorType query,
                                            RankedTensorType key, int64_t batch,
                                            int64_t heads) {
  return {batch, query.getDimSize(0) / batch, key.getDimSize(0) / batch, heads,
          query.getDimSize(1) / heads};
}

std::string AttentionOp::getLibraryFunction() {
  return getName("attention", {getQuery()});
}

SmallVector<Value> AttentionOp::getLibraryBuffers() {
  return {getQuery(),  getKey(), getValue(),     getPosition(),
          getResult(), getMax(), getInverseSum()};
}

SmallVector<int64_t> AttentionOp::getLibraryParams() {
  return attentionParams(getQuery().getType(), getKey().getType(), getBatch(),
                         getHeads());
}

std::string AttentionGradOp::getLibraryFunction() {
  return getName("attention_grad", {getQuery()});
}

SmallVector<Value> AttentionGradOp::getLibraryBuffers() {
  return {getQuery(),   getKey(),        getValue(), getOutput(),
          getMax(),     getInverseSum(), getGrad(),  getQueryGrad(),
          getKeyGrad(), getValueGrad()};
}

SmallVector<int64_t> AttentionGradOp::getLibraryParams() {
  return attentionParams(getQuery().getType(), getKey().getType(), getBatch(),
                         getHeads());
}

std::string EmbedGradOp::getLibraryFunction() {
  return getName("embed_grad", {getGrad()});
}

SmallVector<Value> EmbedGradOp::getLibraryBuffers() {
  return {getIndex(), getGrad(), getResult()};
}

SmallVector<int64_t> EmbedGradOp::getLibraryParams() {
  RankedTensorType grad = getGrad().getType();
  return {grad.getDimSize(0), grad.getDimSize(1),
          getResult().getType().getDimSize(0)};
}

std::string CacheUpdateOp::getLibraryFunction() {
  return getName("cache_update", {getCache()});
}

SmallVector<Value> CacheUpdateOp::getLibraryBuffers() {
  return {getInput(), getPosition(), getResult()};
}

SmallVector<int64_t> CacheUpdateOp::getLibraryParams() {
  RankedTensorType input = getInput().getType();
  return {input.getDimSize(0), input.getDimSize(1),
          getResult().getType().getDimSize(0)};
}
