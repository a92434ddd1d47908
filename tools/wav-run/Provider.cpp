//===- Provider.cpp - Programs for the runtime ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Provider.h"

#include "../Simt/SimtDevice.h"

#include "wav/Driver/Diagnostics.h"
#include "wav/Driver/Registration.h"
#include "wav/Driver/Threads.h"
#include "wav/Import/Import.h"
#include "wav/Reference/ReferenceProgram.h"
#include "wav/Target/Manifest.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::wav;
using wavrt::ExitCode;

namespace {

/// A context whose errors are thrown.
class Context {
public:
  explicit Context(const Extensions &extensions)
      : context(makeRegistry(extensions)), diagnostics(&context) {
    limitThreads(context);
    extensions.addTo(context);
  }

  MLIRContext *get() { return &context; }

  /// The value, or the error that explains why there is none.
  template <typename T> T orThrow(FailureOr<T> value) {
    orThrow(LogicalResult(value));
    return std::move(*value);
  }
  void orThrow(LogicalResult result) {
    if (failed(result))
      throw wavrt::Error(ExitCode::BadInput, diagnostics.getError());
  }

private:
  static DialectRegistry makeRegistry(const Extensions &extensions) {
    DialectRegistry registry;
    registerAllWavDialects(registry);
    extensions.addTo(registry);
    return registry;
  }

  MLIRContext context;
  ToolDiagnostics diagnostics;
};

/// Provides programs, and keeps alive what they run on.
class Provider {
public:
  explicit Provider(const CommandLine &line) : line(line) {}

  wavrt::Program provide(const wavrt::ProgramRequest &request);

private:
  wavrt::Program compile(OwningOpRef<ModuleOp> model);
  /// The kernels of a GPU program by a SimtExecutor.
  wavrt::Program simulate(ModuleOp model, ArrayRef<RuntimeSymbol> symbols);
  wavrt::Program describe(OwningOpRef<ModuleOp> model);
  wavrt::Program interpret(OwningOpRef<ModuleOp> model);

  CommandLine line;
  std::unique_ptr<Context> context;
  std::shared_ptr<JITProgram> jit;
};

} // namespace

wavrt::Program Provider::compile(OwningOpRef<ModuleOp> model) {
  std::vector<RuntimeSymbol> symbols;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    symbols.push_back({symbol.name, symbol.address});
  if (line.backend == Backend::SIMT)
    return simulate(*model, symbols);
  jit = context->orThrow(compileAndLoad(*model, line.options, symbols));
  bool isForGPU = line.options.pipeline.isForGPU();
  return wavrt::chooseProgram(
      isForGPU ? nullptr : &jit->get(), isForGPU ? &jit->get() : nullptr,
      isForGPU ? wavrt::DeviceChoice::CUDA : wavrt::DeviceChoice::CPU);
}

wavrt::Program Provider::simulate(ModuleOp model,
                                  ArrayRef<RuntimeSymbol> symbols) {
  DeviceModule kernels;
  jit =
      context->orThrow(compileAndLoad(model, line.options, symbols, &kernels));
  auto executor = SimtExecutor::create(std::move(kernels.code),
                                       std::move(kernels.context), line.simt);
  if (!executor)
    throw wavrt::Error(ExitCode::Device, llvm::toString(executor.takeError()));
  std::shared_ptr<llvm::raw_ostream> traffic;
  if (!line.simtTraffic.empty()) {
    std::error_code error;
    traffic = std::make_shared<llvm::raw_fd_ostream>(line.simtTraffic, error);
    if (error)
      throw wavrt::Error(ExitCode::BadInput, "cannot write '" +
                                                 line.simtTraffic +
                                                 "': " + error.message());
  }
  return wavrt::Program::fromCompiled(
      jit->get(), makeSimtDevices(std::move(*executor), std::move(traffic)));
}

/// A program whose manifest is all that is wanted of it.
wavrt::Program Provider::describe(OwningOpRef<ModuleOp> model) {
  CompileOptions options = line.options;
  options.to = std::max(options.from, Level::Scheduled);
  // Those at the target level change nothing of the manifest.
  llvm::erase_if(options.addedPasses, [&](const AddedPasses &passes) {
    return passes.level > options.to;
  });
  context->orThrow(lower(*model, options));
  auto manifest = wavrt::Manifest::parse(context->orThrow(
      buildManifest(*model, line.options.pipeline.describeTarget())));
  std::vector<wavrt::Program::EntryFn> entries(
      manifest.entries.size(), [](wavrt_context *) -> int32_t {
        throw wavrt::Error(ExitCode::Device, "this program is not compiled");
      });
  std::vector<std::byte> constants(manifest.arenaBytes[WAVRT_CONSTANTS]);
  return {std::move(manifest), std::move(entries), std::move(constants)};
}

wavrt::Program Provider::interpret(OwningOpRef<ModuleOp> model) {
  CompileOptions options = line.options;
  options.to = std::max(options.from, Level::Step);
  context->orThrow(lower(*model, options));
  std::shared_ptr<ReferenceProgram> reference = context->orThrow(
      ReferenceProgram::create(std::move(model), line.referenceRounding));
  std::vector<wavrt::Program::EntryFn> entries;
  for (size_t i = 0; i < reference->getNumEntries(); ++i)
    entries.push_back(
        [=](wavrt_context *context) { return reference->run(i, context); });
  return {
      wavrt::Manifest::parse(reference->getManifest()), std::move(entries), {}};
}

wavrt::Program Provider::provide(const wavrt::ProgramRequest &request) {
  if (request.batch && !line.hasBatch)
    line.options.pipeline.batch = *request.batch;
  line.options.pipeline.entries = request.entries;

  context = std::make_unique<Context>(line.extensions);
  OwningOpRef<ModuleOp> model =
      context->orThrow(loadModel(line.model, context->get()));
  if (line.backend == Backend::Reference)
    return interpret(std::move(model));
  return request.entries.empty() ? describe(std::move(model))
                                 : compile(std::move(model));
}

wavrt::ProgramProvider wav::makeProvider(const CommandLine &line) {
  auto provider = std::make_shared<Provider>(line);
  return [=](const wavrt::ProgramRequest &request) {
    return provider->provide(request);
  };
}

int wav::compileOnly(const CommandLine &line) {
  Context context(line.extensions);
  try {
    OwningOpRef<ModuleOp> module =
        context.orThrow(loadModel(line.model, context.get()));
    if (!line.printsLevel) {
      context.orThrow(compileToObjects(*module, line.options));
      return 0;
    }
    context.orThrow(lower(*module, line.options));
    module->print(llvm::outs());
  } catch (const wavrt::Error &error) {
    llvm::errs() << "error: " << error.what() << '\n';
    return static_cast<int>(error.code);
  }
  return 0;
}
