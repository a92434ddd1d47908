//===- ReadGrad.cpp - Row program of the read's gradient ----------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of the routing read (method.md 6.1, 6.3), of all roles together:
// a row's gradient is written once. The rows are visited twice: the softmax and
// the mean alignment must be known before any gradient. With lists the second
// visit finds what the first one computed of each source; in one-pass form it
// computes it again.
//
// The mean alignment is the sum of the same alignments that it is subtracted
// from. It is also <grad, output>, which would spare the first visit; but that
// is rounded in another way, and grad is nearly orthogonal to the output where
// a norm reads it, so that of a source with nearly all the weight nothing but
// the rounding would be left, times the query.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "wav/IR/WavResidualOps.h"

#include <limits>

using namespace mlir;
using namespace mlir::wav;

static constexpr double kMinusInfinity =
    -std::numeric_limits<double>::infinity();

int64_t ReadGradOp::getNumRows() {
  return cast<RankedTensorType>(getGrads().front().getType()).getDimSize(0);
}

RowOperand ReadGradOp::getRowOperand(unsigned index) {
  if (isOneOf(index, {getOpenMutable(), getPartMutable(), getPartMaxMutable(),
                      getPartInverseSumMutable(), getGradsMutable(),
                      getWeightsMutable(), getLseGradsMutable()}))
    return RowOperand::ByRow;
  return isOneOf(index, {getQueriesMutable(), getBiasesMutable()})
             ? RowOperand::Whole
             : RowOperand::Gathered;
}

RowResult ReadGradOp::getRowResult(unsigned index) {
  Value result = getResult(index);
  if (llvm::is_contained(getQueryGrads(), result) ||
      llvm::is_contained(getBiasGrads(), result))
    return RowResult::Sum;
  return isa<BankType>(result.getType()) ? RowResult::Scattered
                                         : RowResult::ByRow;
}

namespace {
using Values = Sources::Values;

/// A role: what it reads with, and the gradient of what it read.
struct GradRole : Role {
  RowValue grad;
  /// Of the output's gradient: `weight grad`; null for one. And the gradient of
  /// the logarithm of the sum of exponentials; null for zero.
  RowValue weight, lseGrad;
  /// What the read continues, null if nothing: its largest logit, sum of
  /// exponentials, and alignment with `grad`.
  RowValue partMax, partSum, partAlignment;
};

/// The softmax of a role: of all sources, the largest logit, 1 / sum exp(z_k -
/// max), and the mean of the alignments a_k = <grad, v_k> by probability.
struct Softmax {
  RowValue max, inverseSum, meanAlignment;
};

/// A role's share in the gradient of a source; numbers, or chunks of lists.
///   d row_k = gradPart grad + queryPart query + rowPart row_k.
struct Share {
  RowValue probability; ///< Times the weight of the output's gradient.
  RowValue logitGrad, gradPart, queryPart, rowPart;
};

class GradEmitter {
public:
  GradEmitter(RowEmitter &emit, ReadGradOp op);

  void emitWithLists();
  void emitOnePass();

private:
  /// The largest logit of each role before the first source.
  Values getStartOfMax();
  /// Completes the softmax of the sources by the part's share, and defines what
  /// the part's gradient needs.
  Softmax getSoftmax(unsigned role, RowValue max, RowValue sum,
                     RowValue alignmentSum);
  /// The gradient of a logit by its probability and alignment.
  RowValue getLogitGrad(const GradRole &role, const Softmax &softmax,
                        RowValue probability, RowValue alignment);
  Share getShare(const GradRole &role, const Softmax &softmax, RowValue exp,
                 RowValue alignment, RowValue scale, RowValue keyScale,
                 RowValue key);
  /// What the gradient of a source's row is added to; none if nothing.
  RowValue getRowGradSoFar(const Source &source);
  /// `soFar + rowPart row + sum over roles of gradPart grad + queryPart query`.
  RowValue getRowGrad(const Source &source, RowValue soFar, RowValue rowPart,
                      ArrayRef<std::pair<RowValue, RowValue>> parts);
  void setRowGrad(const Source &source, RowValue value);
  /// d scale_k = sum over roles of p_k <grad, row_k> + dz_k keySlope_k.
  RowValue getKeySlope(const KeyScale &scale, const Logit &logit);
  void setScaleGrad(const Source &source, RowValue value);

  RowEmitter &emit;
  ReadGradOp op;
  Sources sources;
  SmallVector<GradRole> roles;
  bool hasScaleGrads;
};
} // namespace

