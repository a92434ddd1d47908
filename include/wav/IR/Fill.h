//===- Fill.h - What fills the inputs of a program --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_FILL_H
#define WAV_IR_FILL_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/JSON.h"

namespace mlir::wav {

// `wav.fill` says of an argument of an entry point what its caller fills it
// with: a dictionary with a string `kind` and the fields of that kind, strings
// or numbers. `wav-plan` hands it on to `wav.input`, and so it gets into the
// manifest, whose documentation (docs/manifest.md) lists the kinds. The
// compiler knows no kind: who fills the inputs does.

/// `{kind = "setting", name = "clip"}`.
DictionaryAttr getFill(MLIRContext *context, StringRef kind,
                       ArrayRef<NamedAttribute> fields = {});

/// Emits an error unless `attribute` is a fill.
LogicalResult verifyFill(function_ref<InFlightDiagnostic()> emitError,
                         Attribute attribute);

/// The kind of a fill; empty if `fill` is null or none.
StringRef getFillKind(DictionaryAttr fill);

/// The strings and numbers of a dictionary, for the manifest.
llvm::json::Object describeFields(DictionaryAttr fields);

} // namespace mlir::wav

#endif // WAV_IR_FILL_H
