//===- CommandLine.h - Options that tools share -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_COMMANDLINE_H
#define WAV_DRIVER_COMMANDLINE_H

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Extensions.h"
#include "wav/Transforms/Optimizers.h"

#include "llvm/Support/CommandLine.h"

namespace mlir::wav {

/// The options of a tool that compiles a model. A tool makes one of these and
/// options of its own in `category`, then calls `parse`.
class CompilerCommandLine {
  std::string tool;

public:
  /// `tool` names the tool in messages; `cpu` is the default of --cpu.
  CompilerCommandLine(StringRef tool, StringRef cpu);

  /// Exits with a message and code 2 on bad usage.
  void parse(int argc, char **argv, StringRef overview);
  [[noreturn]] void failUsage(const Twine &message) const;

  /// What was asked of the compiler.
  CompileOptions getOptions() const;
  const Extensions &getExtensions() const { return extensions; }
  StringRef getModel() const { return model; }
  bool hasBatch() const { return batch.getNumOccurrences() > 0; }
  /// Whether to print the module at a level instead of compiling it.
  bool printsLevel() const { return to.getNumOccurrences() > 0; }
  bool writesReport() const { return !kernelReport.empty(); }

  llvm::cl::OptionCategory category{"Options of this tool"};

private:
  static llvm::cl::ValuesClass levels();
  /// Empty where the compiler is asked for more than a program.
  std::string getCacheFolder() const;
  /// Reads --add-passes, once plugins are loaded.
  void parseAddedPasses();

  Extensions extensions;
  std::vector<AddedPasses> addedPasses;

  llvm::cl::opt<std::string> model{
      llvm::cl::Positional, llvm::cl::desc("MODEL"), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> batch{"batch", llvm::cl::desc("Sequences in a batch"),
                               llvm::cl::init(PipelineOptions().batch),
                               llvm::cl::cat(category)};
  llvm::cl::opt<std::string> cpu{
      "cpu", llvm::cl::desc("Processor to compile for: native, x86-64-v3, ..."),
      llvm::cl::cat(category)};
  llvm::cl::list<std::string> chips{
      "chip",
      llvm::cl::desc("GPUs to compile for: sm_80, sm_90a, ... (default: "
                     "sm_90a); later ones run the PTX of the oldest"),
      llvm::cl::CommaSeparated, llvm::cl::cat(category)};
  llvm::cl::opt<std::string> ptxas{
      "ptxas",
      llvm::cl::desc("NVIDIA's assembler (default: one that is found)"),
      llvm::cl::value_desc("path"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> precision{
      "precision",
      llvm::cl::desc("How activations are stored: f32 or bf16. Parameters are "
                     "f32"),
      llvm::cl::init("f32"), llvm::cl::cat(category)};
  /// Options refer to their descriptions.
  const std::string optimizerHelp =
      "What updates the parameters in training: " + listOptimizers();
  llvm::cl::opt<std::string> optimizer{
      "optimizer", llvm::cl::desc(optimizerHelp),
      llvm::cl::init(PipelineOptions().optimizer), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> memoryBudget{
      "memory-budget", llvm::cl::desc("Bytes that the program may use"),
      llvm::cl::cat(category)};
  llvm::cl::list<std::string> disabled{
      "disable-pass", llvm::cl::desc("Passes to leave out (docs/pipelines.md)"),
      llvm::cl::CommaSeparated, llvm::cl::value_desc("pass"),
      llvm::cl::cat(category)};
  llvm::cl::opt<Level> to{
      "compile-to", llvm::cl::desc("Print the module at a level and stop"),
      llvm::cl::init(Level::Target), llvm::cl::cat(category), levels()};
  llvm::cl::opt<Level> from{
      "compile-from", llvm::cl::desc("The level that MODEL is at"),
      llvm::cl::init(Level::Model), llvm::cl::cat(category), levels()};
  ExtensionCommandLine extensionOptions{category};
  llvm::cl::list<std::string> addPasses{
      "add-passes",
      llvm::cl::desc("Passes to run at the end of a level: "
                     "step:my-pass,canonicalize"),
      llvm::cl::value_desc("level:pipeline"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> dumpLevels{
      "dump-levels-to", llvm::cl::desc("Folder for the module at each level"),
      llvm::cl::value_desc("folder"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> dumpKernels{
      "dump-kernels-to",
      llvm::cl::desc("Folder for each kernel as MLIR, LLVM IR and assembly"),
      llvm::cl::value_desc("folder"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> kernelReport{
      "kernel-report",
      llvm::cl::desc("Table of what GPU kernels need and do: text, or JSON for "
                     "FILE.json; '-' is stdout"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<wavrt::GroupBy> kernelReportBy{
      "kernel-report-by", llvm::cl::desc("What a row of that table is of"),
      llvm::cl::init(wavrt::GroupBy::Kernel),
      llvm::cl::values(
          clEnumValN(wavrt::GroupBy::Kernel, "kernel", "a kernel"),
          clEnumValN(wavrt::GroupBy::Category, "category", "matmul, ..."),
          clEnumValN(wavrt::GroupBy::Layer, "layer", "a layer of the model"),
          clEnumValN(wavrt::GroupBy::Part, "part", "a part of a layer")),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> cacheFolder{
      "cache-dir",
      llvm::cl::desc("Folder for compiled programs, at most 512 MiB of them "
                     "(default: $XDG_CACHE_HOME/wav or ~/.cache/wav)"),
      llvm::cl::value_desc("folder"), llvm::cl::cat(category)};
  llvm::cl::opt<bool> noCache{"no-cache",
                              llvm::cl::desc("Compile, and keep nothing of it"),
                              llvm::cl::cat(category)};
  llvm::cl::opt<bool> verbose{"verbose",
                              llvm::cl::desc("Say how long each level takes"),
                              llvm::cl::cat(category)};
};

} // namespace mlir::wav

#endif // WAV_DRIVER_COMMANDLINE_H
