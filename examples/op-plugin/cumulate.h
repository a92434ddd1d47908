//===- cumulate.h - What demo.cumulate calls ----------------------*- C -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DEMO_CUMULATE_H
#define DEMO_CUMULATE_H

#include "wavrt/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Y[r] = X[r] + decay * Y[r - 1] in each sequence, from its start; from its
/// end if `inverse`. buffers = {X [sequences*length, width], Y (the same)};
/// params = {sequences, length, width, inverse, the bits of decay as a double}.
int32_t demo_cumulate_f32(wavrt_context *, void *const *, const int64_t *);

#ifdef __cplusplus
}
#endif

#endif // DEMO_CUMULATE_H
