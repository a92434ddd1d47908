//===- WavModelOps.h - The model op -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVMODELOPS_H
#define WAV_IR_WAVMODELOPS_H

#include "wav/IR/WavInterfaces.h"

#define GET_OP_CLASSES
#include "wav/WavModelOps.h.inc"

#endif // WAV_IR_WAVMODELOPS_H
