//===- LibraryFunctions.h - Library functions of other dialects -*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op may be computed by a function of its own dialect instead of one of the
// runtime (`LibraryOpInterface`). Its dialect then says where that function is:
//
//   void MyDialect::initialize() {
//     addInterfaces<MyFunctions>(); // a LibraryFunctionsInterface
//   }
//
//===----------------------------------------------------------------------===//

#ifndef WAV_CODEGEN_LIBRARYFUNCTIONS_H
#define WAV_CODEGEN_LIBRARYFUNCTIONS_H

#include "wavrt/abi.h"

#include "mlir/IR/DialectInterface.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::wav {
class CallLowering;

/// A function that ops of a dialect are computed by.
struct LibraryFunction {
  /// What `getLibraryFunction` says, not in the runtime's namespace `wavrt_`:
  /// `mine_sort_f32`.
  StringRef name;
  /// The function for the CPU, for programs that run in this process. Null:
  /// such programs cannot have it. `wavc --link` has its own way to it.
  wavrt_library_fn function = nullptr;
  /// Writes kernels for a GPU in its place (wav/Codegen/CallLowering.h). Null:
  /// programs for a GPU cannot have it.
  LogicalResult (*lower)(CallLowering &call) = nullptr;
};

/// What a dialect with such ops has.
class LibraryFunctionsInterface
    : public DialectInterface::Base<LibraryFunctionsInterface> {
public:
  explicit LibraryFunctionsInterface(Dialect *dialect) : Base(dialect) {}
  virtual ArrayRef<LibraryFunction> getFunctions() const = 0;
};

/// The functions of all loaded dialects, by name.
SmallVector<LibraryFunction> getLibraryFunctions(MLIRContext *context);

} // namespace mlir::wav

MLIR_DECLARE_EXPLICIT_TYPE_ID(mlir::wav::LibraryFunctionsInterface)

#endif // WAV_CODEGEN_LIBRARYFUNCTIONS_H
