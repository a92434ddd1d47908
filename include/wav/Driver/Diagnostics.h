//===- Diagnostics.h - Diagnostics of tools ---------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_DIAGNOSTICS_H
#define WAV_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace mlir::wav {

/// What a tool makes of diagnostics while this lives: warnings and remarks
/// go to stderr, and the first error, which is the cause of the others, is kept
/// as one line.
class ToolDiagnostics {
public:
  explicit ToolDiagnostics(MLIRContext *context);

  /// `model.json:3:7: ...`; empty if there was no error.
  const std::string &getError() const { return firstError; }

private:
  std::string firstError;
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::wav

#endif // WAV_DRIVER_DIAGNOSTICS_H
