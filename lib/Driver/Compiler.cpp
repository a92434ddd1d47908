//===- Compiler.cpp - From a model to machine code --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"

#include "CompileHost.h"
#include "CompileKernels.h"
#include "Dump.h"
#include "ProgramCache.h"
#include "Stopwatch.h"
#include "wav/Codegen/GPU.h"
#include "wav/Codegen/LibraryFunctions.h"
#include "wav/Target/NVPTX.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/Timing.h"

using namespace mlir;
using namespace mlir::wav;

static LogicalResult report(ModuleOp module, llvm::Error error) {
  return module.emitError(llvm::toString(std::move(error)));
}

static LogicalResult checkChips(ModuleOp module,
                                const CompileOptions &options) {
  std::vector<std::string> chips = options.device.chips;
  chips.push_back(options.pipeline.chip);
  for (const std::string &chip : chips)
    if (llvm::Expected<NVPTXTarget> gpu = NVPTXTarget::create(chip); !gpu)
      return report(module, gpu.takeError());
  return success();
}

llvm::Error wav::checkPasses(const AddedPasses &passes, MLIRContext *context) {
  PassManager pm(context, ModuleOp::getOperationName());
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (succeeded(parsePassPipeline(passes.pipeline, pm, stream)))
    return llvm::Error::success();
  // Of a pipeline of one line, the first line says it all.
  StringRef line = StringRef(problem).split('\n').first;
  if (size_t at = line.find("error: "); at != StringRef::npos)
    line = line.drop_front(at + 7);
  return llvm::createStringError(
      "--add-passes=" + stringifyLevel(passes.level) + ":" + passes.pipeline +
      ": " + line);
}

static LogicalResult checkAddedPasses(ModuleOp module,
                                      const CompileOptions &options) {
  for (const AddedPasses &passes : options.addedPasses) {
    if (passes.level < options.from || passes.level > options.to)
      return module.emitError("--add-passes=")
             << stringifyLevel(passes.level) << ":" << passes.pipeline
             << ": compilation goes from level '"
             << stringifyLevel(options.from) << "' to '"
             << stringifyLevel(options.to) << "'; add passes at one of these";
    if (llvm::Error error = checkPasses(passes, module.getContext()))
      return report(module, std::move(error));
  }
  return success();
}

/// Fails, after a diagnostic, unless the options are right for the module.
static FailureOr<CPUTarget> checkOptions(ModuleOp module,
                                         const CompileOptions &options) {
  if (failed(checkLevel(module, options.from)) ||
      failed(checkAddedPasses(module, options)))
    return failure();
  if (llvm::Error error = checkTarget(options.pipeline.target))
    return report(module, std::move(error));
  for (const std::string &pass : options.pipeline.disabled)
    if (llvm::Error error = checkCanDisable(pass))
      return report(module, std::move(error));
  llvm::Expected<CPUTarget> cpu = CPUTarget::create(options.pipeline.cpu);
  if (!cpu)
    return report(module, cpu.takeError());
  if (options.pipeline.isForGPU() && failed(checkChips(module, options)))
    return failure();
  return std::move(*cpu);
}

/// Adds what makes `level`, of one level before, and the passes of a user.
static LogicalResult buildPipeline(OpPassManager &pm, Level level,
                                   const CompileOptions &options,
                                   const CPUTarget &cpu) {
  PipelineOptions pipeline = options.pipeline;
  pipeline.cpu = cpu.getName();
  pipeline.vectorWidth = cpu.getVectorWidth();
  llvm::append_range(pipeline.features, cpu.getNeededFeatures());
  pipeline.otherChips = options.device.chips;
  if (level != options.from)
    buildLevelPipeline(pm, level, pipeline);
  for (const AddedPasses &passes : options.addedPasses)
    if (passes.level == level && failed(parsePassPipeline(passes.pipeline, pm)))
      return failure();
  return success();
}

static auto levelsOf(const CompileOptions &options) {
  return llvm::map_range(llvm::seq_inclusive(static_cast<int>(options.from),
                                             static_cast<int>(options.to)),
                         [](int level) { return static_cast<Level>(level); });
}

static LogicalResult lower(ModuleOp module, const CompileOptions &options,
                           const CPUTarget &cpu) {
  Stopwatch stopwatch(options.verbose);
  // One report (--mlir-timing), by level.
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  for (Level level : levelsOf(options)) {
    PassManager pm(module.getContext(), module->getName().getStringRef());
    // Fails if the process never registered them, as an embedding program.
    (void)applyPassManagerCLOptions(pm);
    TimingScope scope = timing.nest(stringifyLevel(level));
    pm.enableTiming(scope);
    if (failed(buildPipeline(pm, level, options, cpu)) ||
        (!pm.empty() && failed(pm.run(module))))
      return failure();
    if (level != options.from)
      stopwatch.lap(stringifyLevel(level));
    if (!options.dumpLevelsTo.empty() &&
        failed(dumpLevel(module, level, options.dumpLevelsTo)))
      return failure();
    if (!options.dumpKernelsTo.empty() && level == Level::Scheduled &&
        failed(dumpKernels(module, options.dumpKernelsTo)))
      return failure();
  }
  return success();
}

