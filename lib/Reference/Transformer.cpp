//===- Transformer.cpp - Reference of the transformer ops -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavTransformerOps.h"
#include "wav/Reference/Reference.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

/// Fails unless every index is in [0, bound).
static LogicalResult checkIndices(Operation *op, const RefTensor &index,
                                  int64_t bound) {
  for (auto [i, value] : llvm::enumerate(index.indices))
    if (value < 0 || value >= bound)
      return op->emitOpError("has index ") << value << " at position " << i
                                           << ", outside [0, " << bound << ")";
  return success();
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

LogicalResult EmbedOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &table = frame.get(getTable());
  const RefTensor &index = frame.get(getIndex());
  if (failed(checkIndices(*this, index, table.getNumRows())))
    return failure();
  RefTensor &result = frame.create(getResult());
  for (auto [i, r] : llvm::enumerate(index.indices))
    llvm::copy(table.row(r), result.row(i).begin());
  return success();
}

LogicalResult EmbedGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &index = frame.get(getIndex());
  const RefTensor &grad = frame.get(getGrad());
  RefTensor &result = frame.createCopy(getResult(), getAccumulator());
  if (failed(checkIndices(*this, index, result.getNumRows())))
    return failure();
  for (auto [i, r] : llvm::enumerate(index.indices))
    for (auto [sum, value] : llvm::zip(result.row(r), grad.row(i)))
      sum += value;
  return success();
}

//===----------------------------------------------------------------------===//
// Matrix product
//===----------------------------------------------------------------------===//

static RefTensor transpose(const RefTensor &matrix) {
  RefTensor result;
  result.shape = {matrix.getWidth(), matrix.getNumRows()};
  result.values.resize(matrix.values.size());
  for (int64_t i = 0; i < matrix.getNumRows(); ++i)
    for (int64_t j = 0; j < matrix.getWidth(); ++j)
      result.row(j)[i] = matrix.row(i)[j];
  return result;
}

LogicalResult MatmulOp::evaluate(ReferenceFrame &frame) {
  RefTensor a = frame.get(getA()), b = frame.get(getB());
  if (getTransposeA())
    a = transpose(a);
  if (getTransposeB())
    b = transpose(b);
  RefTensor &result = getAccumulator()
                          ? frame.createCopy(getResult(), getAccumulator())
                          : frame.create(getResult());
  for (int64_t i = 0; i < a.getNumRows(); ++i)
    for (int64_t k = 0; k < a.getWidth(); ++k)
      for (int64_t j = 0; j < b.getWidth(); ++j)
        result.row(i)[j] += a.row(i)[k] * b.row(k)[j];
  return success();
}

//===----------------------------------------------------------------------===//
// RMS normalisation
//===----------------------------------------------------------------------===//

/// (mean(x^2) + epsilon)^(-1/2).
static double inverseRms(ArrayRef<double> x, double epsilon) {
  double sum = 0;
  for (double value : x)
    sum += value * value;
  return 1 / std::sqrt(sum / x.size() + epsilon);
}

LogicalResult RMSNormOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  ArrayRef<double> gain = frame.get(getGain()).values;
  RefTensor &result = frame.create(getResult());
  for (int64_t r = 0; r < input.getNumRows(); ++r) {
    ArrayRef<double> x = input.row(r);
    double rho = inverseRms(x, getEpsilon().convertToDouble());
    for (size_t c = 0; c < x.size(); ++c)
      result.row(r)[c] = gain[c] * rho * x[c];
  }
  return success();
}

