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
#include "wav/Import/Import.h"

#include "mlir/IR/MLIRContext.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    "Compile a model to a program of its own\n\n"
    "  wavc MODEL -o PROGRAM [options]\n"
    "  PROGRAM train|eval|generate|grads|info ...\n\n"
    "MODEL is a configuration (.json) or MLIR. The program needs neither this "
    "compiler\nnor its libraries; 'PROGRAM --help' describes it.\n";

namespace {
struct Options : CompilerCommandLine {
  Options() : CompilerCommandLine("wavc", "x86-64-v3") {}

  cl::opt<std::string> output{"o", cl::desc("The program to write"),
                              cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> linker{
      "linker",
      cl::desc("C++ compiler to link with (default: one that is found)"),
      cl::value_desc("command"), cl::cat(category)};
  cl::opt<std::string> runtime{
      "runtime", cl::desc("Folder of libwavrt.a (default: that of wavc)"),
      cl::value_desc("folder"), cl::cat(category)};
};
} // namespace

static LogicalResult compile(const Options &options, MLIRContext &context) {
  FailureOr<OwningOpRef<ModuleOp>> model =
      loadModel(options.getModel(), &context);
  if (failed(model))
    return failure();
  if (options.printsLevel()) {
    if (failed(lower(**model, options.getOptions())))
      return failure();
    (*model)->print(llvm::outs());
    return success();
  }

  LinkOptions link;
  link.linker = options.linker;
  link.runtime = options.runtime;
  link.verbose = options.getOptions().verbose;
  auto report = [&](llvm::Error error) {
    return emitError(UnknownLoc::get(&context),
                     llvm::toString(std::move(error)));
  };
  llvm::Expected<Linker> linker = Linker::create(options.output, link);
  if (!linker)
    return report(linker.takeError());
  FailureOr<Object> object = compileToObject(**model, options.getOptions());
  if (failed(object))
    return failure();
  if (llvm::Error error = linker->link(*object))
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

  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  ToolDiagnostics diagnostics(&context);
  if (succeeded(compile(options, context)))
    return 0;
  llvm::errs() << "error: " << diagnostics.getError() << '\n';
  return 1;
}