LogicalResult wav::lower(ModuleOp module, const CompileOptions &options) {
  FailureOr<CPUTarget> cpu = checkOptions(module, options);
  return failed(cpu) ? failure() : ::lower(module, options, *cpu);
}

/// All passes that `lower` runs, with the values of their options.
static std::string describePasses(ModuleOp module,
                                  const CompileOptions &options,
                                  const CPUTarget &cpu) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (Level level : levelsOf(options)) {
    PassManager pm(module.getContext(), module->getName().getStringRef());
    if (succeeded(buildPipeline(pm, level, options, cpu)))
      pm.printAsTextualPipeline(stream);
  }
  return text;
}

/// Fails unless a module of the target level exports a program, with the
/// kernels that it launches.
static LogicalResult checkProgram(ModuleOp module) {
  if (!module.lookupSymbol<LLVM::GlobalOp>("wav_program"))
    return module.emitError("exports no 'wav_program'; wav-lower-schedules, at "
                            "the end of wav-to-cpu and wav-to-nvvm, makes it");
  bool launches(module.lookupSymbol<LLVM::GlobalOp>("wav_device_code"));
  bool hasKernels(module.lookupSymbol<gpu::GPUModuleOp>(kDeviceModuleName));
  if (launches != hasKernels)
    return module.emitError(launches ? "launches kernels of a GPU but has none"
                                     : "has kernels of a GPU but a program for "
                                       "a CPU, which launches none");
  return success();
}

static FailureOr<SmallVector<Object>> compile(ModuleOp module,
                                              const CompileOptions &options,
                                              const CPUTarget &cpu,
                                              DeviceModule *kernels) {
  if (failed(lower(module, options, cpu)))
    return failure();

  // Not a matter of course where compilation starts at the target level.
  if (failed(checkProgram(module)))
    return failure();

  std::optional<DeviceCode> deviceCode;
  if (auto device = module.lookupSymbol<gpu::GPUModuleOp>(kDeviceModuleName)) {
    FailureOr<DeviceCode> compiled = compileKernels(device, options, kernels);
    if (failed(compiled))
      return failure();
    deviceCode = std::move(*compiled);
    device.erase();
  }
  return compileHost(module, cpu, options, deviceCode ? &*deviceCode : nullptr);
}

FailureOr<SmallVector<Object>>
wav::compileToObjects(ModuleOp module, const CompileOptions &anyLevel,
                      DeviceModule *kernels) {
  CompileOptions options = anyLevel;
  options.to = Level::Target;
  FailureOr<CPUTarget> cpu = checkOptions(module, options);
  if (failed(cpu))
    return failure();
  std::optional<ProgramCache> cache;
  if (!kernels)
    cache = ProgramCache::create(module, describePasses(module, options, *cpu),
                                 *cpu, options);
  if (!cache)
    return compile(module, options, *cpu, kernels);

  Stopwatch stopwatch(options.verbose);
  if (std::optional<SmallVector<Object>> program = cache->load()) {
    stopwatch.lap("cached");
    return std::move(*program);
  }
  // What a compilation says, it shall say every time.
  bool isSilent = true;
  Location location = module.getLoc();
  FailureOr<SmallVector<Object>> program;
  {
    ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &) {
      isSilent = false;
      return failure();
    });
    program = compile(module, options, *cpu, kernels);
  }
  if (succeeded(program) && isSilent)
    cache->store(*program, location);
  return program;
}

FailureOr<std::shared_ptr<JITProgram>>
wav::compileAndLoad(ModuleOp module, const CompileOptions &options,
                    ArrayRef<RuntimeSymbol> symbols, DeviceModule *kernels) {
  FailureOr<SmallVector<Object>> objects =
      compileToObjects(module, options, kernels);
  if (failed(objects))
    return failure();
  SmallVector<RuntimeSymbol> allSymbols(symbols);
  for (const LibraryFunction &known : getLibraryFunctions(module.getContext()))
    if (known.function)
      allSymbols.push_back(
          {known.name.str(), reinterpret_cast<void *>(known.function)});
  Stopwatch stopwatch(options.verbose);
  llvm::Expected<std::shared_ptr<JITProgram>> program =
      JITProgram::link(*objects, allSymbols);
  if (!program)
    return report(module, program.takeError());
  stopwatch.lap("linked");
  return *program;
}
