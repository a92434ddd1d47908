//===- WavTranslateMain.cpp - The wav-translate tool ----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavTranslateMain.h"

#include "wav/Import/Import.h"
#include "wav/Schemes/Presets.h"
#include "wav/Target/NVPTX.h"

#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

/// Prints every preset as attribute text.
static void printSchemes() {
  MLIRContext context;
  context.loadDialect<wav::WavDialect>();
  for (const wav::Preset &preset : wav::getPresets()) {
    llvm::outs() << preset.name;
    if (preset.maxLayers != wav::Preset::kAnyDepth)
      llvm::outs() << " (up to " << preset.maxLayers << " layers)";
    llvm::outs() << '\n'
                 << "  "
                 << wav::getPreset(preset.name, preset.maxLayers, &context)
                 << '\n';
  }
}

int wav::wavTranslateMain(int argc, char **argv) {
  registerConfigTranslations();
  registerDeviceTranslations();
  static llvm::cl::opt<bool> listSchemes(
      "list-schemes", llvm::cl::desc("Print every residual scheme and exit"),
      llvm::cl::callback([](const bool &) {
        printSchemes();
        std::exit(0);
      }));
  return failed(mlirTranslateMain(argc, argv, "WAV model translation\n"));
}
