//===- Registration.h - All of the project, for tools -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_REGISTRATION_H
#define WAV_DRIVER_REGISTRATION_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::wav {

/// Inserts the wav dialect and every upstream dialect that its passes produce,
/// with the interfaces they need.
void registerAllWavDialects(DialectRegistry &registry);

/// Registers every pass and named pipeline of the project. Once a process.
void registerAllWavPasses();

} // namespace mlir::wav

#endif // WAV_DRIVER_REGISTRATION_H
