//===- Provider.h - Programs for the runtime --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_RUN_PROVIDER_H
#define WAV_RUN_PROVIDER_H

#include "CommandLine.h"

#include "wavrt/app.h"

namespace mlir::wav {

/// Compiles (or interprets) what the runtime asks for: only the entry points
/// that a subcommand needs, at its batch.
wavrt::ProgramProvider makeProvider(const CommandLine &line);

/// What needs no run: prints the module at `line.options.to`, or compiles it
/// for the files that this leaves. Returns the exit code.
int compileOnly(const CommandLine &line);

} // namespace mlir::wav

#endif // WAV_RUN_PROVIDER_H
