//===- CompiledCheck.h - Compiled code against the reference ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_COMPILEDCHECK_H
#define WAV_LIB_DRIVER_COMPILEDCHECK_H

#include "wav/Driver/Compiler.h"
#include "wav/Driver/WavCheckMain.h"
#include "wav/Reference/GradientCheck.h"

#include "llvm/Support/JSON.h"

namespace mlir::wav {

/// How far a compiled function is from the reference.
struct CompiledError {
  /// The largest difference, relative to the largest element of its tensor; if
  /// the function has bf16, that of whole tensors, by norm.
  double relative = 0;
  /// Where it is, for messages.
  std::string where;
};

/// All functions of a module, compiled for this machine or for a GPU.
class CompiledModule {
public:
  /// Compiles `module`, which is of the step level and whose public functions
  /// name their arguments and results (`wav.name`). The module is lowered.
  static FailureOr<CompiledModule> create(OwningOpRef<ModuleOp> module,
                                          const CheckRuntime &runtime);
  /// The same for a GPU, whose kernels are run by a SimtExecutor, with
  /// `numSeeds` orders of threads for each check.
  static FailureOr<CompiledModule> createForGPU(OwningOpRef<ModuleOp> module,
                                                const CheckRuntime &runtime,
                                                unsigned numSeeds);

  /// Runs `function` compiled and by `interpreter`, whose module holds it as it
  /// was before compilation, and compares results, parameters and moments.
  FailureOr<CompiledError> check(func::FuncOp function,
                                 ReferenceInterpreter &interpreter,
                                 const ReferenceInputs &inputs) const;

private:
  static FailureOr<CompiledModule> compile(ModuleOp module,
                                           const CompileOptions &options,
                                           const CheckRuntime &runtime,
                                           DeviceModule *kernels);
  const llvm::json::Object *findEntry(StringRef name) const;

  const CheckRuntime *runtime = nullptr;
  std::shared_ptr<JITProgram> program;
  /// Null on the CPU.
  std::shared_ptr<SimtExecutor> executor;
  unsigned numSeeds = 1;
  std::shared_ptr<llvm::json::Value> manifest;
};

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_COMPILEDCHECK_H