GradEmitter::GradEmitter(RowEmitter &emit, ReadGradOp op)
    : emit(emit), op(op), sources(emit, op.getBank(), op.getOpen(),
                                  op.getEpsilon().convertToDouble()),
      hasScaleGrads(
          !op.getOpenScaleGrads().empty() ||
          (op.getBankGrad() && op.getBankGrad().getType().getScaled())) {
  for (unsigned i : llvm::seq(op.getNumRoles())) {
    GradRole role;
    role.query = emit.whole(op.getQueries()[i]);
    role.biases = op.getBias(i);
    role.grad = emit.row(op.getGrads()[i]);
    if (!op.getWeights().empty()) {
      role.weight = emit.scalar(op.getWeights()[i]);
      role.lseGrad = emit.scalar(op.getLseGrads()[i]);
    }
    if (!op.getPart().empty()) {
      role.partMax = emit.scalar(op.getPartMax()[i]);
      role.partSum = 1.0 / emit.scalar(op.getPartInverseSum()[i]);
      role.partAlignment = emit.dot(role.grad, emit.row(op.getPart()[i]));
    }
    roles.push_back(role);
  }
}

//===----------------------------------------------------------------------===//
// The pieces
//===----------------------------------------------------------------------===//

Values GradEmitter::getStartOfMax() {
  return llvm::map_to_vector(roles, [&](const GradRole &role) {
    return role.partMax.get() ? role.partMax : emit.constant(kMinusInfinity);
  });
}

Softmax GradEmitter::getSoftmax(unsigned index, RowValue max, RowValue sum,
                                RowValue alignmentSum) {
  const GradRole &role = roles[index];
  RowValue part;
  if (role.partSum.get()) {
    // `max` is at least the part's.
    part = emit.exp(role.partMax - max) * role.partSum;
    sum = sum + part;
    alignmentSum = alignmentSum + part * role.partAlignment;
  }
  RowValue inverseSum = 1.0 / sum;
  Softmax softmax = {max, inverseSum, alignmentSum * inverseSum};
  if (part.get()) {
    RowValue probability = part * inverseSum;
    emit.define(op.getPartLseGrads()[index],
                getLogitGrad(role, softmax, probability, role.partAlignment));
    if (role.weight.get())
      probability = probability * role.weight;
    emit.define(op.getPartWeights()[index], probability);
  }
  return softmax;
}

RowValue GradEmitter::getLogitGrad(const GradRole &role, const Softmax &softmax,
                                   RowValue probability, RowValue alignment) {
  RowValue slope = alignment - softmax.meanAlignment;
  if (role.weight.get()) {
    slope = slope * role.weight;
    slope = slope + role.lseGrad;
  }
  return slope * probability;
}

Share GradEmitter::getShare(const GradRole &role, const Softmax &softmax,
                            RowValue exp, RowValue alignment, RowValue scale,
                            RowValue keyScale, RowValue key) {
  Share share;
  share.probability = exp * softmax.inverseSum;
  share.logitGrad = getLogitGrad(role, softmax, share.probability, alignment);
  if (role.weight.get())
    share.probability = share.probability * role.weight;
  share.gradPart = scale * share.probability;
  share.queryPart = share.logitGrad * keyScale;
  share.rowPart =
      share.queryPart * keyScale * key * (-1 / double(role.query.getWidth()));
  return share;
}

RowValue GradEmitter::getRowGradSoFar(const Source &source) {
  if (source.open || !op.getAccumulator())
    return {};
  return emit.bankRow(op.getAccumulator(), source.index);
}

RowValue
GradEmitter::getRowGrad(const Source &source, RowValue soFar, RowValue rowPart,
                        ArrayRef<std::pair<RowValue, RowValue>> parts) {
  RowValue result = source.row * rowPart;
  if (soFar.get())
    result = soFar + result;
  for (auto [role, part] : llvm::zip_equal(roles, parts)) {
    result = result + role.grad * part.first;
    result = result + role.query * part.second;
  }
  return result;
}

void GradEmitter::setRowGrad(const Source &source, RowValue value) {
  if (source.open)
    emit.define(op.getOpenGrads()[*source.open], value);
  else
    emit.setBankRow(op.getBankGrad(), source.index, value);
}

RowValue GradEmitter::getKeySlope(const KeyScale &scale, const Logit &logit) {
  RowValue shrink = scale.value * logit.key * scale.meanSquare;
  RowValue slope = logit.product - shrink;
  return slope * scale.rho;
}

void GradEmitter::setScaleGrad(const Source &source, RowValue value) {
  if (source.open) {
    if (!op.getOpenScaleGrads().empty())
      emit.define(op.getOpenScaleGrads()[*source.open], value);
  } else if (op.getBankGrad().getType().getScaled()) {
    if (op.getAccumulator())
      value = emit.bankRow(op.getAccumulator(), source.index, BankPart::Scale) +
              value;
    emit.setBankRow(op.getBankGrad(), source.index, value, BankPart::Scale);
  }
}

//===----------------------------------------------------------------------===//
// The forms
//===----------------------------------------------------------------------===//

