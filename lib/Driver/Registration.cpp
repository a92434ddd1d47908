//===- Registration.cpp - All of the project, for tools ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Registration.h"

#include "wav/IR/WavDialect.h"
#include "wav/Passes.h"
#include "wav/Pipelines/Pipelines.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

using namespace mlir;

void wav::registerAllWavDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<WavDialect>();
}

void wav::registerAllWavPasses() {
  registerWavPasses();
  registerWavPipelines();
}
