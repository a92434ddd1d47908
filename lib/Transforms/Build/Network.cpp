//===- Network.cpp - The layers of a transformer --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"

#include "wav/IR/WavTransformerOps.h"

#include "ResidualRows.h"

using namespace mlir;
using namespace mlir::wav;

Network::Network(EntryBuilder &entry, Cache cache, Value position)
    : entry(entry), model(entry.getModel()), cache(cache), position(position) {
  auto type = entry.getType(
      {int64_t(model.getMaxPositionEmbeddings()), model.getHeadDim()});
  ropeTable = entry.create<RopeTableOp>(type, model.getRopeTheta());
}

Value Network::getEmbedding() {
  return entry.getParameter(
      "model.embed_tokens.weight",
      {int64_t(model.getVocabSize()), int64_t(model.getHiddenSize())},
      ParameterSpec::matrix(model.getInitializerRange().convertToDouble()));
}

Value Network::buildLayers(Value tokens) {
  entry.setPart("model.embed_tokens");
  Value x0 = entry.create<EmbedOp>(entry.getRowsType(model.getHiddenSize()),
                                   getEmbedding(), tokens);
  ResidualRows rows(entry, x0);
  for (int64_t layer = 0, e = model.getNumHiddenLayers(); layer < e; ++layer) {
    std::string prefix = "model.layers." + std::to_string(layer);

    entry.setPart(prefix + ".self_attn");
    Value input = rows.read(prefix + ".self_attn");
    input = entry.rmsNorm(input, prefix + ".input_layernorm");
    rows.write(buildAttention(input, layer), prefix + ".self_attn");

    entry.setPart(prefix + ".mlp");
    input = rows.read(prefix + ".mlp");
    input = entry.rmsNorm(input, prefix + ".post_attention_layernorm");
    rows.write(buildMLP(input, layer), prefix + ".mlp");
  }
  entry.setPart("model.final_read");
  return rows.readLast();
}

Value Network::useCache(Value rows, const Twine &name) {
  switch (cache) {
  case Cache::None:
    return rows;
  case Cache::Fill:
    entry.setState(name, rows);
    return rows;
  case Cache::Extend:
    Value old = entry.getState(name, {int64_t(model.getMaxPositionEmbeddings()),
                                      int64_t(model.getHiddenSize())});
    Value extended =
        entry.create<CacheUpdateOp>(old.getType(), old, rows, position);
    entry.setState(name, extended);
    return extended;
  }
  llvm_unreachable("unknown use of the cache");
}

Value Network::buildAttention(Value input, int64_t layer) {
  int64_t width = model.getHiddenSize(), heads = model.getNumAttentionHeads();
  std::string prefix = "model.layers." + std::to_string(layer) + ".self_attn";
  Value query = entry.linear(input, prefix + ".q_proj", width);
  Value key = entry.linear(input, prefix + ".k_proj", width);
  Value value = entry.linear(input, prefix + ".v_proj", width);
  auto rotate = [&](Value rows) -> Value {
    return entry.create<RopeOp>(rows.getType(), rows, ropeTable, position,
                                heads, entry.getLength(), /*inverse=*/false);
  };
  query = rotate(query);
  std::string cacheName = "cache." + std::to_string(layer);
  key = useCache(rotate(key), cacheName + ".key");
  value = useCache(value, cacheName + ".value");

  auto statistic = entry.getType(heads * entry.getBatch() * entry.getLength());
  auto attention =
      entry.create<AttentionOp>(query.getType(), statistic, statistic, query,
                                key, value, position, entry.getBatch(), heads);
  return entry.linear(attention.getResult(), prefix + ".o_proj", width);
}

Value Network::buildMLP(Value input, int64_t layer) {
  std::string prefix = "model.layers." + std::to_string(layer) + ".mlp";
  int64_t hidden = model.getIntermediateSize();
  Value gate = entry.linear(input, prefix + ".gate_proj", hidden);
  Value up = entry.linear(input, prefix + ".up_proj", hidden);
  Value gated = entry.create<SwiGLUOp>(gate.getType(), gate, up);
  return entry.linear(gated, prefix + ".down_proj", model.getHiddenSize());
}

Value Network::buildHead(Value hidden) {
  entry.setPart("model.norm");
  Value normed = entry.rmsNorm(hidden, "model.norm");
  entry.setPart("lm_head");
  if (model.getTieWordEmbeddings())
    return entry.linear(normed, getEmbedding());
  return entry.linear(normed, "lm_head", model.getVocabSize());
}
