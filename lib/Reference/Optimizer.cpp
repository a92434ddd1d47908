//===- Optimizer.cpp - Reference of the optimiser ops ---------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Reference/Reference.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

LogicalResult PackOp::evaluate(ReferenceFrame &frame) {
  const ParameterLayout &layout = frame.getParameterLayout();
  if (layout.getParameters().size() != getInputs().size() ||
      layout.getArenaType().getShape() != getResult().getType().getShape())
    return emitOpError("lays ")
           << getInputs().size() << " gradients out as "
           << getResult().getType() << " but the module has "
           << layout.getParameters().size() << " parameters in an arena of "
           << layout.getArenaType();
  RefTensor &result = frame.create(getResult());
  for (auto [parameter, input] : llvm::zip(layout.getParameters(), getInputs()))
    llvm::copy(frame.get(input).values,
               result.values.begin() + layout.getOffset(parameter));
  return success();
}

LogicalResult SumSquaresOp::evaluate(ReferenceFrame &frame) {
  double &sum = frame.create(getResult()).values[0];
  for (double value : frame.get(getInput()).values)
    sum += value * value;
  return success();
}

/// What clipping multiplies the gradient with.
static double getGradScale(double clip, double norm) {
  return clip == 0 ? 1 : std::min(1.0, clip / (norm + 1e-6));
}

LogicalResult AdamWOp::evaluate(ReferenceFrame &frame) {
  auto scalar = [&](Value value) { return frame.get(value).values[0]; };
  double factor = getGradScale(scalar(getClip()), scalar(getNorm()));
  double lr = scalar(getLr()), weightDecay = scalar(getWeightDecay());
  double correction1 = scalar(getBiasCorrection1());
  double correction2 = scalar(getBiasCorrection2());
  double beta1 = getBeta1().convertToDouble();
  double beta2 = getBeta2().convertToDouble();
  double epsilon = getEpsilon().convertToDouble();

  const RefTensor &grad = frame.get(getGrad());
  RefTensor &p = frame.createCopy(getNewParameters(), getParameters());
  RefTensor &m = frame.createCopy(getNewFirstMoment(), getFirstMoment());
  RefTensor &v = frame.createCopy(getNewSecondMoment(), getSecondMoment());
  for (int64_t r = 0; r < p.getNumRows(); ++r) {
    double decay = r < static_cast<int64_t>(getDecayRows()) ? weightDecay : 0;
    for (int64_t c = 0; c < p.getWidth(); ++c) {
      double g = factor * grad.row(r)[c];
      double &first = m.row(r)[c], &second = v.row(r)[c];
      first = beta1 * first + (1 - beta1) * g;
      second = beta2 * second + (1 - beta2) * g * g;
      double direction =
          first / correction1 / (std::sqrt(second / correction2) + epsilon);
      p.row(r)[c] -= lr * (direction + decay * p.row(r)[c]);
    }
  }
  return success();
}

LogicalResult LionOp::evaluate(ReferenceFrame &frame) {
  auto scalar = [&](Value value) { return frame.get(value).values[0]; };
  double factor = getGradScale(scalar(getClip()), scalar(getNorm()));
  double lr = scalar(getLr()), weightDecay = scalar(getWeightDecay());
  double beta1 = getBeta1().convertToDouble();
  double beta2 = getBeta2().convertToDouble();

  const RefTensor &grad = frame.get(getGrad());
  RefTensor &p = frame.createCopy(getNewParameters(), getParameters());
  RefTensor &m = frame.createCopy(getNewFirstMoment(), getFirstMoment());
  for (int64_t r = 0; r < p.getNumRows(); ++r) {
    double decay = r < static_cast<int64_t>(getDecayRows()) ? weightDecay : 0;
    for (int64_t c = 0; c < p.getWidth(); ++c) {
      double g = factor * grad.row(r)[c];
      double &moment = m.row(r)[c];
      double mean = beta1 * moment + (1 - beta1) * g;
      double sign = (mean > 0) - (mean < 0);
      p.row(r)[c] -= lr * (sign + decay * p.row(r)[c]);
      moment = beta2 * moment + (1 - beta2) * g;
    }
  }
  return success();
}
