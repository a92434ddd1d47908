//===- WavOps.h - All ops of the wav dialect --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For programs that use the library. Files of the library include what they
// use: a change of an op then rebuilds few of them.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVOPS_H
#define WAV_IR_WAVOPS_H

#include "wav/IR/WavKernelOps.h"
#include "wav/IR/WavModelOps.h"
#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/IR/WavTransformerOps.h"

#endif // WAV_IR_WAVOPS_H
