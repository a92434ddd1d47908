//===- cumulate.c - What demo.cumulate calls ------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cumulate.h"

#include <string.h>

int32_t demo_cumulate_f32(wavrt_context *context, void *const *buffers,
                          const int64_t *params) {
  const float *x = buffers[0];
  float *y = buffers[1];
  int64_t sequences = params[0], length = params[1], width = params[2];
  int64_t inverse = params[3];
  double decay;
  memcpy(&decay, &params[4], sizeof decay);
  (void)context;

  int64_t stride = inverse ? -width : width;
  for (int64_t sequence = 0; sequence < sequences; ++sequence) {
    int64_t at = (sequence * length + (inverse ? length - 1 : 0)) * width;
    memcpy(y + at, x + at, width * sizeof *x);
    for (int64_t step = 1; step < length; ++step) {
      at += stride;
      for (int64_t i = 0; i < width; ++i)
        y[at + i] = x[at + i] + (float)decay * y[at - stride + i];
    }
  }
  return WAVRT_OK;
}
