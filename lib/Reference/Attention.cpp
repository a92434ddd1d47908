//===- Attention.cpp - Reference of attention and its gradient ------------===//
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

namespace {
/// One head of one sequence as a matrix inside a matrix of tokens.
template <typename Tensor> struct Head {
  Tensor &tensor;
  int64_t firstRow, firstColumn, width;

  auto row(int64_t index) const {
    return tensor.row(firstRow + index).slice(firstColumn, width);
  }
};

/// The sizes of an attention, and which keys a query sees.
struct Geometry {
  Geometry(const RefTensor &query, const RefTensor &key, int64_t batch,
           int64_t heads)
      : batch(batch), heads(heads), queries(query.getNumRows() / batch),
        keys(key.getNumRows() / batch), width(query.getWidth() / heads) {}

  double scale() const { return 1 / std::sqrt(double(width)); }
  /// What makes a product of a query and a key an exponent of 2.
  double exponentScale() const { return scale() * std::log2(std::exp(1.0)); }
  int64_t statisticIndex(int64_t sequence, int64_t head, int64_t query) const {
    return (sequence * heads + head) * queries + query;
  }
  template <typename Tensor>
  Head<Tensor> head(Tensor &tensor, int64_t sequence, int64_t head) const {
    return {tensor, sequence * (tensor.getNumRows() / batch), head * width,
            width};
  }

  int64_t batch, heads, queries, keys, width;
};
} // namespace

static double dot(ArrayRef<double> x, ArrayRef<double> y) {
  double sum = 0;
  for (auto [a, b] : llvm::zip(x, y))
    sum += a * b;
  return sum;
}

/// y += factor * x.
static void addScaled(MutableArrayRef<double> y, double factor,
                      ArrayRef<double> x) {
  for (auto [a, b] : llvm::zip(y, x))
    a += factor * b;
}

LogicalResult AttentionOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &query = frame.get(getQuery());
  const RefTensor &key = frame.get(getKey());
  const RefTensor &value = frame.get(getValue());
  Geometry g(query, key, getBatch(), getHeads());
  int64_t position = getPosition() ? frame.get(getPosition()).indices[0] : 0;
  if (position < 0 || position + g.queries > g.keys)
    return emitOpError("needs keys 0 to ")
           << position + g.queries - 1 << ", there are " << g.keys;
  RefTensor &result = frame.create(getResult());
  RefTensor &max = frame.create(getMax());
  RefTensor &inverseSum = frame.create(getInverseSum());

  for (int64_t b = 0; b < g.batch; ++b)
    for (int64_t h = 0; h < g.heads; ++h) {
      auto q = g.head(query, b, h), k = g.head(key, b, h),
           v = g.head(value, b, h);
      auto o = g.head(result, b, h);
      for (int64_t i = 0; i < g.queries; ++i) {
        std::vector<double> weights(i + position + 1);
        for (size_t j = 0; j < weights.size(); ++j)
          weights[j] = g.exponentScale() * dot(q.row(i), k.row(j));
        double largest = *llvm::max_element(weights), sum = 0;
        for (double &weight : weights)
          sum += weight = std::exp2(weight - largest);
        max.values[g.statisticIndex(b, h, i)] = largest;
        inverseSum.values[g.statisticIndex(b, h, i)] = 1 / sum;
        for (size_t j = 0; j < weights.size(); ++j)
          addScaled(o.row(i), frame.roundAs(getValue(), weights[j]) / sum,
                    v.row(j));
      }
    }
  return success();
}

// P = 2^(E - max) inverseSum with E = scale log2(e) Q K^T, dV = P^T dO,
// dP = dO V^T, dS = P (dP - rowsum(dO O)), dQ = scale dS K, dK = scale dS^T Q.
LogicalResult AttentionGradOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &query = frame.get(getQuery());
  const RefTensor &key = frame.get(getKey());
  const RefTensor &value = frame.get(getValue());
  const RefTensor &output = frame.get(getOutput());
  const RefTensor &max = frame.get(getMax());
  const RefTensor &inverseSum = frame.get(getInverseSum());
  const RefTensor &grad = frame.get(getGrad());
  RefTensor &queryGrad = frame.create(getQueryGrad());
  RefTensor &keyGrad = frame.create(getKeyGrad());
  RefTensor &valueGrad = frame.create(getValueGrad());
  Geometry g(query, key, getBatch(), getHeads());

  for (int64_t b = 0; b < g.batch; ++b)
    for (int64_t h = 0; h < g.heads; ++h) {
      auto q = g.head(query, b, h), k = g.head(key, b, h),
           v = g.head(value, b, h), o = g.head(output, b, h),
           dO = g.head(grad, b, h);
      auto dQ = g.head(queryGrad, b, h), dK = g.head(keyGrad, b, h),
           dV = g.head(valueGrad, b, h);
      for (int64_t i = 0; i < g.queries; ++i) {
        double mean = dot(dO.row(i), o.row(i));
        int64_t at = g.statisticIndex(b, h, i);
        for (int64_t j = 0; j <= i; ++j) {
          double exponent = g.exponentScale() * dot(q.row(i), k.row(j));
          double p =
              std::exp2(exponent - max.values[at]) * inverseSum.values[at];
          double dS =
              frame.roundAs(getValue(), p * (dot(dO.row(i), v.row(j)) - mean));
          addScaled(dV.row(j), frame.roundAs(getValue(), p), dO.row(i));
          addScaled(dQ.row(i), g.scale() * dS, k.row(j));
          addScaled(dK.row(j), g.scale() * dS, q.row(i));
        }
      }
    }
  return success();
}