/// Adds to a sum that may be empty.
static void addTo(RowValue &sum, RowValue value) {
  sum = sum.get() ? sum + value : value;
}

void GradEmitter::emitWithLists() {
  // First visit: everything that needs a row as a whole.
  struct Lists {
    Value logits, keys, alignments, exps; // z_k, zk_k, a_k, exp(z_k - max)
    Value gradParts, queryParts, logitGrads;
  };
  Value scales = sources.list(), keyScales = sources.list();
  Value rowParts = sources.list(), scaleGrads;
  SmallVector<Lists> lists;
  for (unsigned i = 0; i < roles.size(); ++i)
    lists.push_back({sources.list(kMinusInfinity), sources.list(),
                     sources.list(), sources.list(), sources.list(),
                     sources.list(), sources.list()});
  SmallVector<Value> rowAlignments, slopes;
  if (hasScaleGrads) {
    scaleGrads = sources.list();
    for (unsigned i = 0; i < roles.size(); ++i) {
      rowAlignments.push_back(sources.list());
      slopes.push_back(sources.list());
    }
  }
  Values max = sources.forEach(
      getStartOfMax(),
      [&](const Source &source, ArrayRef<RowValue> before) -> Values {
        KeyScale keyScale = sources.getKeyScale(source);
        emit.set(scales, source.index, source.scale);
        emit.set(keyScales, source.index, keyScale.value);
        Values next;
        for (auto [i, role] : llvm::enumerate(roles)) {
          Logit logit = sources.getLogit(source, keyScale, role);
          RowValue alignment = emit.dot(role.grad, source.row);
          emit.set(lists[i].logits, source.index, logit.value);
          emit.set(lists[i].keys, source.index, logit.key);
          emit.set(lists[i].alignments, source.index, alignment * source.scale);
          if (hasScaleGrads) {
            emit.set(rowAlignments[i], source.index, alignment);
            emit.set(slopes[i], source.index, getKeySlope(keyScale, logit));
          }
          next.push_back(emit.larger(logit.value, before[i]));
        }
        return next;
      });

  // Softmax, and what it makes of the lists.
  RowValue zero = emit.constant(0);
  Values sums = sources.forEachChunk(
      Values(2 * roles.size(), zero),
      [&](Value index, ArrayRef<RowValue> before) -> Values {
        Values next;
        for (unsigned i : llvm::seq<unsigned>(roles.size())) {
          RowValue exp =
              emit.exp(emit.getChunk(lists[i].logits, index) - max[i]);
          emit.setChunk(lists[i].exps, index, exp);
          RowValue alignment = emit.getChunk(lists[i].alignments, index);
          next.push_back(before[2 * i] + emit.sum(exp));
          next.push_back(before[2 * i + 1] + emit.sum(exp * alignment));
        }
        return next;
      });
  SmallVector<Softmax> softmax;
  for (unsigned i : llvm::seq<unsigned>(roles.size()))
    softmax.push_back(getSoftmax(i, max[i], sums[2 * i], sums[2 * i + 1]));
  sources.forEachChunk({}, [&](Value index, ArrayRef<RowValue>) -> Values {
    RowValue scale = emit.getChunk(scales, index);
    RowValue keyScale = emit.getChunk(keyScales, index);
    RowValue rowPart, scaleGrad;
    for (auto [i, role] : llvm::enumerate(roles)) {
      RowValue exp = emit.getChunk(lists[i].exps, index);
      RowValue alignment = emit.getChunk(lists[i].alignments, index);
      RowValue key = emit.getChunk(lists[i].keys, index);
      Share share =
          getShare(role, softmax[i], exp, alignment, scale, keyScale, key);
      emit.setChunk(lists[i].gradParts, index, share.gradPart);
      emit.setChunk(lists[i].queryParts, index, share.queryPart);
      emit.setChunk(lists[i].logitGrads, index, share.logitGrad);
      addTo(rowPart, share.rowPart);
      if (hasScaleGrads) {
        RowValue rowAlignment = emit.getChunk(rowAlignments[i], index);
        RowValue slope = emit.getChunk(slopes[i], index);
        addTo(scaleGrad, rowAlignment * share.probability);
        addTo(scaleGrad, slope * share.logitGrad);
      }
    }
    emit.setChunk(rowParts, index, rowPart);
    if (hasScaleGrads)
      emit.setChunk(scaleGrads, index, scaleGrad);
    return {};
  });

  // Second visit.
  sources.forEach({}, [&](const Source &source, ArrayRef<RowValue>) -> Values {
    SmallVector<std::pair<RowValue, RowValue>> parts;
    for (const Lists &list : lists) {
      RowValue gradPart = emit.get(list.gradParts, source.index);
      parts.emplace_back(gradPart, emit.get(list.queryParts, source.index));
    }
    RowValue rowPart = emit.get(rowParts, source.index);
    setRowGrad(source,
               getRowGrad(source, getRowGradSoFar(source), rowPart, parts));
    return {};
  });

  // Sums over the rows.
  RowValue zeros =
      emit.broadcast(emit.constant(0), roles.front().query.getWidth());
  for (unsigned from = 0; from < roles.size(); from += kRolesAtOnce) {
    unsigned to = std::min<unsigned>(from + kRolesAtOnce, roles.size());
    Values queryGrads = sources.forEach(
        Values(to - from, zeros),
        [&](const Source &source, ArrayRef<RowValue> before) -> Values {
          Values next;
          for (unsigned i : llvm::seq(from, to)) {
            RowValue part = emit.get(lists[i].queryParts, source.index);
            next.push_back(before[i - from] + source.row * part);
          }
          return next;
        });
    for (unsigned i : llvm::seq(from, to))
      emit.accumulate(op.getQueryGrads()[i], queryGrads[i - from]);
  }
  if (op.getBiasGrads().empty() && !hasScaleGrads)
    return;
  sources.forEachIndex([&](const Source &source) {
    for (auto [i, biasGrad] : llvm::enumerate(op.getBiasGrads()))
      sources.accumulateBias(biasGrad, source, roles[i],
                             emit.get(lists[i].logitGrads, source.index));
    if (hasScaleGrads)
      setScaleGrad(source, emit.get(scaleGrads, source.index));
  });
}

