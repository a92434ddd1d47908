//===- Main.cpp - The main of a compiled program ----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// wavc links this with the objects it compiles, one for each target.
//
//===----------------------------------------------------------------------===//

#include "wavrt/app.h"

#include <algorithm>

using namespace wavrt;

extern "C" const wavrt_program wav_program;

/// The file's name, as the user calls the program.
static std::string baseName(const std::string &path) {
  return path.substr(path.rfind('/') + 1);
}

/// The one batch and all entry points that were compiled are what there is.
static Program provide(const ProgramRequest &) {
  return Program::fromCompiled(wav_program);
}

static std::string describe() try {
  Program program = provide({});
  const Manifest &manifest = program.manifest();
  return "Trains and runs a language model of " +
         std::to_string(manifest.numLayers) + " layers, compiled for " +
         manifest.target + ", " + manifest.precision + ", batch " +
         std::to_string(manifest.batch) + ", context " +
         std::to_string(manifest.context) + ".";
} catch (const Error &) {
  return "Trains and runs a language model."; // A subcommand says what is
                                              // wrong.
}

int main(int argc, char **argv) {
  std::string name = argc > 0 ? baseName(argv[0]) : "program";
  std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  return runApp(name, args, provide, describe());
}
