//===- WavcMain.cpp - The wavc tool as a function ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavcMain.h"

#include "wav/Driver/CommandLine.h"
#include "wav/Driver/Diagnostics.h"
#include "wav/Driver/Link.h"
#include "wav/Driver/Registration.h"
#include "wav/Driver/Threads.h"
#include "wav/Import/Import.h"

#include "mlir/IR/MLIRContext.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    "Compile a model to a program of its own\n\n"
    "  wavc MODEL -o PROGRAM [options]\n"
    "  PROGRAM train|eval|generate|grads|info ...\n\n"
    "MODEL is a configuration (.json) or MLIR; '-' is standard input. The "
    "program needs neither this "
    "compiler\nnor its libraries; 'PROGRAM --help' describes it.\n";

namespace {
enum class Target { CPU, CUDA };

struct Options : CompilerCommandLine {
  Options() : CompilerCommandLine("wavc", "x86-64-v3") {}

  cl::opt<std::string> output{"o", cl::desc("The program to write"),
                              cl::value_desc("file"), cl::cat(category)};
  cl::bits<Target> targets{
      "target",
      cl::desc("What the program can run on: cpu (default), cuda or cpu,cuda"),
      cl::CommaSeparated, cl::cat(category),
      cl::values(clEnumValN(Target::CPU, "cpu", "this kind of processor"),
                 clEnumValN(Target::CUDA, "cuda", "an NVIDIA GPU"))};
  bool isForGPU() { return targets.isSet(Target::CUDA); }
  bool isForCPU() { return targets.isSet(Target::CPU) || !isForGPU(); }

  cl::opt<std::string> linker{
      "linker",
      cl::desc("C++ compiler to link with (default: one that is found)"),
      cl::value_desc("command"), cl::cat(category)};
  cl::opt<std::string> runtime{
      "runtime", cl::desc("Folder of libwavrt.a (default: that of wavc)"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::list<std::string> files{
      "link",
      cl::desc("Object or library to link too, for functions of plugins"),
      cl::value_desc("file"), cl::cat(category)};
};
} // namespace

/// The options of the compiler for each target.
static std::vector<CompileOptions> getCompilations(Options &options) {
  std::vector<CompileOptions> compilations;
  if (options.isForCPU())
    compilations.push_back(options.getOptions());
  if (options.isForGPU()) {
    CompileOptions &cuda = compilations.emplace_back(options.getOptions());
    cuda.pipeline.target = "cuda";
    cuda.symbol = "wav_program_cuda";
  }
  if (compilations.size() > 1)
    for (CompileOptions &compilation : compilations)
      for (std::string *folder :
           {&compilation.dumpLevelsTo, &compilation.dumpKernelsTo})
        if (!folder->empty())
          *folder += "/" + compilation.pipeline.target;
  return compilations;
}

static LogicalResult compile(Options &options, MLIRContext &context) {
  FailureOr<OwningOpRef<ModuleOp>> model =
      loadModel(options.getModel(), &context);
  if (failed(model))
    return failure();
  std::vector<CompileOptions> compilations = getCompilations(options);
  if (options.printsLevel()) {
    if (failed(lower(**model, compilations.front())))
      return failure();
    (*model)->print(llvm::outs());
    return success();
  }

  LinkOptions link;
  link.linker = options.linker;
  link.runtime = options.runtime;
  link.files = options.files;
  link.verbose = options.getOptions().verbose;
  auto report = [&](llvm::Error error) {
    return emitError(UnknownLoc::get(&context),
                     llvm::toString(std::move(error)));
  };
  llvm::Expected<Linker> linker = Linker::create(options.output, link);
  if (!linker)
    return report(linker.takeError());
  SmallVector<Object> objects;
  for (const CompileOptions &compilation : compilations) {
    OwningOpRef<ModuleOp> module = (*model)->clone();
    FailureOr<SmallVector<Object>> compiled =
        compileToObjects(*module, compilation);
    if (failed(compiled))
      return failure();
    llvm::append_range(objects, std::move(*compiled));
  }
  if (llvm::Error error = linker->link(objects))
    return report(std::move(error));
  return success();
}

int wav::wavcMain(int argc, char **argv) {
  Options options;
  options.parse(argc, argv, kOverview);
  if (options.printsLevel() != options.output.empty())
    options.failUsage(options.printsLevel()
                          ? "--compile-to prints a module and takes no -o"
                          : "no program named; say -o PROGRAM");
  if (options.printsLevel() && options.isForGPU() && options.isForCPU())
    options.failUsage("--compile-to prints one module; give one --target");
  if (options.writesReport() && !options.isForGPU())
    options.failUsage("--kernel-report is for --target=cuda");

  DialectRegistry registry;
  registerAllWavDialects(registry);
  options.getExtensions().addTo(registry);
  MLIRContext context(registry);
  limitThreads(context);
  options.getExtensions().addTo(context);
  ToolDiagnostics diagnostics(&context);
  if (succeeded(compile(options, context)))
    return 0;
  llvm::errs() << "error: " << diagnostics.getError() << '\n';
  return 1;
}
