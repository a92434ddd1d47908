//===- Diagnostics.cpp - Diagnostics of tools -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::wav;

static std::string toLine(Diagnostic &diagnostic) {
  std::string line;
  llvm::raw_string_ostream stream(line);
  if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    stream << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
           << loc.getColumn() << ": ";
  stream << diagnostic;
  return line;
}

ToolDiagnostics::ToolDiagnostics(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
          llvm::errs() << "warning: " << toLine(diagnostic) << '\n';
        if (diagnostic.getSeverity() == DiagnosticSeverity::Remark)
          llvm::errs() << "remark: " << toLine(diagnostic) << '\n';
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            firstError.empty())
          firstError = toLine(diagnostic);
      }) {}
