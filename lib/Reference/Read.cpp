//===- Read.cpp - Reference of the routing read ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formulas of method.md 1.1, 2.2 and 6.1, one token at a time.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Reference/Reference.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// All sources of one role of a read, the bank's first.
struct Sources {
  /// `Op` is ReadOp or ReadGradOp, which name these operands alike.
  template <typename Op>
  Sources(Op op, Value roleQuery, Value roleBiases, ReferenceFrame &frame)
      : all(frame.getBank(op.getBank())), query(frame.get(roleQuery).values),
        epsilon(op.getEpsilon().convertToDouble()) {
    for (Value open : op.getOpen())
      llvm::append_range(all, frame.getBank(open));
    if (roleBiases)
      biases = frame.get(roleBiases).values;
  }

  size_t size() const { return all.size(); }

  /// Fails if a source of `op` has an index without a bias. Without biases,
  /// indices do not matter.
  LogicalResult check(Operation *op) const {
    for (const RefSource &source : all)
      if (!biases.empty() &&
          (source.getBias() < -1 ||
           source.getBias() >= static_cast<int64_t>(biases.size())))
        return op->emitOpError("has a source with bias ")
               << source.getBias() << " of " << biases.size()
               << "; -1 stands for no bias";
    return success();
  }

  double getBias(const RefSource &source) const {
    return biases.empty() || source.getBias() < 0 ? 0
                                                  : biases[source.getBias()];
  }

  RefBank all;
  ArrayRef<double> query, biases;
  double epsilon;
};

/// What a read computes for one token, for each source.
struct TokenRead {
  TokenRead(const Sources &sources, int64_t token)
      : values(sources.size()), rho(sources.size()), keys(sources.size()),
        weights(sources.size()) {
    int64_t width = sources.query.size();
    for (size_t k = 0; k < sources.size(); ++k) {
      const RefSource &source = sources.all[k];
      ArrayRef<double> row = source.row->row(token);
      double scale = source.getScale(token);
      double square = 0, dot = 0;
      values[k].resize(width);
      for (int64_t c = 0; c < width; ++c) {
        values[k][c] = scale * row[c];
        square += values[k][c] * values[k][c];
        dot += sources.query[c] * values[k][c];
      }
      rho[k] = 1 / std::sqrt(square / width + sources.epsilon);
      keys[k] = rho[k] * dot;
      weights[k] = keys[k] + sources.getBias(source);
    }
    softmax();
  }

  std::vector<std::vector<double>> values; ///< v_k
  std::vector<double> rho;                 ///< (mean(v_k^2) + epsilon)^(-1/2)
  std::vector<double> keys;                ///< zk_k = rho_k <query, v_k>
  std::vector<double> weights;             ///< p_k
  /// The largest logit and the sum of exp(z_k - max); of no source, -inf and 0.
  double max = -std::numeric_limits<double>::infinity(), sum = 0;

private:
  /// Turns logits into weights.
  void softmax() {
    for (double weight : weights)
      max = std::max(max, weight);
    for (double &weight : weights)
      sum += weight = std::exp(weight - max);
    for (double &weight : weights)
      weight /= sum;
  }
};

} // namespace

LogicalResult ReadOp::evaluate(ReferenceFrame &frame) {
  for (auto [role, query] : llvm::enumerate(getQueries())) {
    Sources sources(*this, query, getBias(role), frame);
    if (failed(sources.check(*this)))
      return failure();
    Value output = getResult(role);
    RefTensor &result =
        getBase() ? frame.createCopy(output, getBase()) : frame.create(output);
    RefTensor *max = nullptr, *inverseSum = nullptr;
    if (getStatistics()) {
      max = &frame.create(getMax(role));
      inverseSum = &frame.create(getInverseSum(role));
    }
    for (int64_t token = 0; token < result.getNumRows(); ++token) {
      TokenRead read(sources, token);
      // The sources of the part before weigh as one.
      double before = 0, largest = read.max, sum = read.sum;
      if (!getPart().empty()) {
        double partMax = frame.get(getPartMax()[role]).values[token];
        largest = std::max(largest, partMax);
        before = std::exp(partMax - largest) /
                 frame.get(getPartInverseSum()[role]).values[token];
        sum = read.sum * std::exp(read.max - largest) + before;
        before /= sum;
      }
      for (int64_t c = 0; c < result.getWidth(); ++c) {
        for (size_t k = 0; k < sources.size(); ++k)
          result.row(token)[c] +=
              (1 - before) * read.weights[k] * read.values[k][c];
        if (!getPart().empty())
          result.row(token)[c] +=
              before * frame.get(getPart()[role]).row(token)[c];
      }
      if (getStatistics()) {
        max->values[token] = largest;
        inverseSum->values[token] = 1 / sum;
      }
    }
  }
  return success();
}

