//===- WavOptMain.cpp - The wav-opt tool as a function --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavOptMain.h"

#include "wav/IR/WavOps.h"
#include "wav/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

using namespace mlir;

int wav::wavOptMain(int argc, char **argv) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<WavDialect>();
  registerAllPasses();
  registerWavPasses();
  return asMainReturnCode(
      MlirOptMain(argc, argv, "WAV compiler pass driver\n", registry));
}
