//===- Import.h - Models from and to files ----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IMPORT_IMPORT_H
#define WAV_IMPORT_IMPORT_H

#include "wav/IR/WavModelOps.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace mlir::wav {

/// Reads the model configuration (JSON, keys of a Hugging Face Llama
/// `config.json` and `residual`; docs/schemes.md) in the main buffer of
/// `sources`. The result holds one `wav.model`, named as the file is. Errors
/// are diagnostics at the place in the file: a key that is unknown, missing or
/// says something the model does not do.
FailureOr<OwningOpRef<ModuleOp>> importConfig(llvm::SourceMgr &sources,
                                              MLIRContext *context);

/// Reads `path`: a configuration if it ends in `.json`, else MLIR text or
/// bytecode of any level. `-` is standard input, which may be loaded more than
/// once; it is a configuration if it starts as one. Errors are diagnostics.
FailureOr<OwningOpRef<ModuleOp>> loadModel(StringRef path,
                                           MLIRContext *context);

/// The model of a module at the model level; an error if there is not exactly
/// one.
FailureOr<ModelOp> getModel(ModuleOp module);

/// The canonical configuration: `importConfig` reads it back as `model`, all
/// keys are stated, and the residual is a preset with options where one fits.
/// `indent` of 0 is one line.
std::string exportConfig(ModelOp model, unsigned indent = 0);

/// Registers `import-config` and `export-config` with MLIR's translation tool.
void registerConfigTranslations();

} // namespace mlir::wav

#endif // WAV_IMPORT_IMPORT_H
