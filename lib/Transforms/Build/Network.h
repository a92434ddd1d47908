//===- Network.h - The layers of a transformer ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_BUILD_NETWORK_H
#define WAV_LIB_TRANSFORMS_BUILD_NETWORK_H

#include "EntryBuilder.h"

#include "wav/IR/WavModelOps.h"

namespace mlir::wav {

/// What an entry point does with the keys and values of its tokens.
enum class Cache {
  /// Attends to them and forgets them.
  None,
  /// Attends to them, and leaves them in the caches, for positions from 0.
  Fill,
  /// Writes them at a position, and attends to the caches up to there.
  Extend
};

/// Builds the network in an entry point.
class Network {
public:
  /// `position`, with Cache::Extend, is that of the one token.
  Network(EntryBuilder &entry, Cache cache, Value position = {});

  /// From token indices to what the last norm reads, one row a token.
  Value buildLayers(Value tokens);
  /// From the last read to logits.
  Value buildHead(Value hidden);

private:
  Value getEmbedding();
  Value buildAttention(Value input, int64_t layer);
  Value buildMLP(Value input, int64_t layer);
  /// Exchanges the key or value rows of a layer for those to attend to.
  Value useCache(Value rows, const Twine &name);

  EntryBuilder &entry;
  ModelOp model;
  Cache cache;
  Value position;
  Value ropeTable;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_BUILD_NETWORK_H
