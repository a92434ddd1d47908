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

LogicalResult AdamWOp::verify() {
  std::pair<StringRef, Value> likeParameters[] = {
      {"grad", getGrad()},
      {"first_moment", getFirstMoment()},
      {"second_moment", getSecondMoment()},
      {"new_parameters", getNewParameters()},
      {"new_first_moment", getNewFirstMoment()},
      {"new_second_moment", getNewSecondMoment()}};
  for (auto [name, value] : likeParameters)
    if (failed(
            checkSameShape(*this, name, value, "parameters", getParameters())))
      return failure();
  std::pair<StringRef, double> betas[] = {
      {"beta1", getBeta1().convertToDouble()},
      {"beta2", getBeta2().convertToDouble()}};
  for (auto [name, beta] : betas)
    if (!(beta >= 0 && beta < 1))
      return emitOpError() << name << " must be in [0, 1), not " << beta;
  int64_t decayRows = getDecayRows();
  if (decayRows < 0 || decayRows > getRows(getParameters()))
    return emitOpError("decays ") << decayRows << " rows but 'parameters' has "
                                  << getRows(getParameters());
  return success();
}
