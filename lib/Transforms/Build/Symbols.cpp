//===- Symbols.cpp - Parameters and states of a program -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Symbols.h"

#include "wav/IR/WavStructureOps.h"

using namespace mlir;
using namespace mlir::wav;

void ProgramSymbols::declare(OpBuilder &builder, Location loc) const {
  for (bool decay : {true, false})
    for (const auto &[name, parameter] : parameters) {
      const auto &[type, spec] = parameter;
      if (spec.decay != decay)
        continue;
      DenseF64ArrayAttr values;
      if (!spec.initValues.empty())
        values = builder.getDenseF64ArrayAttr(spec.initValues);
      ParameterOp::create(builder, loc, name, type, spec.normal,
                          APFloat(spec.initValue), values, spec.decay);
    }
  for (const auto &[name, type] : states)
    StateOp::create(builder, loc, name, type);
}
