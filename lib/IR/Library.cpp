//===- Lib - Placeholder
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

using namespace mlir;
using namespace mlir::wav;

StringRef EmbedGradOp::getLibraryFunction() { return {}; }
SmallVector<Value> EmbedGradOp::getLibraryBuffers() { return {}; }
SmallVector<int64_t> EmbedGradOp::getLibraryParams() { return {}; }
StringRef MatmulOp::getLibraryFunction() { return {}; }
SmallVector<Value> MatmulOp::getLibraryBuffers() { return {}; }
SmallVector<int64_t> MatmulOp::getLibraryParams() { return {}; }
StringRef AttentionOp::getLibraryFunction() { return {}; }
SmallVector<Value> AttentionOp::getLibraryBuffers() { return {}; }
SmallVector<int64_t> AttentionOp::getLibraryParams() { return {}; }
StringRef AttentionGradOp::getLibraryFunction() { return {}; }
SmallVector<Value> AttentionGradOp::getLibraryBuffers() { return {}; }
SmallVector<int64_t> AttentionGradOp::getLibraryParams() { return {}; }
StringRef CacheUpdateOp::getLibraryFunction() { return {}; }
SmallVector<Value> CacheUpdateOp::getLibraryBuffers() { return {}; }
SmallVector<int64_t> CacheUpdateOp::getLibraryParams() { return {}; }
