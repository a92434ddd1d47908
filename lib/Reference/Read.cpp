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

#include "mlir/IR/TypeUtilities.h"

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
      : query(frame.get(roleQuery).values),
        epsilon(op.getEpsilon().convertToDouble()) {
    if (op.getBank())
      all = frame.getBank(op.getBank());
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
      for (int64_t index : source.getBiases())
        if (!biases.empty() &&
            (index < -1 || index >= static_cast<int64_t>(biases.size())))
          return op->emitOpError("has a source with bias ")
                 << index << " of " << biases.size()
                 << "; -1 stands for no bias";
    return success();
  }

  double getBias(int64_t index) const {
    return biases.empty() || index < 0 ? 0 : biases[index];
  }

  double getBias(const RefSource &source) const {
    SmallVector<int64_t> indices = source.getBiases();
    if (indices.size() == 1)
      return getBias(indices.front());
    double sum = 0;
    for (int64_t index : indices)
      sum += std::exp(getBias(index));
    return std::log(sum);
  }

  RefBank all;
  ArrayRef<double> query, biases;
  double epsilon;
};

/// The logits of one token.
struct TokenLogits {
  TokenLogits(const Sources &sources, int64_t token)
      : values(sources.size()), rho(sources.size()), keys(sources.size()),
        logits(sources.size()) {
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
      logits[k] = keys[k] + sources.getBias(source);
    }
  }

  std::vector<std::vector<double>> values; ///< v_k
  std::vector<double> rho;                 ///< (mean(v_k^2) + epsilon)^(-1/2)
  std::vector<double> keys;                ///< zk_k = rho_k <query, v_k>
  std::vector<double> logits;              ///< z_k
};

} // namespace

namespace {
/// The softmax of one token over all sources and, as one more source, the part
/// that a read continues.
struct Softmax {
  /// `Op` is ReadOp or ReadGradOp.
  template <typename Op>
  Softmax(Op op, unsigned role, int64_t token, const TokenLogits &logits,
          ReferenceFrame &frame) {
    if (!op.getPart().empty()) {
      max = frame.get(op.getPartMax()[role]).values[token];
      part = 1 / frame.get(op.getPartInverseSum()[role]).values[token];
    }
    double partMax = max;
    for (double logit : logits.logits)
      max = std::max(max, logit);
    if (!op.getPart().empty())
      sum = part *= std::exp(partMax - max);
    for (double logit : logits.logits)
      sum += weights.emplace_back(std::exp(logit - max));
    for (double &weight : weights)
      weight /= sum;
    part /= sum;
  }

  std::vector<double> weights; ///< p_k
  double part = 0;             ///< That of the part.
  /// The largest logit and the sum of exp(z_k - max).
  double max = -std::numeric_limits<double>::infinity(), sum = 0;
};
} // namespace

LogicalResult ReadOp::evaluate(ReferenceFrame &frame) {
  for (auto [role, query] : llvm::enumerate(getQueries())) {
    Sources sources(*this, query, getBias(role), frame);
    if (failed(sources.check(*this)))
      return failure();
    RefTensor &output = frame.create(getOutputs()[role]);
    RefTensor &maxima = frame.create(getMaxima()[role]);
    RefTensor &inverseSums = frame.create(getInverseSums()[role]);
    for (int64_t token = 0; token < output.getNumRows(); ++token) {
      TokenLogits read(sources, token);
      Softmax softmax(*this, role, token, read, frame);
      for (int64_t c = 0; c < output.getWidth(); ++c) {
        for (size_t k = 0; k < sources.size(); ++k)
          output.row(token)[c] += softmax.weights[k] * read.values[k][c];
        if (!getPart().empty())
          output.row(token)[c] +=
              softmax.part * frame.get(getPart()[role]).row(token)[c];
      }
      maxima.values[token] = softmax.max;
      inverseSums.values[token] = 1 / softmax.sum;
    }
  }
  return success();
}

static double dot(ArrayRef<double> a, ArrayRef<double> b) {
  double sum = 0;
  for (auto [x, y] : llvm::zip_equal(a, b))
    sum += x * y;
  return sum;
}

