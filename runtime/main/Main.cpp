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

extern "C" {
/// The programs of the objects; a target that was not compiled for has none.
[[gnu::weak]] extern const wavrt_program wav_program;
[[gnu::weak]] extern const wavrt_program wav_program_cuda;
}

/// The one batch and all entry points that were compiled are what there is.
static Program provide(const ProgramRequest &request) {
  return chooseProgram(&wav_program, &wav_program_cuda, request.device);
}

static AppInfo about() try {
  std::vector<Manifest> manifests;
  for (const wavrt_program *program : {&wav_program_cuda, &wav_program})
    if (program)
      manifests.push_back(
          Manifest::parse({program->manifest, program->manifest_size}));
  const Manifest &any = manifests.front();
  std::string targets = any.target;
  if (manifests.size() > 1)
    targets += " and " + manifests.back().target;
  return {"Trains and runs a language model of " +
              std::to_string(any.numLayers) + " layers, compiled for " +
              targets + ", " + any.precision + ", batch " +
              std::to_string(any.batch) + ", context " +
              std::to_string(any.context) + ".",
          manifests.size() > 1};
} catch (const Error &) {
  return {}; // A subcommand will say what is wrong.
}

int main(int argc, char **argv) {
  std::string path = argc > 0 ? argv[0] : "program";
  std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  return runApp(path.substr(path.rfind('/') + 1), args, provide, about());
}
