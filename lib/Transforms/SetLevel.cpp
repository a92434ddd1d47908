//===- SetLevel.cpp - Say which level a module is at ----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Level.h"
#include "wav/IR/WavAttributes.h"
#include "wav/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::wav;

namespace mlir::wav {
#define GEN_PASS_DEF_SETLEVELPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

namespace {
struct SetLevelPass : public wav::impl::SetLevelPassBase<SetLevelPass> {
  using SetLevelPassBase::SetLevelPassBase;

  void runOnOperation() override {
    if (!parseLevel(level)) {
      emitError(getOperation().getLoc())
          << "wav-set-level: there is no level '" << level.getValue()
          << "'; use " << listLevels();
      return signalPassFailure();
    }
    getOperation()->setAttr(kLevelAttr, StringAttr::get(&getContext(), level));
  }
};
} // namespace
