//===- LibraryFunctions.cpp - Library functions of other dialects ---------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Codegen/LibraryFunctions.h"

#include "mlir/IR/Dialect.h"
#include "mlir/IR/MLIRContext.h"

using namespace mlir;
using namespace mlir::wav;

MLIR_DEFINE_EXPLICIT_TYPE_ID(mlir::wav::LibraryFunctionsInterface)

SmallVector<LibraryFunction> wav::getLibraryFunctions(MLIRContext *context) {
  SmallVector<LibraryFunction> functions;
  for (Dialect *dialect : context->getLoadedDialects())
    if (const auto *interface =
            dialect->getRegisteredInterface<LibraryFunctionsInterface>())
      llvm::append_range(functions, interface->getFunctions());
  llvm::sort(functions, [](const LibraryFunction &a, const LibraryFunction &b) {
    return a.name < b.name;
  });
  return functions;
}
