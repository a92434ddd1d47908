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

using namespace mlir;
using namespace mlir::wav;

namespace {

/// All sources of a read, the bank's rows first.
struct Sources {
  /// `Op` is ReadOp or ReadGradOp, which name these operands alike.
  template <typename Op> Sources(Op op, ReferenceFrame &frame) {
    const RefTensor &bankKinds = frame.get(op.getKinds());
    rows = frame.getBank(op.getBank());
    scales = frame.getBank(op.getScales());
    kinds.assign(bankKinds.indices.begin(), bankKinds.indices.end());
    for (auto [row, scale, kind] :
         llvm::zip(op.getOpen(), op.getOpenScales(), op.getOpenKinds())) {
      rows.push_back(frame.share(row));
      scales.push_back(frame.share(scale));
      kinds.push_back(kind);
    }
    query = frame.get(op.getQuery()).values;
    if (op.getBias())
      bias = frame.get(op.getBias()).values;
    epsilon = op.getEpsilon().convertToDouble();
  }

  size_t size() const { return rows.size(); }

  /// Fails if a kind of `op` has no bias.
  LogicalResult check(Operation *op) const {
    for (int64_t kind : kinds)
      if (kind < -1 || kind >= static_cast<int64_t>(bias.size()))
        return op->emitOpError("has a source of kind ")
               << kind << " but " << bias.size()
               << " biases; -1 stands for no bias";
    return success();
  }

  RefBank rows, scales;
  SmallVector<int64_t> kinds;
  ArrayRef<double> query, bias;
  double epsilon;
};

/// What a read computes for one token, for each source.
struct TokenRead {
  TokenRead(const Sources &sources, int64_t token)
      : values(sources.size()), rho(sources.size()), keys(sources.size()),
        weights(sources.size()) {
    int64_t width = sources.query.size();
    for (size_t k = 0; k < sources.size(); ++k) {
      ArrayRef<double> row = sources.rows[k]->row(token);
      double scale = sources.scales[k]->values[token];
      double square = 0, dot = 0;
      values[k].resize(width);
      for (int64_t c = 0; c < width; ++c) {
        values[k][c] = scale * row[c];
        square += values[k][c] * values[k][c];
        dot += sources.query[c] * values[k][c];
      }
      rho[k] = 1 / std::sqrt(square / width + sources.epsilon);
      keys[k] = rho[k] * dot;
      int64_t kind = sources.kinds[k];
      weights[k] = keys[k] + (kind < 0 ? 0 : sources.bias[kind]);
    }
    softmax();
  }

  std::vector<std::vector<double>> values; ///< v_k
  std::vector<double> rho;                 ///< (mean(v_k^2) + epsilon)^(-1/2)
  std::vector<double> keys;                ///< zk_k = rho_k <query, v_k>
  std::vector<double> weights;             ///< p_k

private:
  /// Turns logits into weights.
  void softmax() {
    double maximum = *llvm::max_element(weights), sum = 0;
    for (double &weight : weights)
      sum += weight = std::exp(weight - maximum);
    for (double &weight : weights)
      weight /= sum;
  }
};

} // namespace

LogicalResult ReadOp::evaluate(ReferenceFrame &frame) {
  Sources sources(*this, frame);
  if (failed(sources.check(*this)))
    return failure();
  RefTensor &result = getBase() ? frame.createCopy(getResult(), getBase())
                                : frame.create(getResult());
  for (int64_t token = 0; token < result.getNumRows(); ++token) {
    TokenRead read(sources, token);
    for (size_t k = 0; k < sources.size(); ++k)
      for (int64_t c = 0; c < result.getWidth(); ++c)
        result.row(token)[c] += read.weights[k] * read.values[k][c];
  }
  return success();
}

/// Copies of the tensors of `accumulator`, or zeros of the bank's type.
static SmallVector<std::shared_ptr<RefTensor>>
startGradients(BankType type, Value accumulator, size_t size,
               ReferenceFrame &frame) {
  SmallVector<std::shared_ptr<RefTensor>> grads;
  for (size_t k = 0; k < size; ++k)
    grads.push_back(
        accumulator
            ? std::make_shared<RefTensor>(*frame.getBank(accumulator)[k])
            : std::make_shared<RefTensor>(type.getRowType()));
  return grads;
}

LogicalResult ReadGradOp::evaluate(ReferenceFrame &frame) {
  Sources sources(*this, frame);
  if (failed(sources.check(*this)))
    return failure();
  const RefTensor &grad = frame.get(getGrad());
  int64_t width = grad.getWidth();
  size_t bankSize = frame.getBank(getBank()).size();

  RefTensor &queryGrad = frame.create(getQueryGrad());
  RefTensor *biasGrad = getBiasGrad() ? &frame.create(getBiasGrad()) : nullptr;
  auto rowGrads =
      startGradients(getBank().getType(), getAccumulator(), bankSize, frame);
  auto scaleGrads = startGradients(getScales().getType(),
                                   getScalesAccumulator(), bankSize, frame);
  for (Value open : getOpen())
    rowGrads.push_back(
        std::make_shared<RefTensor>(cast<RankedTensorType>(open.getType())));
  for (Value scale : getOpenScales())
    scaleGrads.push_back(
        std::make_shared<RefTensor>(cast<RankedTensorType>(scale.getType())));

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
      double scale = sources.scales[k]->values[token];
      for (int64_t c = 0; c < width; ++c) {
        double v = read.values[k][c];
        double dv =
            read.weights[k] * g[c] +
            dz * rho * (sources.query[c] - rho * read.keys[k] / width * v);
        rowGrads[k]->row(token)[c] += scale * dv;
        scaleGrads[k]->values[token] += dv * sources.rows[k]->row(token)[c];
        queryGrad.values[c] += dz * rho * v;
      }
      if (sources.kinds[k] >= 0)
        biasGrad->values[sources.kinds[k]] += dz;
    }
  }

  auto firsts = [&](ArrayRef<std::shared_ptr<RefTensor>> grads) {
    return RefBank(grads.take_front(bankSize));
  };
  frame.set(getBankGrad(), firsts(rowGrads));
  if (getScalesGrad())
    frame.set(getScalesGrad(), firsts(scaleGrads));
  for (auto [k, result] : llvm::enumerate(getOpenGrads()))
    frame.set(result, rowGrads[bankSize + k]);
  for (auto [k, result] : llvm::enumerate(getOpenScalesGrads()))
    frame.set(result, scaleGrads[bankSize + k]);
  return success();
}
