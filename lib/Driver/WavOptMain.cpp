//===- WavOptMain.cpp - The wav-opt tool as a function --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavOptMain.h"

#include "wav/Driver/Registration.h"

#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

using namespace mlir;

int wav::wavOptMain(int argc, char **argv) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  registerAllPasses();
  registerAllWavPasses();
  return asMainReturnCode(
      MlirOptMain(argc, argv, "WAV compiler pass driver\n", registry));
}
