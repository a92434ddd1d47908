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

#define WAVRT_ABI_VERSION 5u
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

/// What an offset in the address table of an entry counts from, besides the
/// arenas: the resolved table itself, or zero.
enum wavrt_base {
  WAVRT_BASE_TABLE = WAVRT_NUM_ARENAS,
  WAVRT_BASE_ZERO,
  WAVRT_NUM_BASES
};

/// What an entry sees of a running program. The runtime derives its own state
/// from it. Compiled code only passes the pointer on; an interpreter reads
/// `arenas`.
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

/// A failure of a device is explained by the runtime, not by compiled code.
enum wavrt_status {
  WAVRT_OK = 0,
  WAVRT_OUT_OF_RANGE = 1,
  WAVRT_DEVICE_FAILURE = 2
};

/// Runs `kernel` once for each partition in [0, partitions), possibly in
/// parallel, and returns when all are done. `launch` indexes the manifest's
/// `entries[].launches` of the running entry (for profiles).
void wavrt_launch(wavrt_context *context, int64_t launch, wavrt_kernel kernel,
                  void *const *args, int64_t partitions);

/// A kernel of the program's device code.
typedef struct wavrt_device_kernel {
  const char *name;
  uint32_t num_slots;    ///< One pointer argument each.
  uint32_t threads;      ///< Of a block.
  uint32_t shared_bytes; ///< Dynamic shared memory of a block.
} wavrt_device_kernel;

/// Runs `blocks` blocks of a device kernel after what was launched or called
/// before; may return before they are done. `slots` are `kernel->num_slots`
/// device addresses. A failure is kept by the runtime, which then skips every
/// further step of the entry.
void wavrt_launch_device(wavrt_context *context, int64_t launch,
                         const wavrt_device_kernel *kernel, void *const *slots,
                         int64_t blocks);

/// Calls a library function; `launch` as above. Returns its status. In a
/// program with device code the device computes what the function documents,
/// on device addresses; only matrix products may be called there.
int32_t wavrt_call(wavrt_context *context, int64_t launch,
                   wavrt_library_fn function, void *const *buffers,
                   const int64_t *params);

/// Calls a library function for each of `instances` instances, which touch
/// nothing that another writes, possibly at once; the rest as wavrt_call.
/// `buffers` are the first buffer of each instance, then the second of each, up
/// to `num_buffers`; behind them, the addresses of these `num_buffers` lists
/// themselves, in the memory of the device.
int32_t wavrt_call_batch(wavrt_context *context, int64_t launch,
                         wavrt_library_fn function, void *const *buffers,
                         const int64_t *params, int64_t num_buffers,
                         int64_t instances);

//===----------------------------------------------------------------------===//
// Library functions. All matrices are row-major and dense; f32 unless said.
// `_bf16`: of bfloat16, all but LSE and dTable; `_bf16_f32`: A and B are, C and
// D are f32. Sums are in f32 and rounded once. The CPU's functions compute in
// f32 throughout and convert what they read.
//===----------------------------------------------------------------------===//

/// D[m,n] = op(A) op(B) (+ C). buffers = {A, B, C or null, D};
/// params = {m, n, k, transpose_a, transpose_b}.
/// op(A) is [m,k]: A is stored [m,k], or [k,m] if transpose_a. Likewise
/// op(B) is [k,n], stored [k,n], or [n,k] if transpose_b. C is added
/// before D is rounded; D may be C, and overlaps no other buffer.
int32_t wavrt_matmul_f32(wavrt_context *, void *const *, const int64_t *);
int32_t wavrt_matmul_bf16(wavrt_context *, void *const *, const int64_t *);
int32_t wavrt_matmul_bf16_f32(wavrt_context *, void *const *, const int64_t *);

/// Causal attention over the rows of `batch` sequences.
/// buffers = {Q [batch*q_len, heads*hd], K, V [batch*kv_len, heads*hd],
///            position i32[1] or null, O [batch*q_len, heads*hd],
///            MAX [batch*heads*q_len], INVERSE_SUM [batch*heads*q_len]};
/// params = {batch, q_len, kv_len, heads, head_dim}.
/// Query i of a sequence sees keys j <= i + *position (0 when null). A weight
/// is P_ij = 2^(E_ij - MAX_i) INVERSE_SUM_i with the exponents
/// E = log2(e) / sqrt(head_dim) Q K^T. MAX, the largest exponent of a query,
/// and INVERSE_SUM, the reciprocal of its sum of powers, are what the backward
/// forms P with; f32, in any precision.
int32_t wavrt_attention_f32(wavrt_context *, void *const *, const int64_t *);
int32_t wavrt_attention_bf16(wavrt_context *, void *const *, const int64_t *);

