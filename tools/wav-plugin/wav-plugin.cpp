//===- wav-plugin.cpp - The project as a plugin of mlir-opt ----------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `mlir-opt --load-dialect-plugin=WavPlugin.so --load-pass-plugin=WavPlugin.so`
// gives any MLIR tool of the same release the wav dialect and its passes.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Registration.h"
#include "wav/IR/WavDialect.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

using namespace mlir;

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {
      MLIR_PLUGIN_API_VERSION, "Wav", LLVM_VERSION_STRING,
      [](DialectRegistry *registry) { registry->insert<wav::WavDialect>(); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Wav", LLVM_VERSION_STRING,
          [] { wav::registerAllWavPasses(); }};
}