LogicalResult ReadGradOp::evaluate(ReferenceFrame &frame) {
  RefBank bank = getBank() ? frame.getBank(getBank()) : RefBank();
  RefBank before =
      getAccumulator() ? frame.getBank(getAccumulator()) : RefBank();
  const RefTensor &first = frame.get(getGrads().front());
  int64_t tokens = first.getNumRows(), width = first.getWidth();

  // Of the bank's sources on top of the accumulator, then of the open ones.
  SmallVector<std::shared_ptr<RefTensor>> rowGrads, scaleGrads;
  auto begin = [](RefTensorPtr from, ArrayRef<int64_t> shape, Type element) {
    return from ? std::make_shared<RefTensor>(*from)
                : std::make_shared<RefTensor>(
                      RankedTensorType::get(shape, element));
  };
  Type f32 = Float32Type::get(getContext());
  for (size_t k = 0; k < bank.size() + getOpen().size(); ++k) {
    const RefSource *start = k < before.size() ? &before[k] : nullptr;
    Type element = k < bank.size()
                       ? f32
                       : getElementTypeOrSelf(getOpenGrads()[k - bank.size()]);
    rowGrads.push_back(
        begin(start ? start->row : nullptr, {tokens, width}, element));
    scaleGrads.push_back(begin(start ? start->scale : nullptr, tokens, f32));
  }

  for (auto [role, query] : llvm::enumerate(getQueries())) {
    Sources sources(*this, query, getBias(role), frame);
    if (failed(sources.check(*this)))
      return failure();
    RefTensor &queryGrad = frame.create(getQueryGrads()[role]);
    RefTensor *biasGrad =
        getBias(role) ? &frame.create(getBiasGrads()[role]) : nullptr;
    RefTensor *partWeight = nullptr, *partLseGrad = nullptr;
    if (!getPart().empty()) {
      partWeight = &frame.create(getPartWeights()[role]);
      partLseGrad = &frame.create(getPartLseGrads()[role]);
    }
    for (int64_t token = 0; token < tokens; ++token) {
      TokenLogits read(sources, token);
      Softmax softmax(*this, role, token, read, frame);
      ArrayRef<double> g = frame.get(getGrads()[role]).row(token);
      double weight = 1, lseGrad = 0;
      if (!getWeights().empty()) {
        weight = frame.get(getWeights()[role]).values[token];
        lseGrad = frame.get(getLseGrads()[role]).values[token];
      }

      std::vector<double> a(sources.size()); // <g, v_k>
      double mean = 0;                       // sum_k p_k a_k
      for (size_t k = 0; k < sources.size(); ++k)
        mean += softmax.weights[k] * (a[k] = dot(g, read.values[k]));
      if (!getPart().empty()) {
        double alignment = dot(g, frame.get(getPart()[role]).row(token));
        mean += softmax.part * alignment;
        partWeight->values[token] = weight * softmax.part;
        partLseGrad->values[token] =
            softmax.part * (weight * (alignment - mean) + lseGrad);
      }

      for (size_t k = 0; k < sources.size(); ++k) {
        double p = softmax.weights[k];
        double dz = p * (weight * (a[k] - mean) + lseGrad), rho = read.rho[k];
        const RefSource &source = sources.all[k];
        double scale = source.getScale(token);
        for (int64_t c = 0; c < width; ++c) {
          double v = read.values[k][c];
          double dv =
              weight * p * g[c] +
              dz * rho * (sources.query[c] - rho * read.keys[k] / width * v);
          rowGrads[k]->row(token)[c] += scale * dv;
          scaleGrads[k]->values[token] += dv * source.row->row(token)[c];
          queryGrad.values[c] += dz * rho * v;
        }
        for (int64_t index : source.getBiases())
          if (biasGrad && index >= 0)
            biasGrad->values[index] +=
                dz * std::exp(sources.getBias(index) - sources.getBias(source));
      }
    }
  }

  if (getBankGrad()) {
    RefBank bankGrad;
    bool isScaled = getBankGrad().getType().getScaled();
    for (size_t k = 0; k < bank.size(); ++k)
      bankGrad.push_back(
          {rowGrads[k], isScaled ? scaleGrads[k] : nullptr, nullptr});
    frame.set(getBankGrad(), std::move(bankGrad));
  }
  for (auto [k, result] : llvm::enumerate(getOpenGrads()))
    frame.set(result, rowGrads[bank.size() + k]);
  for (auto [k, result] : llvm::enumerate(getOpenScaleGrads()))
    frame.set(result, scaleGrads[bank.size() + k]);
  return success();
}
