//===- ReadGrad.cpp - Row program of the read's gradient ----------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of the routing read (method.md 6.1). The rows are visited twice:
// the softmax and the mean alignment must be known before any gradient. With
// lists the second visit finds what the first one computed of each source; in
// one-pass form it computes it again.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "wav/IR/WavResidualOps.h"

#include <limits>

using namespace mlir;
using namespace mlir::wav;

static constexpr double kMinusInfinity =
    -std::numeric_limits<double>::infinity();

int64_t ReadGradOp::getNumRows() { return getGrad().getType().getDimSize(0); }

RowOperand ReadGradOp::getRowOperand(unsigned index) {
  if (isOneOf(index, {getOpenMutable(), getGradMutable()}))
    return RowOperand::ByRow;
  return isOneOf(index, {getQueryMutable(), getBiasMutable()})
             ? RowOperand::Whole
             : RowOperand::Gathered;
}

RowResult ReadGradOp::getRowResult(unsigned index) {
  Value result = getResult(index);
  if (result == getQueryGrad() || result == getBiasGrad())
    return RowResult::Sum;
  return isa<BankType>(result.getType()) ? RowResult::Scattered
                                         : RowResult::ByRow;
}

namespace {
using Values = Sources::Values;

/// The softmax of a row: of all sources, the largest logit, 1 / sum exp(z_k -
/// max), and the mean of the alignments a_k = <grad, v_k> by probability.
struct Softmax {
  RowValue max, inverseSum, meanAlignment;
};

/// What the gradients of a source are made of; numbers, or chunks of lists.
///   d row_k = gradPart grad + queryPart query + rowPart row_k.
struct Parts {
  RowValue probability, logitGrad, gradPart, queryPart, rowPart;
};

class GradEmitter {
public:
  GradEmitter(RowEmitter &emit, ReadGradOp op)
      : emit(emit), op(op),
        sources(emit, op.getBank(), op.getOpen(), op.getBias(),
                op.getEpsilon().convertToDouble()),
        query(emit.whole(op.getQuery())), grad(emit.row(op.getGrad())),
        zero(emit.constant(0)),
        hasScaleGrads(op.getBankGrad().getType().getScaled() ||
                      !op.getOpenScaleGrads().empty()) {}

  void emitWithLists();
  void emitOnePass();

private:
  Softmax getSoftmax(RowValue max, RowValue sum, RowValue alignmentSum);
  Parts getParts(const Softmax &softmax, RowValue exp, RowValue alignment,
                 RowValue scale, RowValue keyScale, RowValue key);
  /// What the gradient of a source's row is added to; none if nothing.
  RowValue getRowGradSoFar(const Source &source);
  /// Stores the gradient of a source's row.
  void setRowGrad(const Source &source, RowValue soFar, RowValue gradPart,
                  RowValue queryPart, RowValue rowPart);
  /// d scale_k = p_k <grad, row_k> + dz_k keySlope_k.
  RowValue getKeySlope(const Logit &logit);
  void setScaleGrad(const Source &source, RowValue probability,
                    RowValue rowAlignment, RowValue logitGrad,
                    RowValue keySlope);

  RowEmitter &emit;
  ReadGradOp op;
  Sources sources;
  RowValue query, grad, zero;
  bool hasScaleGrads;
};
} // namespace

//===----------------------------------------------------------------------===//
// The pieces
//===----------------------------------------------------------------------===//

Softmax GradEmitter::getSoftmax(RowValue max, RowValue sum,
                                RowValue alignmentSum) {
  RowValue inverseSum = 1.0 / sum;
  return {max, inverseSum, alignmentSum * inverseSum};
}

Parts GradEmitter::getParts(const Softmax &softmax, RowValue exp,
                            RowValue alignment, RowValue scale,
                            RowValue keyScale, RowValue key) {
  Parts parts;
  parts.probability = exp * softmax.inverseSum;
  parts.logitGrad = (alignment - softmax.meanAlignment) * parts.probability;
  parts.gradPart = scale * parts.probability;
  parts.queryPart = parts.logitGrad * keyScale;
  parts.rowPart =
      parts.queryPart * keyScale * key * (-1 / double(query.getWidth()));
  return parts;
}

