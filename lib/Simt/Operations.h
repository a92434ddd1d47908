//===- Operations.h - Intrinsics that the machine executes ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_SIMT_OPERATIONS_H
#define WAV_LIB_SIMT_OPERATIONS_H

#include "Site.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::wav::simt {

/// An intrinsic that becomes a call of the machine.
struct Operation {
  /// Without the types that it is overloaded for; one that ends with a dot
  /// stands for all that begin with it.
  StringRef name;
  Op op;
  /// As in `Site`.
  uint32_t detail = 0, bytes = 0;
};

/// Null for every other intrinsic.
const Operation *findOperation(StringRef name);

} // namespace mlir::wav::simt

#endif // WAV_LIB_SIMT_OPERATIONS_H
