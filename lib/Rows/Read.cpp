//===- Read.cpp - Row program of the routing read ------------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The logits of all sources and then the weighted sum, or (in one-pass form) an
// online softmax: one loop that carries the weighted sum and rescales it when a
// larger logit comes. Its steps form a chain, which is slower on a CPU, but it
// keeps fewer rows in registers.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "wav/IR/WavResidualOps.h"

#include <limits>

using namespace mlir;
using namespace mlir::wav;

static constexpr double kMinusInfinity =
    -std::numeric_limits<double>::infinity();

int64_t ReadOp::getNumRows() {
  return cast<RankedTensorType>(getOutputs().front().getType()).getDimSize(0);
}

RowOperand ReadOp::getRowOperand(unsigned index) {
  if (isOneOf(index, {getOpenMutable(), getPartMutable(), getPartMaxMutable(),
                      getPartInverseSumMutable()}))
    return RowOperand::ByRow;
  return isOneOf(index, {getBankMutable()}) ? RowOperand::Gathered
                                            : RowOperand::Whole;
}

namespace {
using Values = Sources::Values;

/// `sum_k exp(z_k - max) v_k`, `sum_k exp(z_k - max)` and `max`, the largest
/// `z_k`, over the sources so far.
struct WeightedSum {
  RowValue row, weight, max;
};

class ReadEmitter {
public:
  ReadEmitter(RowEmitter &emit, ReadOp op);

  SmallVector<WeightedSum> emitTwoPhase();
  SmallVector<WeightedSum> emitOnePass();

private:
  RowEmitter &emit;
  Sources sources;
  SmallVector<Role> roles;
  /// Of each role, before the first source.
  SmallVector<WeightedSum> start;
  bool hasPart;
};
} // namespace

ReadEmitter::ReadEmitter(RowEmitter &emit, ReadOp op)
    : emit(emit), sources(emit, op.getBank(), op.getOpen(),
                          op.getEpsilon().convertToDouble()),
      hasPart(!op.getPart().empty()) {
  RowValue zero = emit.constant(0);
  for (auto [i, query] : llvm::enumerate(op.getQueries())) {
    roles.push_back({emit.whole(query), op.getBias(i)});
    WeightedSum sum = {emit.broadcast(zero, roles.back().query.getWidth()),
                       zero, emit.constant(kMinusInfinity)};
    if (hasPart) {
      sum.weight = 1.0 / emit.scalar(op.getPartInverseSum()[i]);
      sum.row = emit.row(op.getPart()[i]) * sum.weight;
      sum.max = emit.scalar(op.getPartMax()[i]);
    }
    start.push_back(sum);
  }
}

SmallVector<WeightedSum> ReadEmitter::emitTwoPhase() {
  unsigned numRoles = roles.size();
  Value scales = sources.list();
  SmallVector<Value> logits, weights;
  Values carried;
  for (const WeightedSum &sum : start) {
    logits.push_back(sources.list(kMinusInfinity));
    weights.push_back(sources.list());
    carried.push_back(sum.max);
  }
  Values max = sources.forEach(
      carried, [&](const Source &source, ArrayRef<RowValue> before) -> Values {
        KeyScale keyScale = sources.getKeyScale(source);
        emit.set(scales, source.index, source.scale);
        Values next;
        for (auto [role, list, most] : llvm::zip_equal(roles, logits, before)) {
          RowValue logit = sources.getLogit(source, keyScale, role).value;
          emit.set(list, source.index, logit);
          next.push_back(emit.larger(logit, most));
        }
        return next;
      });

  SmallVector<WeightedSum> result = start;
  for (auto [sum, most] : llvm::zip_equal(result, max)) {
    if (hasPart) {
      RowValue rescale = emit.exp(sum.max - most);
      sum.row = sum.row * rescale;
      sum.weight = sum.weight * rescale;
    }
    sum.max = most;
  }
  carried = llvm::map_to_vector(
      result, [](const WeightedSum &sum) { return sum.weight; });
  Values total = sources.forEachChunk(
      carried, [&](Value index, ArrayRef<RowValue> before) -> Values {
        RowValue scale = emit.getChunk(scales, index);
        Values next;
        for (unsigned i : llvm::seq(numRoles)) {
          RowValue exps = emit.exp(emit.getChunk(logits[i], index) - max[i]);
          emit.setChunk(weights[i], index, exps * scale);
          next.push_back(before[i] + emit.sum(exps));
        }
        return next;
      });

  for (unsigned from = 0; from < numRoles; from += kRolesAtOnce) {
    unsigned to = std::min(from + kRolesAtOnce, numRoles);
    carried.clear();
    for (unsigned i : llvm::seq(from, to))
      carried.push_back(result[i].row);
    Values mix = sources.forEach(
        carried,
        [&](const Source &source, ArrayRef<RowValue> before) -> Values {
          Values next;
          for (unsigned i : llvm::seq(from, to)) {
            RowValue weight = emit.get(weights[i], source.index);
            next.push_back(before[i - from] + source.row * weight);
          }
          return next;
        });
    for (unsigned i : llvm::seq(from, to)) {
      result[i].row = mix[i - from];
      result[i].weight = total[i];
    }
  }
  return result;
}

SmallVector<WeightedSum> ReadEmitter::emitOnePass() {
  Values carried;
  for (const WeightedSum &sum : start)
    carried.append({sum.max, sum.weight, sum.row});
  Values end = sources.forEach(
      carried, [&](const Source &source, ArrayRef<RowValue> before) -> Values {
        KeyScale keyScale = sources.getKeyScale(source);
        Values next;
        for (const Role &role : roles) {
          RowValue logit = sources.getLogit(source, keyScale, role).value;
          SoftmaxStep step(emit, logit, before[0]);
          RowValue sum = before[1] * step.rescale + step.exp;
          RowValue mix = before[2] * step.rescale;
          RowValue weight = step.exp * source.scale;
          next.append({step.max, sum, mix + source.row * weight});
          before = before.drop_front(3);
        }
        return next;
      });
  SmallVector<WeightedSum> result;
  for (ArrayRef<RowValue> rest = end; !rest.empty(); rest = rest.drop_front(3))
    result.push_back({rest[2], rest[1], rest[0]});
  return result;
}

LogicalResult ReadOp::emitRow(RowEmitter &emit) {
  ReadEmitter read(emit, *this);
  auto sums = emit.getForm() == RowForm::OnePass ? read.emitOnePass()
                                                 : read.emitTwoPhase();
  for (auto [i, sum] : llvm::enumerate(sums)) {
    RowValue inverseSum = 1.0 / sum.weight;
    emit.define(getMaxima()[i], sum.max);
    emit.define(getInverseSums()[i], inverseSum);
    emit.define(getOutputs()[i], sum.row * inverseSum);
  }
  return success();
}