RowValue GradEmitter::getRowGradSoFar(const Source &source) {
  if (source.open || !op.getAccumulator())
    return {};
  return emit.bankRow(op.getAccumulator(), source.index);
}

void GradEmitter::setRowGrad(const Source &source, RowValue soFar,
                             RowValue gradPart, RowValue queryPart,
                             RowValue rowPart) {
  RowValue result = grad * gradPart;
  if (soFar.get())
    result = soFar + result;
  result = result + query * queryPart;
  result = result + source.row * rowPart;
  if (source.open)
    emit.define(op.getOpenGrads()[*source.open], result);
  else
    emit.setBankRow(op.getBankGrad(), source.index, result);
}

RowValue GradEmitter::getKeySlope(const Logit &logit) {
  RowValue shrink = logit.keyScale * logit.key * logit.meanSquare;
  RowValue slope = logit.product - shrink;
  return slope * logit.rho;
}

void GradEmitter::setScaleGrad(const Source &source, RowValue probability,
                               RowValue rowAlignment, RowValue logitGrad,
                               RowValue keySlope) {
  RowValue result = rowAlignment * probability;
  result = result + keySlope * logitGrad;
  if (source.open) {
    if (!op.getOpenScaleGrads().empty())
      emit.define(op.getOpenScaleGrads()[*source.open], result);
  } else if (op.getBankGrad().getType().getScaled()) {
    if (op.getAccumulator())
      result =
          emit.bankRow(op.getAccumulator(), source.index, BankPart::Scale) +
          result;
    emit.setBankRow(op.getBankGrad(), source.index, result, BankPart::Scale);
  }
}

//===----------------------------------------------------------------------===//
// The forms
//===----------------------------------------------------------------------===//

void GradEmitter::emitWithLists() {
  // First visit: everything that needs a row as a whole.
  Value logits = sources.list(kMinusInfinity); // z_k
  Value keys = sources.list();
  Value scales = sources.list();
  Value keyScales = sources.list();
  Value alignments = sources.list(); // a_k
  Value rowAlignments, keySlopes;
  if (hasScaleGrads) {
    rowAlignments = sources.list();
    keySlopes = sources.list();
  }
  RowValue minusInfinity = emit.constant(kMinusInfinity);
  Values max = sources.forEach(
      minusInfinity,
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        Logit logit = sources.getLogit(source, query);
        RowValue alignment = emit.dot(grad, source.row);
        emit.set(logits, source.index, logit.value);
        emit.set(keys, source.index, logit.key);
        emit.set(scales, source.index, source.scale);
        emit.set(keyScales, source.index, logit.keyScale);
        emit.set(alignments, source.index, alignment * source.scale);
        if (hasScaleGrads) {
          emit.set(rowAlignments, source.index, alignment);
          emit.set(keySlopes, source.index, getKeySlope(logit));
        }
        return {emit.larger(logit.value, carried[0])};
      });

  // Softmax, and what it makes of the lists.
  Value exps = sources.list();
  Values sums = sources.forEachChunk(
      {zero, zero}, [&](Value index, ArrayRef<RowValue> carried) -> Values {
        RowValue exp = emit.exp(emit.getChunk(logits, index) - max[0]);
        emit.setChunk(exps, index, exp);
        RowValue alignment = emit.getChunk(alignments, index);
        RowValue sum = carried[0] + emit.sum(exp);
        RowValue alignmentSum = carried[1] + emit.sum(exp * alignment);
        return {sum, alignmentSum};
      });
  Softmax softmax = getSoftmax(max[0], sums[0], sums[1]);
  Value probabilities = sources.list();
  Value logitGrads = sources.list();
  Value gradParts = sources.list();
  Value queryParts = sources.list();
  Value rowParts = sources.list();
  sources.forEachChunk({}, [&](Value index, ArrayRef<RowValue>) -> Values {
    RowValue exp = emit.getChunk(exps, index);
    RowValue alignment = emit.getChunk(alignments, index);
    RowValue scale = emit.getChunk(scales, index);
    RowValue keyScale = emit.getChunk(keyScales, index);
    RowValue key = emit.getChunk(keys, index);
    Parts parts = getParts(softmax, exp, alignment, scale, keyScale, key);
    emit.setChunk(probabilities, index, parts.probability);
    emit.setChunk(logitGrads, index, parts.logitGrad);
    emit.setChunk(gradParts, index, parts.gradPart);
    emit.setChunk(queryParts, index, parts.queryPart);
    emit.setChunk(rowParts, index, parts.rowPart);
    return {};
  });

  // Second visit.
  RowValue zeros = emit.broadcast(zero, query.getWidth());
  Values queryGrad = sources.forEach(
      zeros, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue gradPart = emit.get(gradParts, source.index);
        RowValue queryPart = emit.get(queryParts, source.index);
        RowValue rowPart = emit.get(rowParts, source.index);
        setRowGrad(source, getRowGradSoFar(source), gradPart, queryPart,
                   rowPart);
        return {carried[0] + source.row * queryPart};
      });
  emit.accumulate(op.getQueryGrad(), queryGrad[0]);

  // Numbers of each source.
  if (!op.getBiasGrad() && !hasScaleGrads)
    return;
  sources.forEachIndex([&](const Source &source) {
    RowValue logitGrad = emit.get(logitGrads, source.index);
    if (op.getBiasGrad())
      sources.accumulateBias(op.getBiasGrad(), source, logitGrad);
    if (!hasScaleGrads)
      return;
    RowValue probability = emit.get(probabilities, source.index);
    RowValue rowAlignment = emit.get(rowAlignments, source.index);
    RowValue keySlope = emit.get(keySlopes, source.index);
    setScaleGrad(source, probability, rowAlignment, logitGrad, keySlope);
  });
}

