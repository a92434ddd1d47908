//===- wav-run.cpp - Compile a model and run it -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   wav-run [options] MODEL [options] SUBCOMMAND ...
//
// What comes before the subcommand is for the compiler, what follows for the
// runtime's command line (wavrt/app.h).
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Provider.h"

#include "wavrt/app.h"

using namespace mlir::wav;

int main(int argc, char **argv) {
  CommandLine line = parseCommandLine(argc, argv);
  if (line.printsLevel || line.compilesOnly)
    return compileOnly(line);
  return wavrt::runApp("wav-run", line.subcommand, makeProvider(line));
}
