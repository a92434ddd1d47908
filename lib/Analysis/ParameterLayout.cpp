//===- ParameterLayout.cpp - Where each parameter lies --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavStructureOps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

ParameterLayout::ParameterLayout(Operation *module) {
  auto ops = cast<ModuleOp>(module).getOps<ParameterOp>();
  parameters =
      std::make_shared<std::vector<ParameterOp>>(ops.begin(), ops.end());
  // Places the parameters with the given decay from row `row` on; returns the
  // row after them.
  auto place = [&](bool decay, int64_t row) {
    int64_t end = row * kRowWidth;
    for (ParameterOp parameter : getParameters()) {
      if (parameter.getDecay() != decay)
        continue;
      int64_t offset = llvm::alignTo(end, kAlignment);
      offsets[parameter] = offset;
      end = offset + cast<ShapedType>(parameter.getType()).getNumElements();
    }
    return llvm::divideCeil(end, kRowWidth);
  };
  numDecayRows = place(/*decay=*/true, 0);
  numRows = place(/*decay=*/false, numDecayRows);
  arenaType = RankedTensorType::get({numRows, kRowWidth},
                                    Float32Type::get(module->getContext()));
}

ArrayRef<ParameterOp> ParameterLayout::getParameters() const {
  return *parameters;
}

int64_t ParameterLayout::getOffset(ParameterOp parameter) const {
  return offsets.at(parameter);
}

llvm::json::Object wav::describeInit(ParameterOp parameter) {
  if (std::optional<ArrayRef<double>> values = parameter.getInitValues())
    return llvm::json::Object{{"kind", "values"},
                              {"values", llvm::json::Array(*values)}};
  return llvm::json::Object{
      {"kind", parameter.getNormal() ? "normal" : "constant"},
      {"value", parameter.getInitValue().convertToDouble()}};
}

llvm::json::Object wav::describeOptimizer(ModuleOp module) {
  auto optimizer = module->getAttrOfType<DictionaryAttr>(kOptimizerAttr);
  return optimizer ? describeFields(optimizer) : llvm::json::Object();
}

StringRef wav::describePrecision(Operation *op) {
  auto isNarrow = [](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped && shaped.getElementType().isBF16();
  };
  WalkResult result = op->walk([&](Operation *inner) {
    return llvm::any_of(inner->getOperandTypes(), isNarrow) ||
                   llvm::any_of(inner->getResultTypes(), isNarrow)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return result.wasInterrupted() ? "bf16" : "f32";
}
