//===- Threads.h - Threads of tools -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_THREADS_H
#define WAV_DRIVER_THREADS_H

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace mlir::wav {

/// Leaves a new context with one thread where the system does not let its pool
/// start all of its own, of which LLVM would make an abort.
void limitThreads(MLIRContext &context);

} // namespace mlir::wav

#endif // WAV_DRIVER_THREADS_H