/// The gradient of the above for q_len = kv_len and no position.
/// buffers = {Q, K, V, O, MAX, INVERSE_SUM, dO, dQ, dK, dV}; params as above.
int32_t wavrt_attention_grad_f32(wavrt_context *, void *const *,
                                 const int64_t *);
int32_t wavrt_attention_grad_bf16(wavrt_context *, void *const *,
                                  const int64_t *);

/// dTable[index[i]] += dY[i] for i in row order (so the sum is deterministic).
/// buffers = {index i32[n], dY [n,d], dTable [rows,d]}; params = {n, d, rows}.
int32_t wavrt_embed_grad_f32(wavrt_context *, void *const *, const int64_t *);
int32_t wavrt_embed_grad_bf16(wavrt_context *, void *const *, const int64_t *);

/// Cache[position + i] = X[i], i < n. buffers = {X [n,d], position i32[1],
/// Cache [rows,d]}; params = {n, d, rows}. WAVRT_OUT_OF_RANGE if it overflows.
int32_t wavrt_cache_update_f32(wavrt_context *, void *const *, const int64_t *);
int32_t wavrt_cache_update_bf16(wavrt_context *, void *const *,
                                const int64_t *);

/// Every library function, for binding tables.
#define WAVRT_FOR_EACH_LIBRARY_FUNCTION(X)                                     \
  X(wavrt_matmul_f32)                                                          \
  X(wavrt_matmul_bf16)                                                         \
  X(wavrt_matmul_bf16_f32)                                                     \
  X(wavrt_attention_f32)                                                       \
  X(wavrt_attention_bf16)                                                      \
  X(wavrt_attention_grad_f32)                                                  \
  X(wavrt_attention_grad_bf16)                                                 \
  X(wavrt_embed_grad_f32)                                                      \
  X(wavrt_embed_grad_bf16)                                                     \
  X(wavrt_cache_update_f32)                                                    \
  X(wavrt_cache_update_bf16)

//===----------------------------------------------------------------------===//
// The exported program
//===----------------------------------------------------------------------===//

/// One entry point. `run` returns 0 or a `wavrt_status`; it is given the
/// resolved addresses: for each of the `num_addresses` pairs (base, offset) in
/// `addresses`, base + offset bytes, the base being an arena, the start of the
/// resolved table or zero. The runtime resolves them once, when a session is
/// made. A bank slot points into the resolved table, at a count and as many
/// rows; so on a device the table lies in device memory too.
typedef struct wavrt_entry {
  const char *name;
  int32_t (*run)(wavrt_context *context, void *const *addresses);
  uint64_t num_addresses;
  const int64_t *addresses; ///< base 0, offset 0, base 1, offset 1, ...
} wavrt_entry;

/// Machine code for one chip.
typedef struct wavrt_cubin {
  const char *chip; ///< "sm_90a"
  const void *data;
  uint64_t size;
} wavrt_cubin;

/// All kernels of a program, as PTX text and assembled for some chips.
typedef struct wavrt_device_code {
  const char *chip; ///< What the PTX was written for.
  const char *ptx;  ///< Ends with a zero byte.
  uint64_t num_cubins;
  const wavrt_cubin *cubins;
} wavrt_device_code;

typedef struct wavrt_program {
  uint64_t magic;
  uint32_t abi_version;
  uint32_t num_entries;
  const wavrt_entry *entries;
  const char *manifest;
  uint64_t manifest_size;
  const void *constants;           ///< manifest.arenas.constants bytes
  const wavrt_device_code *device; ///< Null: everything runs on the CPU.
  uint64_t num_device_kernels;
  const wavrt_device_kernel *device_kernels; ///< What the entries launch.
} wavrt_program;

#ifdef __cplusplus
}
#endif

#endif // WAVRT_ABI_H
