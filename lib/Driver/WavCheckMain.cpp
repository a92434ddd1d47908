//===- WavCheckMain.cpp - The wav-check tool as a function ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavCheckMain.h"

#include "wav/Driver/Registration.h"
#include "wav/Passes.h"
#include "wav/Reference/GradientCheck.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::wav;

namespace {
/// Made when the tool runs: other tools load this library too.
struct Options {
  llvm::cl::OptionCategory category{"wav-check options"};
  llvm::cl::opt<std::string> inputFile{
      llvm::cl::Positional, llvm::cl::desc("FILE.mlir"), llvm::cl::init("-"),
      llvm::cl::cat(category)};
  llvm::cl::opt<uint64_t> seed{
      "seed", llvm::cl::desc("Seed of the random inputs (default 0)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<double> gradientLimit{
      "gradient-limit",
      llvm::cl::desc("Largest error of a gradient against differences, "
                     "relative to its largest element (default 1e-6)"),
      llvm::cl::init(1e-6), llvm::cl::cat(category)};
};
} // namespace

static constexpr const char *kOverview =
    R"(judge of ops, passes and back ends

Every function of FILE is called with random inputs. If it has the attribute
wav.gradient, the gradient that wav-differentiate derives is compared, in
float64, with differences of the function's results. An argument's wav.range =
[low, high] bounds its elements; integers without one are 0.
)";

/// Prints one line for a function; returns whether it passes.
static bool judge(func::FuncOp original, func::FuncOp differentiated,
                  const Options &options) {
  StringRef name = original.getSymName();
  // The inputs of a function do not depend on what else is in the file.
  std::mt19937_64 generator(options.seed ^ llvm::xxh3_64bits(name));
  ReferenceInterpreter interpreter(differentiated->getParentOfType<ModuleOp>());
  auto inputs = ReferenceInputs::random(differentiated, interpreter, generator);

  llvm::outs() << name << ":";
  bool passes = true;
  if (canCheckGradient(original)) {
    FailureOr<GradientError> error =
        checkGradient(original, differentiated, inputs, generator);
    passes = succeeded(error) && error->relative <= options.gradientLimit;
    if (succeeded(error))
      llvm::outs() << " gradient " << llvm::format("%.1e", error->relative);
    if (succeeded(error) && !passes)
      llvm::outs() << " (" << error->where << ")";
  } else {
    passes = succeeded(run(interpreter, differentiated, inputs));
  }
  llvm::outs() << (passes ? " PASS\n" : " FAIL\n");
  return passes;
}

int wav::wavCheckMain(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  llvm::cl::HideUnrelatedOptions(options.category);
  llvm::cl::ParseCommandLineOptions(argc, argv, kOverview);

  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = parseSourceFile<ModuleOp>(options.inputFile, sources, &context);
  if (!module)
    return 1;
  OwningOpRef<ModuleOp> differentiated(module->clone());
  PassManager passes(&context);
  passes.addPass(createDifferentiatePass());
  if (failed(passes.run(*differentiated)))
    return 1;

  bool allPass = true;
  for (auto function : module->getOps<func::FuncOp>())
    allPass &=
        judge(function,
              differentiated->lookupSymbol<func::FuncOp>(function.getSymName()),
              options);
  return allPass ? 0 : 1;
}