void GradEmitter::emitOnePass() {
  RowValue minusInfinity = emit.constant(kMinusInfinity);
  Values sums = sources.forEach(
      {minusInfinity, zero, zero},
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        Logit logit = sources.getLogit(source, query);
        RowValue alignment = emit.dot(grad, source.row) * source.scale;
        SoftmaxStep step(emit, logit.value, carried[0]);
        RowValue sum = carried[1] * step.rescale + step.exp;
        RowValue alignmentSum = carried[2] * step.rescale;
        return {step.max, sum, alignmentSum + step.exp * alignment};
      });
  Softmax softmax = getSoftmax(sums[0], sums[1], sums[2]);

  // The sums over the rows are carried through the second visit.
  Value queryGrad = op.getQueryGrad(), biasGrad = op.getBiasGrad();
  Values carriedSums = {emit.getSum(queryGrad)};
  if (biasGrad)
    carriedSums.push_back(emit.getSum(biasGrad));
  carriedSums = sources.forEach(
      carriedSums,
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        // Before the reductions: no compiler moves a load that is not of
        // read-only memory over the barriers that they may need.
        RowValue soFar = getRowGradSoFar(source);
        Logit logit = sources.getLogit(source, query);
        RowValue rowAlignment = emit.dot(grad, source.row);
        RowValue alignment = rowAlignment * source.scale;
        RowValue exp = emit.exp(logit.value - softmax.max);
        Parts parts = getParts(softmax, exp, alignment, source.scale,
                               logit.keyScale, logit.key);
        setRowGrad(source, soFar, parts.gradPart, parts.queryPart,
                   parts.rowPart);
        if (hasScaleGrads)
          setScaleGrad(source, parts.probability, rowAlignment, parts.logitGrad,
                       getKeySlope(logit));
        Values next = {carried[0] + source.row * parts.queryPart};
        if (biasGrad) {
          RowValue share = sources.getBiasShare(source, parts.logitGrad);
          next.push_back(carried[1] + share);
        }
        return next;
      });
  emit.setSum(queryGrad, carriedSums[0]);
  if (biasGrad)
    emit.setSum(biasGrad, carriedSums[1]);
}

LogicalResult ReadGradOp::emitRow(RowEmitter &emit) {
  GradEmitter gradient(emit, *this);
  if (emit.getForm() == RowForm::OnePass)
    gradient.emitOnePass();
  else
    gradient.emitWithLists();
  return success();
}
