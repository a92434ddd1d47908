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

/// A call of a function by the reference interpreter.
struct ReferenceRun {
  static FailureOr<ReferenceRun> of(func::FuncOp function, RefRounding rounding,
                                    ReferenceInputs inputs);

  SmallVector<RefTensorPtr> results;
  /// With the memory that it has written.
  ReferenceInputs after;
};

/// What compiled code should compute.
struct Expectation {
  /// Runs the reference for `function`, of the step level.
  static FailureOr<Expectation> of(func::FuncOp function,
                                   const ReferenceInputs &inputs);

  /// In float64; rounded where the IR says so if the function has bf16.
  ReferenceRun exact;
  /// With each value rounded to its type. Its distance from `exact` says how
  /// much of a tensor f32 can tell.
  ReferenceRun rounded;
  bool isNarrow;
};

/// How far a compiled function is from the reference.
struct CompiledError {
  /// The largest difference, relative to the largest element of its tensor or,
  /// if that is more, to what was cancelled in it; if the function has bf16,
  /// that of whole tensors, by norm.
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

  /// Runs `function`, which is as it was before compilation, compiled, and
  /// compares results, parameters and moments.
  FailureOr<CompiledError> check(func::FuncOp function,
                                 const Expectation &expected,
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
