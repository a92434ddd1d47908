//===- WavKernelOps.cpp - Ops of lowered kernels ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavKernelOps.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavKernelOps.cpp.inc"

LogicalResult ArgumentOp::verify() {
  // More than any kernel has: tables have a pointer for each slot up to it.
  constexpr int64_t kMaxSlots = 1 << 16;
  auto index = static_cast<int64_t>(getIndex());
  if (index < 0 || index >= kMaxSlots)
    return emitOpError("index ")
           << index << " is not in [0, " << kMaxSlots << ")";
  return success();
}
