//===- Manifest.h - The manifest of a module of schedules -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_MANIFEST_H
#define WAV_TARGET_MANIFEST_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::wav {

/// The JSON document that describes a module of schedules to the runtime
/// (docs/manifest.md). `target` says what the code was compiled for, `features`
/// what it needs of a processor (wavrt/processor.h). Fails
/// after a diagnostic if the module lacks the attributes `wav.config`,
/// `wav.batch` or `wav.context`.
FailureOr<std::string> buildManifest(ModuleOp module, StringRef target,
                                     ArrayRef<std::string> features = {});

} // namespace mlir::wav

#endif // WAV_TARGET_MANIFEST_H
