//===- Compiler.cpp - From a model to machine code --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"

#include "Dump.h"
#include "wav/IR/WavOps.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Says on stderr what was done and how long it took.
class Stopwatch {
public:
  explicit Stopwatch(bool enabled) : enabled(enabled) {}

  void lap(StringRef what) {
    auto now = Clock::now();
    if (enabled)
      llvm::errs() << llvm::formatv(
          "{0,-12} {1,8:F1} ms\n", what,
          std::chrono::duration<double, std::milli>(now - start).count());
    start = now;
  }

private:
  using Clock = std::chrono::steady_clock;
  bool enabled;
  Clock::time_point start = Clock::now();
};

} // namespace

static LogicalResult report(ModuleOp module, llvm::Error error) {
  return module.emitError(llvm::toString(std::move(error)));
}

/// A module of another level than stated fails late and with a message that
/// does not say why.
static LogicalResult checkLevel(ModuleOp module, Level stated) {
  bool isModel = !module.getOps<ModelOp>().empty();
  bool isScheduled = !module.getOps<ScheduleOp>().empty();
  if (isModel == (stated == Level::Model) &&
      isScheduled == (stated == Level::Scheduled))
    return success();
  return module.emitError("is not at level '")
         << stringifyLevel(stated) << "'; say with --compile-from what it is at"
         << (isModel       ? ": model"
             : isScheduled ? ": scheduled"
                           : "");
}

LogicalResult wav::lower(ModuleOp module, const CompileOptions &options) {
  if (failed(checkLevel(module, options.from)))
    return failure();
  llvm::Expected<CPUTarget> cpu = CPUTarget::create(options.pipeline.cpu);
  if (!cpu)
    return report(module, cpu.takeError());
  PipelineOptions pipeline = options.pipeline;
  pipeline.cpu = cpu->getName();
  pipeline.vectorWidth = cpu->getVectorWidth();
  llvm::append_range(pipeline.features, cpu->getNeededFeatures());

  Stopwatch stopwatch(options.verbose);
  for (int i = static_cast<int>(options.from);
       i <= static_cast<int>(options.to); ++i) {
    auto level = static_cast<Level>(i);
    if (level != options.from) {
      PassManager pm(module.getContext(), module->getName().getStringRef());
      // Fails if the process never registered them, as an embedding program.
      (void)applyPassManagerCLOptions(pm);
      buildLevelPipeline(pm, level, pipeline);
      if (failed(pm.run(module)))
        return failure();
      stopwatch.lap(stringifyLevel(level));
    }
    if (!options.dumpLevelsTo.empty() &&
        failed(dumpLevel(module, level, options.dumpLevelsTo)))
      return failure();
    if (!options.dumpKernelsTo.empty() && level == Level::Scheduled &&
        failed(dumpKernels(module, options.dumpKernelsTo)))
      return failure();
  }
  return success();
}

FailureOr<Object> wav::compileToObject(ModuleOp module,
                                       const CompileOptions &options) {
  CompileOptions toTarget = options;
  toTarget.to = Level::Target;
  if (failed(lower(module, toTarget)))
    return failure();
  llvm::Expected<CPUTarget> cpu = CPUTarget::create(options.pipeline.cpu);
  if (!cpu)
    return report(module, cpu.takeError());

  Stopwatch stopwatch(options.verbose);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateAndOptimize(module, context, *cpu);
  if (!code)
    return failure();
  stopwatch.lap("optimized");
  if (!options.dumpKernelsTo.empty()) {
    if (failed(dumpCode(module, *code, *cpu, options.dumpKernelsTo)))
      return failure();
    stopwatch.lap("dumped");
  }
  Object object = emitObject(*code, *cpu);
  stopwatch.lap("object");
  if (!options.dumpKernelsTo.empty() &&
      failed(dumpObject(module, object, options.dumpKernelsTo)))
    return failure();
  return object;
}

FailureOr<std::shared_ptr<JITProgram>>
wav::compileAndLoad(ModuleOp module, const CompileOptions &options,
                    ArrayRef<RuntimeSymbol> symbols) {
  FailureOr<Object> object = compileToObject(module, options);
  if (failed(object))
    return failure();
  Stopwatch stopwatch(options.verbose);
  llvm::Expected<std::shared_ptr<JITProgram>> program =
      JITProgram::link(*object, symbols);
  if (!program)
    return report(module, program.takeError());
  stopwatch.lap("linked");
  return *program;
}
