//===- Sources.cpp - The sources of a routing read --------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

static Value getUnlessEmpty(Value bank) {
  return bank && cast<BankType>(bank.getType()).getSize() == 0 ? Value() : bank;
}

Sources::Sources(RowEmitter &emitter, Value sourceBank, ValueRange openSources,
                 double readEpsilon)
    : emit(emitter), bank(getUnlessEmpty(sourceBank)),
      open(llvm::map_to_vector(
          openSources,
          [](Value source) { return source.getDefiningOp<SourceOp>(); })),
      epsilon(readEpsilon) {
  bankSize = emit.bankSize(bank);
  size = emit.bankSize(bank, static_cast<int64_t>(open.size()));
}

Sources::Values
Sources::forEach(ArrayRef<RowValue> init,
                 function_ref<Values(const Source &, ArrayRef<RowValue>)> body,
                 Value other) {
  // The open sources come first: their reductions then share a loop with others
  // before the bank's.
  Values carried(init);
  for (unsigned i = 0; i < open.size(); ++i) {
    Value k = getOpenIndex(i);
    RowValue row;
    for (auto [plane, tensor] : llvm::enumerate(open[i].getPlanes())) {
      RowValue term = emit.row(tensor);
      if (double coefficient = open[i].getCoefficient(plane);
          coefficient != 1.0)
        term = term * coefficient;
      row = row.get() ? row + term : term;
    }
    RowValue scale =
        open[i].getScale() ? emit.scalar(open[i].getScale()) : emit.constant(1);
    carried = body({k, row, scale, i}, carried);
  }
  return bank ? forEachOfBank(carried, body, other) : carried;
}

Sources::Values Sources::forEachOfBank(
    ArrayRef<RowValue> init,
    function_ref<Values(const Source &, ArrayRef<RowValue>)> body,
    Value other) {
  Value zero = emit.constantIndex(0), one = emit.constantIndex(1);
  bool isScaled = cast<BankType>(bank.getType()).getScaled();
  auto load = [&](Value k) {
    SmallVector<RowValue> stored = {{emit, emit.loadBankRow(bank, k)}};
    if (isScaled)
      stored.emplace_back(emit, emit.loadBankRow(bank, k, BankPart::Scale));
    if (other)
      stored.emplace_back(emit, emit.loadBankRow(other, k));
    return stored;
  };
  auto getSource = [&](Value k, ArrayRef<RowValue> stored) -> Source {
    return {k, emit.widen(stored[0].get()),
            isScaled ? emit.widen(stored[1].get()) : emit.constant(1),
            std::nullopt, other ? emit.widen(stored.back().get()) : RowValue()};
  };
  if (emit.getForm() != RowForm::OnePass)
    return emit.loop(zero, bankSize, 1, init,
                     [&](Value k, ArrayRef<RowValue> values) {
                       return body(getSource(k, load(k)), values);
                     });

  // A GPU does not look ahead, and few rows are under way at once: the next
  // source is loaded while this one is treated; after the last one, it again.
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  Values carried = load(zero);
  size_t numStored = carried.size();
  carried.append(init.begin(), init.end());
  Value last = arith::SubIOp::create(builder, bankSize, one);
  Values end = emit.loop(
      zero, bankSize, 1, carried, [&](Value k, ArrayRef<RowValue> values) {
        Value next = arith::MinSIOp::create(
            builder, arith::AddIOp::create(builder, k, one), last);
        Values result = load(next);
        llvm::append_range(result,
                           body(getSource(k, values.take_front(numStored)),
                                values.drop_front(numStored)));
        return result;
      });
  return {end.begin() + numStored, end.end()};
}

void Sources::forEachIndex(function_ref<void(const Source &)> body) {
  if (bank)
    emit.loop(emit.constantIndex(0), bankSize, 1, {},
              [&](Value k, ArrayRef<RowValue>) -> Values {
                body({k, {}, {}, std::nullopt});
                return {};
              });
  for (unsigned i = 0; i < open.size(); ++i)
    body({getOpenIndex(i), {}, {}, i});
}

Value Sources::getOpenIndex(unsigned i) {
  if (!bank)
    return emit.constantIndex(i);
  return arith::AddIOp::create(emit.getBuilder(), bankSize,
                               emit.constantIndex(i));
}

