//===- CommandLine.cpp - The options of wav-run -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include "wav/Driver/CommandLine.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

static constexpr const char *kOverview =
    "Compile a model and run it\n\n"
    "  wav-run [options] MODEL [options] SUBCOMMAND ...\n\n"
    "MODEL is a configuration (.json) or MLIR; '-' is standard input. "
    "Subcommands: train,\neval, generate, grads, info, run, profile; 'wav-run "
    "MODEL SUBCOMMAND --help'\ndescribes one. MLIR's --mlir-timing, "
    "--mlir-print-ir-after-change,\n--mlir-print-debuginfo, ... are known too.";

namespace {

struct Options : CompilerCommandLine {
  Options() : CompilerCommandLine("wav-run", "native") {}

  cl::opt<Backend> backend{
      "backend", cl::desc("Where to run"), cl::init(Backend::CPU),
      cl::values(
          clEnumValN(Backend::CPU, "cpu", "compiled for this processor"),
          clEnumValN(Backend::Reference, "reference",
                     "interpreted in float64: slow, the judge of the others"),
          clEnumValN(Backend::CUDA, "cuda", "an NVIDIA GPU"),
          clEnumValN(Backend::SIMT, "simt", "GPU code, executed on the CPU")),
      cl::cat(category)};
  cl::opt<RefRounding> referenceRounding{
      "reference-rounding", cl::desc("What --backend=reference rounds"),
      cl::init(RefRounding::None),
      cl::values(clEnumValN(RefRounding::None, "none",
                            "nothing: float64, whatever the precision"),
                 clEnumValN(RefRounding::Storage, "storage",
                            "each value to the type it is stored as")),
      cl::cat(category)};
  cl::opt<std::string> referenceTarget{
      "reference-target",
      cl::desc("Whose step --backend=reference interprets, which rounds where "
               "that target's code does: cpu or cuda (default cpu)"),
      cl::value_desc("target"), cl::init("cpu"), cl::cat(category)};
  cl::opt<int> threads{"threads", cl::desc("Threads (default: one a core)"),
                       cl::cat(category)};
  cl::opt<uint64_t> simtSeed{
      "simt-seed",
      cl::desc("With --backend=simt: order of threads; 0 for a fixed one"),
      cl::cat(category)};
  cl::opt<std::string> simtTraffic{
      "simt-traffic",
      cl::desc("With --backend=simt: write a line a launch to this file: the "
               "kernel, and the bytes of the distinct sectors of 32 bytes that "
               "it reads and writes"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> simtNoCheck{
      "simt-no-check", cl::desc("With --backend=simt: run without the checker"),
      cl::cat(category)};
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
    else if ((argv[i][0] != '-' || StringRef(argv[i]) == "-") && ++words == 2)
      return i;
  return argc;
}

CommandLine wav::parseCommandLine(int argc, char **argv) {
  // LLVM's own options, which mean something else.
  for (StringRef name : {"threads"})
    if (cl::Option *other = cl::getRegisteredOptions().lookup(name))
      other->removeArgument();

  Options options;
  int end = findSubcommand(argc, argv);
  options.parse(end, argv, kOverview);
  if (options.printsLevel() && end < argc)
    options.failUsage("--compile-to prints a module and takes no subcommand");
  if (options.referenceRounding.getNumOccurrences() &&
      options.backend != Backend::Reference)
    options.failUsage("--reference-rounding is for --backend=reference");

  if (options.referenceTarget.getNumOccurrences() &&
      options.backend != Backend::Reference)
    options.failUsage("--reference-target is for --backend=reference");
  if (llvm::Error error = checkTarget(options.referenceTarget))
    options.failUsage("--reference-target: " +
                      llvm::toString(std::move(error)));

  bool isForGPU =
      options.backend == Backend::CUDA || options.backend == Backend::SIMT;
  if (options.writesReport() && !isForGPU)
    options.failUsage("--kernel-report is for --backend=cuda or simt");

  CommandLine line;
  line.model = options.getModel();
  line.backend = options.backend;
  line.referenceRounding = options.referenceRounding;
  line.options = options.getOptions();
  line.extensions = options.getExtensions();
  line.options.pipeline.target =
      isForGPU ? "cuda" : options.referenceTarget.getValue();
  line.simt.seed = options.simtSeed;
  line.simt.check = !options.simtNoCheck;
  line.simt.countTraffic = !options.simtTraffic.empty();
  line.simtTraffic = options.simtTraffic;
  if (line.simt.countTraffic && !line.simt.check)
    options.failUsage("--simt-traffic needs the checker that --simt-no-check "
                      "leaves out");
  if (line.simt.countTraffic && options.backend != Backend::SIMT)
    options.failUsage("--simt-traffic is for --backend=simt");
  line.hasBatch = options.hasBatch();
  line.printsLevel = options.printsLevel();
  line.compilesOnly = options.writesReport() && end == argc;
  line.subcommand.assign(argv + end, argv + argc);
  if (options.threads.getNumOccurrences() && !line.subcommand.empty()) {
    line.subcommand.push_back("--threads");
    line.subcommand.push_back(std::to_string(options.threads));
  }
  return line;
}
