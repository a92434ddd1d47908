//===- Attention.cpp - Causal attention and its gradient --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiles.h"
#include "core/Context.h"

#include <algorithm>

using namespace wavrt;

template <typename T>
static int32_t attention(wavrt_context *caller, void *const *buffers,
                         const int64_t *params) {
  Context &context = Context::from(caller);
  const AttentionTiles<T> &code = context.tiles;
  auto *q = static_cast<const T *>(buffers[0]);
  auto *k = static_cast<const T *>(buffers[1]);
  auto *v = static_cast<const T *>(buffers[2]);
  auto *position = static_cast<const int32_t *>(buffers[3]);
  auto *o = static_cast<T *>(buffers[4]);
  auto *max = static_cast<float *>(buffers[5]);
  auto *inverseSum = static_cast<float *>(buffers[6]);
  const int64_t batch = params[0], queries = params[1], keys = params[2],
                heads = params[3], headDim = params[4];
  const int64_t stride = heads * headDim;
  const int64_t first = position ? *position : 0;
  if (first < 0 || first > keys - queries)
    return WAVRT_OUT_OF_RANGE;

  // A partition is a chunk of the queries of one head.
  constexpr int64_t chunk = 64;
  const int64_t chunks = (queries + chunk - 1) / chunk;
  context.pool.parallelFor(batch * heads * chunks, [&](int64_t partition) {
    // Later queries see more keys: the longest chunks go first.
    const int64_t begin = (chunks - 1 - partition % chunks) * chunk;
    const int64_t head = partition / chunks;
    const int64_t sequence = head / heads;
    const int64_t column = head % heads * headDim;
    const int64_t queryOffset = sequence * queries * stride + column;
    const int64_t keyOffset = sequence * keys * stride + column;
    code.attend({q + queryOffset, k + keyOffset, v + keyOffset, o + queryOffset,
                 max + head * queries, inverseSum + head * queries, stride,
                 headDim, first},
                begin, std::min(queries, begin + chunk),
                threadScratch(context.tiles.attentionScratch(headDim)));
  });
  return WAVRT_OK;
}

template <typename T>
static int32_t attentionGrad(wavrt_context *caller, void *const *buffers,
                             const int64_t *params) {
  Context &context = Context::from(caller);
  const AttentionTiles<T> &code = context.tiles;
  auto input = [&](int i) { return static_cast<const T *>(buffers[i]); };
  auto output = [&](int i) { return static_cast<T *>(buffers[i]); };
  auto *max = static_cast<const float *>(buffers[4]);
  auto *inverseSum = static_cast<const float *>(buffers[5]);
  const int64_t batch = params[0], length = params[1], heads = params[3],
                headDim = params[4];
  const int64_t stride = heads * headDim;
  if (params[2] != length)
    return WAVRT_OUT_OF_RANGE;

  // A partition is a head: dK and dV sum over its queries in order.
  context.pool.parallelFor(batch * heads, [&](int64_t head) {
    const int64_t offset =
        head / heads * length * stride + head % heads * headDim;
    code.attendGrad(
        {input(0) + offset, input(1) + offset, input(2) + offset,
         input(3) + offset, max + head * length, inverseSum + head * length,
         input(6) + offset, output(7) + offset, output(8) + offset,
         output(9) + offset, stride, headDim, length},
        threadScratch(context.tiles.attentionGradScratch(headDim, length)));
  });
  return WAVRT_OK;
}

int32_t wavrt_attention_f32(wavrt_context *context, void *const *buffers,
                            const int64_t *params) {
  return attention<float>(context, buffers, params);
}
int32_t wavrt_attention_bf16(wavrt_context *context, void *const *buffers,
                             const int64_t *params) {
  return attention<BFloat16>(context, buffers, params);
}
int32_t wavrt_attention_grad_f32(wavrt_context *context, void *const *buffers,
                                 const int64_t *params) {
  return attentionGrad<float>(context, buffers, params);
}
int32_t wavrt_attention_grad_bf16(wavrt_context *context, void *const *buffers,
                                  const int64_t *params) {
  return attentionGrad<BFloat16>(context, buffers, params);
}