LogicalResult ReadGradOp::evaluate(ReferenceFrame &frame) {
  Sources sources(*this, getQuery(), getBias(), frame);
  if (failed(sources.check(*this)))
    return failure();
  const RefTensor &grad = frame.get(getGrad());
  int64_t width = grad.getWidth();
  size_t bankSize = frame.getBank(getBank()).size();

  RefTensor &queryGrad = frame.create(getQueryGrad());
  RefTensor *biasGrad = getBiasGrad() ? &frame.create(getBiasGrad()) : nullptr;
  // Of the bank's sources on top of the accumulator, then of the open ones.
  SmallVector<std::shared_ptr<RefTensor>> rowGrads, scaleGrads;
  BankType gradType = getBankGrad().getType();
  auto scalars =
      RankedTensorType::get(gradType.getRowType().getShape().take_front(),
                            gradType.getRowType().getElementType());
  for (size_t k = 0; k < sources.size(); ++k) {
    const RefSource *start = getAccumulator() && k < bankSize
                                 ? &frame.getBank(getAccumulator())[k]
                                 : nullptr;
    auto begin = [&](RefTensorPtr from, RankedTensorType type) {
      return from ? std::make_shared<RefTensor>(*from)
                  : std::make_shared<RefTensor>(type);
    };
    rowGrads.push_back(
        begin(start ? start->row : nullptr, gradType.getRowType()));
    scaleGrads.push_back(begin(start ? start->scale : nullptr, scalars));
  }

  for (int64_t token = 0; token < grad.getNumRows(); ++token) {
    TokenRead read(sources, token);
    ArrayRef<double> g = grad.row(token);
    std::vector<double> a(sources.size()); // <g, v_k>
    double mean = 0;                       // sum_k p_k a_k
    for (size_t k = 0; k < sources.size(); ++k) {
      for (int64_t c = 0; c < width; ++c)
        a[k] += g[c] * read.values[k][c];
      mean += read.weights[k] * a[k];
    }
    for (size_t k = 0; k < sources.size(); ++k) {
      double dz = read.weights[k] * (a[k] - mean), rho = read.rho[k];
      const RefSource &source = sources.all[k];
      double scale = source.getScale(token);
      for (int64_t c = 0; c < width; ++c) {
        double v = read.values[k][c];
        double dv =
            read.weights[k] * g[c] +
            dz * rho * (sources.query[c] - rho * read.keys[k] / width * v);
        rowGrads[k]->row(token)[c] += scale * dv;
        scaleGrads[k]->values[token] += dv * source.row->row(token)[c];
        queryGrad.values[c] += dz * rho * v;
      }
      if (biasGrad && source.getBias() >= 0)
        biasGrad->values[source.getBias()] += dz;
    }
  }

  RefBank bankGrad;
  for (size_t k = 0; k < bankSize; ++k)
    bankGrad.push_back(
        {rowGrads[k], gradType.getScaled() ? scaleGrads[k] : nullptr, nullptr});
  frame.set(getBankGrad(), std::move(bankGrad));
  for (auto [k, result] : llvm::enumerate(getOpenGrads()))
    frame.set(result, rowGrads[bankSize + k]);
  for (auto [k, result] : llvm::enumerate(getOpenScaleGrads()))
    frame.set(result, scaleGrads[bankSize + k]);
  return success();
}