void GradEmitter::emitOnePass() {
  RowValue zero = emit.constant(0);
  Values carriedSoftmax;
  for (RowValue max : getStartOfMax())
    carriedSoftmax.append({max, zero, zero});
  Values softmaxSums = sources.forEach(
      carriedSoftmax,
      [&](const Source &source, ArrayRef<RowValue> before) -> Values {
        KeyScale keyScale = sources.getKeyScale(source);
        Values next;
        for (const GradRole &role : roles) {
          Logit logit = sources.getLogit(source, keyScale, role);
          RowValue alignment = emit.dot(role.grad, source.row) * source.scale;
          SoftmaxStep step(emit, logit.value, before[0]);
          RowValue sum = before[1] * step.rescale + step.exp;
          RowValue alignmentSum = before[2] * step.rescale;
          next.append({step.max, sum, alignmentSum + step.exp * alignment});
          before = before.drop_front(3);
        }
        return next;
      });
  SmallVector<Softmax> softmax;
  for (unsigned i : llvm::seq<unsigned>(roles.size()))
    softmax.push_back(getSoftmax(i, softmaxSums[3 * i], softmaxSums[3 * i + 1],
                                 softmaxSums[3 * i + 2]));

  // The sums over the rows are carried through the second visit.
  SmallVector<Value> sums(op.getQueryGrads());
  llvm::append_range(sums, op.getBiasGrads());
  Values carried;
  for (Value sum : sums)
    carried.push_back(emit.getSum(sum));
  Values end = sources.forEach(
      carried,
      [&](const Source &source, ArrayRef<RowValue> before) -> Values {
        KeyScale keyScale = sources.getKeyScale(source);
        RowValue rowPart, scaleGrad;
        SmallVector<std::pair<RowValue, RowValue>> parts;
        Values next(before);
        for (auto [i, role] : llvm::enumerate(roles)) {
          Logit logit = sources.getLogit(source, keyScale, role);
          RowValue rowAlignment = emit.dot(role.grad, source.row);
          RowValue alignment = rowAlignment * source.scale;
          RowValue exp = emit.exp(logit.value - softmax[i].max);
          Share share = getShare(role, softmax[i], exp, alignment, source.scale,
                                 keyScale.value, logit.key);
          parts.emplace_back(share.gradPart, share.queryPart);
          addTo(rowPart, share.rowPart);
          if (hasScaleGrads) {
            addTo(scaleGrad, rowAlignment * share.probability);
            addTo(scaleGrad, getKeySlope(keyScale, logit) * share.logitGrad);
          }
          next[i] = next[i] + source.row * share.queryPart;
          if (role.biases) {
            RowValue &sum = next[roles.size() + i];
            sum = sum + sources.getBiasShare(source, role, share.logitGrad);
          }
        }
        setRowGrad(source, getRowGrad(source, source.other, rowPart, parts));
        if (hasScaleGrads)
          setScaleGrad(source, scaleGrad);
        return next;
      },
      op.getAccumulator());
  for (auto [sum, value] : llvm::zip_equal(sums, end))
    emit.setSum(sum, value);
}

LogicalResult ReadGradOp::emitRow(RowEmitter &emit) {
  GradEmitter gradient(emit, *this);
  if (emit.getForm() == RowForm::OnePass)
    gradient.emitOnePass();
  else
    gradient.emitWithLists();
  return success();
}
