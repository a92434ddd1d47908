//===- Rows.cpp - Library functions that move rows --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "core/BFloat16.h"
#include "core/Context.h"

#include <algorithm>
#include <cstring>

using namespace wavrt;

/// A partition owns a slab of columns, whole cache lines wide, and adds all
/// rows to it in order: no sorting, no atomics, and any number of threads.
template <typename T>
static int32_t embedGrad(wavrt_context *context, void *const *buffers,
                         const int64_t *params) {
  constexpr int64_t slab = 32;
  auto *index = static_cast<const int32_t *>(buffers[0]);
  auto *dY = static_cast<const T *>(buffers[1]);
  auto *dTable = static_cast<float *>(buffers[2]);
  const int64_t n = params[0], d = params[1], rows = params[2];

  for (int64_t i = 0; i < n; ++i)
    if (index[i] < 0 || index[i] >= rows)
      return WAVRT_OUT_OF_RANGE;

  Context::from(context).pool.parallelFor(
      (d + slab - 1) / slab, [&](int64_t partition) {
        const int64_t begin = partition * slab;
        const int64_t width = std::min(slab, d - begin);
        for (int64_t i = 0; i < n; ++i) {
          const T *source = dY + i * d + begin;
          float *target = dTable + int64_t(index[i]) * d + begin;
          for (int64_t j = 0; j < width; ++j)
            target[j] += static_cast<float>(source[j]);
        }
      });
  return WAVRT_OK;
}

/// One memcpy: the cache of a layer is extended by a row when decoding and by
/// at most the context when prefilling, which one thread copies in
/// microseconds.
template <typename T>
static int32_t cacheUpdate(void *const *buffers, const int64_t *params) {
  auto *x = static_cast<const T *>(buffers[0]);
  const int64_t position = *static_cast<const int32_t *>(buffers[1]);
  auto *cache = static_cast<T *>(buffers[2]);
  const int64_t n = params[0], d = params[1], rows = params[2];
  if (position < 0 || position > rows - n)
    return WAVRT_OUT_OF_RANGE;
  std::memcpy(cache + position * d, x, n * d * sizeof(T));
  return WAVRT_OK;
}

int32_t wavrt_embed_grad_f32(wavrt_context *context, void *const *buffers,
                             const int64_t *params) {
  return embedGrad<float>(context, buffers, params);
}
int32_t wavrt_embed_grad_bf16(wavrt_context *context, void *const *buffers,
                              const int64_t *params) {
  return embedGrad<BFloat16>(context, buffers, params);
}
int32_t wavrt_cache_update_f32(wavrt_context *, void *const *buffers,
                               const int64_t *params) {
  return cacheUpdate<float>(buffers, params);
}
int32_t wavrt_cache_update_bf16(wavrt_context *, void *const *buffers,
                                const int64_t *params) {
  return cacheUpdate<BFloat16>(buffers, params);
}
