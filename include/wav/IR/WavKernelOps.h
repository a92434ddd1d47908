//===- WavKernelOps.h - Ops of lowered kernels ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVKERNELOPS_H
#define WAV_IR_WAVKERNELOPS_H

#include "wav/IR/WavInterfaces.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#define GET_OP_CLASSES
#include "wav/WavKernelOps.h.inc"

#endif // WAV_IR_WAVKERNELOPS_H
