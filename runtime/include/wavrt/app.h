//===- app.h - The command line of a training program -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_APP_H
#define WAVRT_APP_H

#include "wavrt/program.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wavrt {

/// What a program compiled for several targets is to run on.
enum class DeviceChoice { Any, CPU, CUDA };

/// What a subcommand asks of whoever provides the program. A compiled program
/// can only serve the batch it was compiled for; a JIT compiles what is asked.
struct ProgramRequest {
  std::optional<int64_t> batch;     ///< --batch, or from the tokens file
  std::vector<std::string> entries; ///< entry points that will be run; if
                                    ///< empty, only the manifest is used
  DeviceChoice device = DeviceChoice::Any; ///< --device
};

/// Provides the program for a request; throws Error if it cannot.
using ProgramProvider = std::function<Program(const ProgramRequest &)>;

/// The program to run of those compiled from one model, of which one may be
/// null. Any: the GPU if it can be used, else the CPU, after a note on stderr
/// that says why. A program for the GPU alone is returned in any case; its
/// sessions then throw the reason (ExitCode::Device). Throws Error if nothing
/// was compiled for the choice. Opens the GPU, so call it once.
Program chooseProgram(const wavrt_program *cpu, const wavrt_program *cuda,
                      DeviceChoice choice);

/// What differs between the programs that have these subcommands.
struct AppInfo {
  /// The first line of the help text.
  std::string description = "Trains and runs a language model.";
  /// Whether there is code for several devices, for --device to choose from.
  bool hasDevices = false;
};

/// Parses `SUBCOMMAND ...` (contract.md: train, eval, generate, grads, info),
/// runs it and returns the process exit code. `programName` is for messages.
/// Never throws. `args` excludes the program's own name and any option that
/// the tool consumed itself.
int runApp(const std::string &programName, const std::vector<std::string> &args,
           const ProgramProvider &provider, const AppInfo &info = {});

} // namespace wavrt

#endif // WAVRT_APP_H
