//===- CommandLine.cpp - Options that tools share ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/CommandLine.h"

#include "wav/Driver/Registration.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace mlir;
using namespace mlir::wav;
namespace cl = llvm::cl;

CompilerCommandLine::CompilerCommandLine(StringRef tool, StringRef cpu)
    : tool(tool) {
  this->cpu.setInitialValue(cpu.str());
  registerMLIRContextCLOptions();
  registerAsmPrinterCLOptions();
  registerPassManagerCLOptions();
  registerDefaultTimingManagerCLOptions();
}

cl::ValuesClass CompilerCommandLine::levels() {
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

void CompilerCommandLine::failUsage(const Twine &message) const {
  llvm::errs() << "error: " << message << "; see " << tool << " --help\n";
  exit(2);
}

/// The first sentence of what LLVM says: `NAME: Unknown ... '--x'.  Try: ...`.
static std::string shorten(StringRef errors, StringRef tool) {
  StringRef line = errors.trim().split('\n').first;
  if (line.consume_front(tool))
    line.consume_front(": ");
  line = line.split(".  Try").first;
  return line.rtrim("!").str();
}

void CompilerCommandLine::parse(int argc, char **argv, StringRef overview) {
  cl::HideUnrelatedOptions(category);

  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &stream)) {
    if (errors.empty())
      exit(2); // A value was wrong, and that has been said.
    failUsage(shorten(errors, tool));
  }

  if (model.empty())
    failUsage("no MODEL given");
  if (precision != "f32" && precision != "bf16")
    failUsage("--precision=" + precision + " is neither f32 nor bf16");
  if (llvm::Error error = getOptimizer(optimizer).takeError())
    failUsage("--optimizer: " + llvm::toString(std::move(error)));
  if (batch < 1)
    failUsage("--batch must be at least 1");
  for (const std::string &pass : disabled)
    if (llvm::Error error = checkCanDisable(pass))
      failUsage("--disable-pass: " + llvm::toString(std::move(error)));
  if (cacheFolder.getNumOccurrences() && cacheFolder.empty())
    failUsage("--cache-dir names no folder");
  if (noCache && cacheFolder.getNumOccurrences())
    failUsage("--cache-dir has no effect with --no-cache");
  if (from > to)
    failUsage("--compile-from=" + stringifyLevel(from) +
              " comes after --compile-to=" + stringifyLevel(to));
  llvm::Expected<Extensions> loaded = extensionOptions.load();
  if (!loaded)
    failUsage(llvm::toString(loaded.takeError()));
  extensions = std::move(*loaded);
  parseAddedPasses();
}

void CompilerCommandLine::parseAddedPasses() {
  if (addPasses.empty())
    return;
  registerAllPasses();
  registerAllWavPasses();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (StringRef text : addPasses) {
    auto [name, pipeline] = text.split(':');
    std::optional<Level> level = parseLevel(name);
    if (!level || pipeline.empty())
      failUsage("--add-passes=" + text +
                " is not LEVEL:PIPELINE, a level being " + listLevels());
    if (*level < from || *level > to)
      failUsage("--add-passes=" + text + ": compilation goes from level '" +
                stringifyLevel(from) + "' to '" + stringifyLevel(to) + "'");
    addedPasses.push_back({*level, pipeline.str()});
    if (llvm::Error error = checkPasses(addedPasses.back(), &context))
      failUsage(llvm::toString(std::move(error)));
  }
}

/// 90 for `sm_90a`; 0 for what is no name of a GPU, which the compiler refuses.
static unsigned getNumber(StringRef chip) {
  unsigned number = 0;
  return chip.consume_front("sm_") && !chip.consumeInteger(10, number) ? number
                                                                       : 0;
}

std::string CompilerCommandLine::getCacheFolder() const {
  // LLVM's and MLIR's own options, as --mlir-timing, print something, or change
  // what is compiled.
  bool hasOthers = llvm::any_of(cl::getRegisteredOptions(), [&](auto &entry) {
    cl::Option *option = entry.second;
    return option->getNumOccurrences() > 0 &&
           !llvm::is_contained(option->Categories, &category);
  });
  if (noCache || hasOthers || !extensions.remarks.empty())
    return "";
  if (!cacheFolder.empty())
    return cacheFolder;
  // The XDG Base Directory Specification: what is not absolute is ignored.
  SmallString<128> folder(
      llvm::sys::Process::GetEnv("XDG_CACHE_HOME").value_or(""));
  if (!llvm::sys::path::is_absolute(folder)) {
    if (!llvm::sys::path::home_directory(folder) ||
        !llvm::sys::path::is_absolute(folder))
      return "";
    llvm::sys::path::append(folder, ".cache");
  }
  llvm::sys::path::append(folder, "wav");
  return folder.str().str();
}

CompileOptions CompilerCommandLine::getOptions() const {
  CompileOptions options;
  options.device.chips.assign(chips.begin(), chips.end());
  if (!chips.empty())
    options.pipeline.chip = *llvm::min_element(
        options.device.chips, [](StringRef lhs, StringRef rhs) {
          return getNumber(lhs) < getNumber(rhs);
        });
  options.device.ptxas = ptxas;
  options.device.reportTo = kernelReport;
  options.device.reportBy = kernelReportBy;
  options.pipeline.batch = batch;
  options.pipeline.precision = precision;
  options.pipeline.optimizer = optimizer;
  options.pipeline.memoryBudget = memoryBudget;
  options.pipeline.cpu = cpu;
  options.pipeline.disabled.assign(disabled.begin(), disabled.end());
  options.from = from;
  options.to = to;
  options.dumpLevelsTo = dumpLevels;
  options.dumpKernelsTo = dumpKernels;
  options.verbose = verbose;
  options.addedPasses = addedPasses;
  options.cache = {getCacheFolder(), extensions.files};
  return options;
}
