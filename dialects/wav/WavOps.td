//===- WavOps.td - All ops of the wav dialect ----------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_OPS_TD
#define WAV_OPS_TD

include "wav/WavModelOps.td"
include "wav/WavTransformerOps.td"
include "wav/WavResidualOps.td"
include "wav/WavOptimizerOps.td"
include "wav/WavStructureOps.td"
include "wav/WavScheduleOps.td"
include "wav/WavKernelOps.td"

#endif // WAV_OPS_TD
