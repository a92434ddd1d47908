//===- WavOptimizerOps.cpp - Ops of optimisers ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "Verify.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavOptimizerOps.cpp.inc"

/// What every optimiser demands: matrices as large as the parameters, betas in
/// [0, 1), decay of rows that there are.
template <typename OpTy>
static LogicalResult
verifyUpdate(OpTy op, ArrayRef<std::pair<StringRef, Value>> likeParameters) {
  Value parameters = op.getParameters();
  for (auto [name, value] : likeParameters)
    if (failed(checkSameShape(op, name, value, "parameters", parameters)))
      return failure();
  std::pair<StringRef, double> betas[] = {
      {"beta1", op.getBeta1().convertToDouble()},
      {"beta2", op.getBeta2().convertToDouble()}};
  for (auto [name, beta] : betas)
    if (!(beta >= 0 && beta < 1))
      return op.emitOpError() << name << " must be in [0, 1), not " << beta;
  int64_t decayRows = op.getDecayRows();
  if (decayRows < 0 || decayRows > getRows(parameters))
    return op.emitOpError("decays ")
           << decayRows << " rows but 'parameters' has " << getRows(parameters);
  return success();
}

LogicalResult AdamWOp::verify() {
  return verifyUpdate(*this, {{"grad", getGrad()},
                              {"first_moment", getFirstMoment()},
                              {"second_moment", getSecondMoment()},
                              {"new_parameters", getNewParameters()},
                              {"new_first_moment", getNewFirstMoment()},
                              {"new_second_moment", getNewSecondMoment()}});
}

LogicalResult LionOp::verify() {
  return verifyUpdate(*this, {{"grad", getGrad()},
                              {"first_moment", getFirstMoment()},
                              {"new_parameters", getNewParameters()},
                              {"new_first_moment", getNewFirstMoment()}});
}
