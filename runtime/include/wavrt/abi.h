//===- abi.h - The seam between compiled code and the runtime ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only header that compiled code and the runtime share. Compiled code may
// call the functions declared here and nothing else; the compiler binds each
// of them by name (JIT) or leaves them to the linker (AOT). Changing anything
// below means changing `WAVRT_ABI_VERSION` and the lowering in
// lib/Target/Host.
//
// A compiled object exports one symbol, `wav_program`, of type
// `wavrt_program`. Its manifest is a JSON document; docs/manifest.md describes
// the fields.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_ABI_H
#define WAVRT_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WAVRT_ABI_VERSION 1u
#define WAVRT_MAGIC UINT64_C(0x314d524f46564157) /* "WAVFORM1" */

/// Every buffer of a program lives at a constant byte offset of one of these.
/// The manifest gives their sizes. All arenas are 64-byte aligned and start
/// zeroed. The two moment arenas and the gradient arena have the layout of the
/// parameter arena, padding included; padding is zero and stays zero.
enum wavrt_arena {
  WAVRT_PARAMETERS = 0,
  WAVRT_GRADIENTS = 1,
  WAVRT_FIRST_MOMENT = 2,
  WAVRT_SECOND_MOMENT = 3,
  WAVRT_STATE = 4,     ///< Kept between calls: key and value caches.
  WAVRT_IO = 5,        ///< Inputs and outputs of the entry points.
  WAVRT_SCRATCH = 6,   ///< Dead between calls.
  WAVRT_CONSTANTS = 7, ///< Read only; a copy of `wavrt_program::constants`.
  WAVRT_NUM_ARENAS = 8
};

/// What compiled code sees of a running program. The runtime derives its own
/// state from it; compiled code reads `arenas` and passes the pointer on.
typedef struct wavrt_context {
  void *arenas[WAVRT_NUM_ARENAS];
} wavrt_context;

/// A compiled kernel: processes partition `partition` of a launch. The meaning
/// of `args` is fixed by the compiler.
typedef void (*wavrt_kernel)(void *const *args, int64_t partition);

/// A library function of the runtime. `buffers` and `params` are documented at
/// each function. Returns 0, or a code of `wavrt_status`.
typedef int32_t (*wavrt_library_fn)(wavrt_context *context,
                                    void *const *buffers,
                                    const int64_t *params);

enum wavrt_status { WAVRT_OK = 0, WAVRT_OUT_OF_RANGE = 1 };

/// Runs `kernel` once for each partition in [0, partitions), possibly in
/// parallel, and returns when all are done. `launch` indexes the manifest's
/// `entries[].launches` of the running entry (for profiles).
void wavrt_launch(wavrt_context *context, int64_t launch, wavrt_kernel kernel,
                  void *const *args, int64_t partitions);

/// Calls a library function; `launch` as above. Returns its status.
int32_t wavrt_call(wavrt_context *context, int64_t launch,
                   wavrt_library_fn function, void *const *buffers,
                   const int64_t *params);

//===----------------------------------------------------------------------===//
// Library functions. All matrices are row-major and dense; f32 unless said.
//===----------------------------------------------------------------------===//

/// C[m,n] = op(A) op(B) (+ C). buffers = {A, B, C};
/// params = {m, n, k, transpose_a, transpose_b, accumulate}.
/// op(A) is [m,k]: A is stored [m,k], or [k,m] if transpose_a. Likewise
/// op(B) is [k,n], stored [k,n], or [n,k] if transpose_b.
int32_t wavrt_matmul_f32(wavrt_context *, void *const *, const int64_t *);

/// Causal attention over the rows of `batch` sequences.
/// buffers = {Q [batch*q_len, heads*hd], K, V [batch*kv_len, heads*hd],
///            position i32[1] or null, O [batch*q_len, heads*hd],
///            LSE [batch*heads*q_len]};
/// params = {batch, q_len, kv_len, heads, head_dim}.
/// Query i of a sequence sees keys j <= i + *position (0 when null). Scores
/// are scaled by 1/sqrt(head_dim). LSE (natural log-sum-exp of the scaled
/// scores) is what the backward needs.
int32_t wavrt_attention_f32(wavrt_context *, void *const *, const int64_t *);

/// The gradient of the above for q_len = kv_len and no position.
/// buffers = {Q, K, V, O, LSE, dO, dQ, dK, dV}; params as above.
int32_t wavrt_attention_grad_f32(wavrt_context *, void *const *,
                                 const int64_t *);

/// dTable[index[i]] += dY[i] for i in row order (so the sum is deterministic).
/// buffers = {index i32[n], dY [n,d], dTable [rows,d]}; params = {n, d, rows}.
int32_t wavrt_embed_grad_f32(wavrt_context *, void *const *, const int64_t *);

/// Cache[position + i] = X[i], i < n. buffers = {X [n,d], position i32[1],
/// Cache [rows,d]}; params = {n, d, rows}. WAVRT_OUT_OF_RANGE if it overflows.
int32_t wavrt_cache_update_f32(wavrt_context *, void *const *, const int64_t *);

/// Every library function, for binding tables.
#define WAVRT_FOR_EACH_LIBRARY_FUNCTION(X)                                     \
  X(wavrt_matmul_f32)                                                          \
  X(wavrt_attention_f32)                                                       \
  X(wavrt_attention_grad_f32)                                                  \
  X(wavrt_embed_grad_f32)                                                      \
  X(wavrt_cache_update_f32)

//===----------------------------------------------------------------------===//
// The exported program
//===----------------------------------------------------------------------===//

/// One entry point. Returns 0 or a `wavrt_status`.
typedef struct wavrt_entry {
  const char *name;
  int32_t (*run)(wavrt_context *context);
} wavrt_entry;

typedef struct wavrt_program {
  uint64_t magic;
  uint32_t abi_version;
  uint32_t num_entries;
  const wavrt_entry *entries;
  const char *manifest;
  uint64_t manifest_size;
  const void *constants; ///< manifest.arenas.constants bytes
} wavrt_program;

#ifdef __cplusplus
}
#endif

#endif // WAVRT_ABI_H
