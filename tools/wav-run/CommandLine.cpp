//===- CommandLine.cpp - The options of wav-run -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    "Compile a model and run it\n\n"
    "  wav-run [options] MODEL [options] SUBCOMMAND ...\n\n"
    "MODEL is a configuration (.json) or MLIR. Subcommands: train, eval, "
    "generate,\ngrads, info; 'wav-run MODEL SUBCOMMAND --help' describes one.";

namespace {

struct Options {
  cl::OptionCategory category{"wav-run options"};
  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL"),
                             cl::cat(category)};
  cl::opt<Backend> backend{
      "backend", cl::desc("Where to run"), cl::init(Backend::CPU),
      cl::values(
          clEnumValN(Backend::CPU, "cpu", "compiled for this processor"),
          clEnumValN(Backend::Reference, "reference",
                     "interpreted in float64: slow, the judge of the others"),
          clEnumValN(Backend::CUDA, "cuda", "an NVIDIA GPU"),
          clEnumValN(Backend::SIMT, "simt", "GPU code, executed on the CPU")),
      cl::cat(category)};
  cl::opt<int64_t> batch{"batch", cl::desc("Sequences in a batch"),
                         cl::cat(category)};
  cl::opt<int> threads{"threads", cl::desc("Threads; 0 for all cores"),
                       cl::cat(category)};
  cl::opt<std::string> cpu{
      "cpu", cl::desc("Processor to compile for: native, x86-64-v3, ..."),
      cl::init("native"), cl::cat(category)};
  cl::opt<std::string> precision{"precision",
                                 cl::desc("Type of stored numbers: f32"),
                                 cl::init("f32"), cl::cat(category)};
  cl::opt<int64_t> memoryBudget{"memory-budget",
                                cl::desc("Bytes that the program may use"),
                                cl::cat(category)};
  cl::opt<Level> to{"compile-to",
                    cl::desc("Print the module at a level and stop"),
                    cl::init(Level::Target), cl::cat(category), levels()};
  cl::opt<Level> from{"compile-from", cl::desc("The level that MODEL is at"),
                      cl::init(Level::Model), cl::cat(category), levels()};
  cl::opt<std::string> dumpLevels{
      "dump-levels-to", cl::desc("Folder for the module at each level"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::opt<std::string> dumpKernels{
      "dump-kernels-to",
      cl::desc("Folder for each kernel as MLIR, LLVM IR and assembly"),
      cl::value_desc("folder"), cl::cat(category)};
  cl::opt<bool> verbose{"verbose", cl::desc("Say how long each level takes"),
                        cl::cat(category)};

private:
  static cl::ValuesClass levels() {
    return cl::values(
        clEnumValN(Level::Model, "model", "the user's statement"),
        clEnumValN(Level::Graph, "graph", "one function for each entry point"),
        clEnumValN(Level::Simplified, "simplified", "the same, canonical"),
        clEnumValN(Level::Step, "step", "forward, backward and update"),
        clEnumValN(Level::Recomputed, "recomputed", "under a memory budget"),
        clEnumValN(Level::Fused, "fused", "kernels and library calls"),
        clEnumValN(Level::Scheduled, "scheduled", "launches on arenas"),
        clEnumValN(Level::Target, "target", "the LLVM dialect"));
  }
};

} // namespace

/// Whether `argument` is an option whose value is the next argument.
static bool takesNextArgument(StringRef argument) {
  if (!argument.consume_front("-") || argument.contains('='))
    return false;
  argument.consume_front("-");
  auto &options = cl::getRegisteredOptions();
  auto it = options.find(argument);
  return it != options.end() &&
         it->second->getValueExpectedFlag() == cl::ValueRequired;
}

/// The index of the subcommand: the second argument that is neither an option
/// nor the value of one.
static int findSubcommand(int argc, char **argv) {
  int words = 0;
  for (int i = 1; i < argc; ++i)
    if (takesNextArgument(argv[i]))
      ++i;
    else if (argv[i][0] != '-' && ++words == 2)
      return i;
  return argc;
}

[[noreturn]] static void failUsage(const Twine &message) {
  llvm::errs() << "error: " << message << "; see wav-run --help\n";
  exit(2);
}

/// The first sentence of what LLVM says: `NAME: Unknown ... '--x'.  Try: ...`.
static std::string shorten(StringRef errors) {
  StringRef line = errors.trim().split('\n').first;
  line.consume_front("wav-run: ");
  line = line.split(".  Try").first;
  return line.rtrim("!").str();
}

CommandLine wav::parseCommandLine(int argc, char **argv) {
  // LLVM's own options, which mean something else.
  for (StringRef name : {"threads"})
    if (cl::Option *other = cl::getRegisteredOptions().lookup(name))
      other->removeArgument();

  Options options;
  registerMLIRContextCLOptions();
  registerAsmPrinterCLOptions();
  registerPassManagerCLOptions();
  cl::HideUnrelatedOptions(options.category);

  int end = findSubcommand(argc, argv);
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (!cl::ParseCommandLineOptions(end, argv, kOverview, &stream)) {
    if (errors.empty())
      exit(2); // A value was wrong, and that has been said.
    failUsage(shorten(errors));
  }

  if (options.model.empty())
    failUsage("no MODEL given");
  if (options.precision != "f32")
    failUsage("--precision=" + options.precision +
              " is not supported: only f32 is");
  if (options.batch.getNumOccurrences() && options.batch < 1)
    failUsage("--batch must be at least 1");
  if (options.from > options.to)
    failUsage("--compile-from=" + stringifyLevel(options.from) +
              " comes after --compile-to=" + stringifyLevel(options.to));

  if (options.to.getNumOccurrences() && end < argc)
    failUsage("--compile-to prints a module and takes no subcommand");

  CommandLine line;
  line.model = options.model;
  line.backend = options.backend;
  line.hasBatch = options.batch.getNumOccurrences() > 0;
  if (line.hasBatch)
    line.options.pipeline.batch = options.batch;
  line.options.pipeline.memoryBudget = options.memoryBudget;
  line.options.pipeline.cpu = options.cpu;
  line.options.from = options.from;
  line.options.to = options.to;
  line.printsLevel = options.to.getNumOccurrences() > 0;
  line.options.dumpLevelsTo = options.dumpLevels;
  line.options.dumpKernelsTo = options.dumpKernels;
  line.options.verbose = options.verbose;
  line.subcommand.assign(argv + end, argv + argc);
  if (options.threads.getNumOccurrences() && !line.subcommand.empty()) {
    line.subcommand.push_back("--threads");
    line.subcommand.push_back(std::to_string(options.threads));
  }
  return line;
}
