//===- CommandLine.h - The options of wav-run -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_RUN_COMMANDLINE_H
#define WAV_RUN_COMMANDLINE_H

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Extensions.h"
#include "wav/Reference/Reference.h"
#include "wav/Simt/Executor.h"

namespace mlir::wav {

enum class Backend { CPU, Reference, CUDA, SIMT };

struct CommandLine {
  std::string model;
  Backend backend = Backend::CPU;
  RefRounding referenceRounding = RefRounding::None;
  CompileOptions options;
  Extensions extensions;
  /// For Backend::SIMT.
  SimtOptions simt;
  /// The file of `--simt-traffic`; empty: none.
  std::string simtTraffic;
  /// Whether the batch was given; if not, the subcommand decides.
  bool hasBatch = false;
  /// Whether to print the module at level `options.to` instead of running it.
  bool printsLevel = false;
  /// Whether to compile without running it, for the kernel report.
  bool compilesOnly = false;
  /// The subcommand and its arguments.
  std::vector<std::string> subcommand;
};

/// Exits with a message and code 2 on bad usage.
CommandLine parseCommandLine(int argc, char **argv);

} // namespace mlir::wav

#endif // WAV_RUN_COMMANDLINE_H