Sources::Values
Sources::forEachChunk(ArrayRef<RowValue> init,
                      function_ref<Values(Value, ArrayRef<RowValue>)> body) {
  Value zero = emit.constantIndex(0);
  return emit.loop(zero, size, RowEmitter::kChunk, init, body);
}

KeyScale Sources::getKeyScale(const Source &source) {
  RowValue scale = source.scale;
  KeyScale result;
  result.meanSquare = emit.mean(source.row * source.row);
  result.rho = emit.rsqrt(scale * scale * result.meanSquare + epsilon);
  result.value = scale * result.rho;
  return result;
}

Logit Sources::getLogit(const Source &source, const KeyScale &scale,
                        const Role &role) {
  Logit logit;
  logit.product = emit.dot(role.query, source.row);
  logit.key = logit.product * scale.value;
  // In one-pass form the gradient computes a logit for the sums of the softmax
  // and again for its own weight; lists keep it.
  RowValue bias;
  getBiases(source, role, bias);
  logit.value = emit.getForm() == RowForm::OnePass
                    ? emit.fma(logit.product, scale.value, bias)
                    : logit.key + bias;
  return logit;
}

SmallVector<Sources::Bias> Sources::getBiases(const Source &source,
                                              const Role &role, RowValue &sum) {
  SmallVector<Bias> biases;
  auto add = [&](Value index) {
    ImplicitLocOpBuilder &builder = emit.getBuilder();
    Value zero = emit.constantIndex(0);
    Value exists =
        arith::CmpIOp::create(builder, arith::CmpIPredicate::sge, index, zero);
    index = arith::MaxSIOp::create(builder, index, zero);
    RowValue value(emit, emit.element(role.biases, index));
    value = emit.select(exists, value, emit.constant(0));
    biases.push_back({index, exists, value, {}});
  };
  sum = emit.constant(0);
  if (!source.open) {
    if (role.biases && cast<BankType>(bank.getType()).getBiased()) {
      add(emit.bankIndex(bank, source.index));
      sum = biases.front().value;
    }
    return biases;
  }

  Value indices = open[*source.open].getBias();
  if (!indices)
    return biases;
  auto type = cast<RankedTensorType>(indices.getType());
  if (!role.biases) {
    // All are zero.
    if (type.getNumElements() > 1)
      sum = emit.constant(std::log(double(type.getNumElements())));
    return biases;
  }
  // The same for all rows.
  sum = emit.beforeRows([&] {
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      add(emit.element(indices, type.getRank() == 0
                                    ? ValueRange()
                                    : ValueRange(emit.constantIndex(i))));
    if (biases.size() == 1)
      return biases.front().value;
    RowValue most = biases.front().value;
    for (const Bias &bias : llvm::drop_begin(biases))
      most = emit.larger(most, bias.value);
    RowValue total;
    for (Bias &bias : biases) {
      bias.share = emit.exp(bias.value - most);
      total = total.get() ? total + bias.share : bias.share;
    }
    for (Bias &bias : biases)
      bias.share = bias.share / total;
    return most + emit.log(total);
  });
  return biases;
}

void Sources::accumulateBias(Value biasSum, const Source &source,
                             const Role &role, RowValue value) {
  RowValue sum;
  for (const Bias &bias : getBiases(source, role, sum)) {
    RowValue part = bias.share.get() ? value * bias.share : value;
    part = emit.select(bias.exists, part, emit.constant(0));
    emit.accumulate(biasSum, bias.index, part);
  }
}

RowValue Sources::getBiasShare(const Source &source, const Role &role,
                               RowValue value) {
  int64_t width = cast<RankedTensorType>(role.biases.getType()).getDimSize(0);
  RowValue sum, result;
  for (const Bias &bias : getBiases(source, role, sum)) {
    RowValue part = bias.share.get() ? value * bias.share : value;
    part = emit.select(bias.exists, part, emit.constant(0));
    Value isOwn = emit.isElement(bias.index, width);
    RowValue row = emit.select(isOwn, part, emit.constant(0));
    result = result.get() ? result + row : row;
  }
  return result.get() ? result : emit.broadcast(emit.constant(0), width);
}
