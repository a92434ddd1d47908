//===- MaterializeSources.cpp - Sources name tensors ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::wav {
#define GEN_PASS_DEF_MATERIALIZESOURCESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

static void materialize(SourceOp source) {
  OpBuilder builder(source);
  SmallVector<double> coefficients;
  for (unsigned plane : llvm::seq(source.getPlanes().size()))
    coefficients.push_back(source.getCoefficient(plane));
  Value row = CombineOp::create(
      builder, source.getLoc(), source.getResult().getType().getRowType(),
      source.getPlanes(), builder.getDenseF64ArrayAttr(coefficients));
  source.getPlanesMutable().assign(row);
  source.removeCoefficientsAttr();
}

namespace {
struct MaterializeSourcesPass
    : wav::impl::MaterializeSourcesPassBase<MaterializeSourcesPass> {
  using MaterializeSourcesPassBase::MaterializeSourcesPassBase;
  void runOnOperation() override {
    getOperation().walk([](SourceOp source) {
      if (!source.isMaterialized() && !source.isReadOpen())
        materialize(source);
    });
  }
};
} // namespace
