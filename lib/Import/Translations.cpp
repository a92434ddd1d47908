//===- Translations.cpp - Configurations in wav-translate -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavModelOps.h"
#include "wav/Import/Import.h"

#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::wav;

void wav::registerConfigTranslations() {
  TranslateToMLIRRegistration import(
      "import-config", "model configuration (JSON) to wav.model",
      [](llvm::SourceMgr &sources,
         MLIRContext *context) -> OwningOpRef<Operation *> {
        FailureOr<OwningOpRef<ModuleOp>> module =
            importConfig(sources, context);
        if (failed(module))
          return {};
        return OwningOpRef<Operation *>(module->release());
      });
  TranslateFromMLIRRegistration exportJson(
      "export-config", "wav.model to model configuration (JSON)",
      [](Operation *op, raw_ostream &output) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module)
          return op->emitError("expected a module");
        FailureOr<ModelOp> model = getModel(module);
        if (failed(model))
          return failure();
        output << exportConfig(*model, /*indent=*/2) << '\n';
        return success();
      },
      [](DialectRegistry &registry) { registry.insert<WavDialect>(); });
}
