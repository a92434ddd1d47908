//===- Compiler.h - From a model to machine code ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler as a function. To train a model from a program of your own:
//
//   FailureOr<OwningOpRef<ModuleOp>> model = loadModel("model.json", &context);
//   CompileOptions options;
//   options.pipeline.entries = {"train_step"};
//   auto program = compileAndLoad(**model, options, symbols);
//   wavrt::Session session(wavrt::Program::fromCompiled((*program)->get()));
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_COMPILER_H
#define WAV_DRIVER_COMPILER_H

#include "wav/Pipelines/Pipelines.h"
#include "wav/Target/CPU.h"
#include "wav/Target/DeviceCode.h"
#include "wav/Target/JIT.h"
#include "wavrt/grouping.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::wav {

/// How the kernels of a GPU program become machine code. PTX, which later GPUs
/// run too, is always there.
struct DeviceOptions {
  /// GPUs to assemble for, if there is a ptxas; if empty, `PipelineOptions::
  /// chip`, which the PTX is for. None may be older than that.
  std::vector<std::string> chips;
  /// NVIDIA's assembler; searched for if empty (wav/Target/Ptxas.h).
  std::string ptxas;
  /// If not empty: a file for a table of what each kernel needs and does, as
  /// JSON if it ends with `.json`, else as text; `-` for stdout.
  std::string reportTo;
  /// What a row of that table is of.
  wavrt::GroupBy reportBy = wavrt::GroupBy::Kernel;
};

/// Passes of a user's own at the end of a level.
struct AddedPasses {
  Level level;
  /// As text, on the module: `my-pass,func.func(my-function-pass)`.
  std::string pipeline;
};

/// Programs of earlier compilations.
struct CacheOptions {
  /// Where they are kept; none are if it is empty, nor where files about a
  /// program are asked for or passes of a user's own are run, nor a program
  /// whose compilation said something.
  std::string folder;
  /// Files that change what passes do, as plugins.
  std::vector<std::string> files;
};

/// Fails unless the pipeline can be made of the registered passes.
llvm::Error checkPasses(const AddedPasses &passes, MLIRContext *context);

struct CompileOptions {
  PipelineOptions pipeline;
  DeviceOptions device;
  CacheOptions cache;
  /// The level of the module that is given, and the last that is made.
  Level from = Level::Model;
  Level to = Level::Target;
  /// Run in order, each at a level from `from` to `to`; at `from` on the module
  /// as given.
  std::vector<AddedPasses> addedPasses;
  /// If not empty: a folder for the module at each level, as numbered files
  /// that can be compiled further with `from`.
  std::string dumpLevelsTo;
  /// If not empty: a folder for each kernel as MLIR, LLVM IR and assembly or
  /// PTX, and for the object.
  std::string dumpKernelsTo;
  /// What the object exports: a name for each of the programs of an executable.
  std::string symbol = "wav_program";
  /// Says on stderr how long each level took.
  bool verbose = false;
};

/// Takes a module from level `options.from` to level `options.to`, in place.
/// Fails after a diagnostic.
LogicalResult lower(ModuleOp module, const CompileOptions &options);

/// Lowers a module to the target level, whatever `options.to` says, and
/// compiles it to objects that together export one `wavrt_program`
/// (wavrt/abi.h). If `kernels` is given, the kernels of a GPU program are left
/// there and not compiled: its `wav_device_code` is empty.
FailureOr<SmallVector<Object>>
compileToObjects(ModuleOp module, const CompileOptions &options,
                 DeviceModule *kernels = nullptr);

/// The same, linked into this process against the runtime's `symbols`
/// (`wavrt::abiSymbols()`) and the library functions of the loaded dialects.
FailureOr<std::shared_ptr<JITProgram>>
compileAndLoad(ModuleOp module, const CompileOptions &options,
               ArrayRef<RuntimeSymbol> symbols,
               DeviceModule *kernels = nullptr);

} // namespace mlir::wav

#endif // WAV_DRIVER_COMPILER_H