LogicalResult RMSNormGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  const RefTensor &grad = frame.get(getGrad());
  ArrayRef<double> gain = frame.get(getGain()).values;
  RefTensor &inputGrad = frame.create(getInputGrad());
  RefTensor &gainGrad = frame.create(getGainGrad());
  for (int64_t r = 0; r < input.getNumRows(); ++r) {
    ArrayRef<double> x = input.row(r), g = grad.row(r);
    double rho = inverseRms(x, getEpsilon().convertToDouble());
    double mean = 0; // of gain * grad * x
    for (size_t c = 0; c < x.size(); ++c)
      mean += gain[c] * g[c] * x[c] / x.size();
    for (size_t c = 0; c < x.size(); ++c) {
      inputGrad.row(r)[c] = rho * (gain[c] * g[c] - rho * rho * x[c] * mean);
      gainGrad.values[c] += g[c] * rho * x[c];
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Rotary position embedding
//===----------------------------------------------------------------------===//

LogicalResult RopeTableOp::evaluate(ReferenceFrame &frame) {
  RefTensor &result = frame.create(getResult());
  int64_t half = result.getWidth() / 2;
  double theta = getTheta().convertToDouble();
  for (int64_t t = 0; t < result.getNumRows(); ++t)
    for (int64_t i = 0; i < half; ++i) {
      double angle = t * std::pow(theta, -double(i) / half);
      result.row(t)[i] = std::cos(angle);
      result.row(t)[half + i] = std::sin(angle);
    }
  return success();
}

LogicalResult RopeOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  const RefTensor &table = frame.get(getTable());
  int64_t first = getPosition() ? frame.get(getPosition()).indices[0] : 0;
  int64_t longest = std::min<int64_t>(input.getNumRows(), getSequenceLength());
  if (first < 0 || first + longest > table.getNumRows())
    return emitOpError("needs positions ")
           << first << " to " << first + longest - 1 << ", the table has "
           << table.getNumRows();
  RefTensor &result = frame.create(getResult());
  int64_t width = table.getWidth(), half = width / 2;
  for (int64_t r = 0; r < input.getNumRows(); ++r) {
    ArrayRef<double> angles = table.row(first + r % getSequenceLength());
    for (int64_t head = 0; head < static_cast<int64_t>(getHeads()); ++head) {
      ArrayRef<double> x = input.row(r).slice(head * width, width);
      MutableArrayRef<double> y = result.row(r).slice(head * width, width);
      for (int64_t i = 0; i < half; ++i) {
        double cos = angles[i];
        double sin = getInverse() ? -angles[half + i] : angles[half + i];
        y[i] = x[i] * cos - x[half + i] * sin;
        y[half + i] = x[half + i] * cos + x[i] * sin;
      }
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Gated linear unit
//===----------------------------------------------------------------------===//

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

LogicalResult SwiGLUOp::evaluate(ReferenceFrame &frame) {
  ArrayRef<double> gate = frame.get(getGate()).values;
  ArrayRef<double> up = frame.get(getUp()).values;
  RefTensor &result = frame.create(getResult());
  for (size_t i = 0; i < gate.size(); ++i)
    result.values[i] = gate[i] * sigmoid(gate[i]) * up[i];
  return success();
}

LogicalResult SwiGLUGradOp::evaluate(ReferenceFrame &frame) {
  ArrayRef<double> gate = frame.get(getGate()).values;
  ArrayRef<double> up = frame.get(getUp()).values;
  ArrayRef<double> grad = frame.get(getGrad()).values;
  RefTensor &gateGrad = frame.create(getGateGrad());
  RefTensor &upGrad = frame.create(getUpGrad());
  for (size_t i = 0; i < gate.size(); ++i) {
    double s = sigmoid(gate[i]);
    gateGrad.values[i] = grad[i] * up[i] * s * (1 + gate[i] * (1 - s));
    upGrad.values[i] = grad[i] * gate[i] * s;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Cross entropy
//===----------------------------------------------------------------------===//

/// log sum_c exp(x_c).
static double logSumExp(ArrayRef<double> x) {
  double maximum = *llvm::max_element(x), sum = 0;
  for (double value : x)
    sum += std::exp(value - maximum);
  return maximum + std::log(sum);
}

LogicalResult CrossEntropyOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &logits = frame.get(getLogits());
  const RefTensor &targets = frame.get(getTargets());
  if (failed(checkIndices(*this, targets, logits.getWidth())))
    return failure();
  RefTensor &loss = frame.create(getLoss());
  for (int64_t r = 0; r < logits.getNumRows(); ++r) {
    ArrayRef<double> x = logits.row(r);
    loss.values[0] +=
        (logSumExp(x) - x[targets.indices[r]]) / logits.getNumRows();
  }
  return success();
}

LogicalResult CrossEntropyGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &logits = frame.get(getLogits());
  const RefTensor &targets = frame.get(getTargets());
  if (failed(checkIndices(*this, targets, logits.getWidth())))
    return failure();
  double factor = frame.get(getGrad()).values[0] / logits.getNumRows();
  RefTensor &result = frame.create(getLogitsGrad());
  for (int64_t r = 0; r < logits.getNumRows(); ++r) {
    ArrayRef<double> x = logits.row(r);
    double lse = logSumExp(x);
    for (int64_t c = 0; c < logits.getWidth(); ++c)
      result.row(r)[c] =
          factor * (std::exp(x[c] - lse) - (c == targets.indices[r]));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Cache
//===----------------------------------------------------------------------===//

LogicalResult CacheUpdateOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  int64_t position = frame.get(getPosition()).indices[0];
  RefTensor &result = frame.createCopy(getResult(), getCache());
  if (position < 0 || position + input.getNumRows() > result.getNumRows())
    return emitOpError("writes rows ")
           << position << " to " << position + input.getNumRows() - 1
           << " of a cache of " << result.getNumRows() << " rows";
  for (int64_t r = 0; r < input.getNumRows(); ++r)
    llvm::copy(input.row(r), result.row(position + r).begin());
  return success();
}
