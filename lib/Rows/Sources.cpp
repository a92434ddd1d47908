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

Sources::Sources(RowEmitter &emitter, Value sourceBank, ValueRange openSources,
                 double readEpsilon)
    : emit(emitter), bank(sourceBank),
      open(llvm::map_to_vector(
          openSources,
          [](Value source) { return source.getDefiningOp<SourceOp>(); })),
      epsilon(readEpsilon) {
  bankSize = emit.bankSize(bank);
  size = emit.bankSize(bank, static_cast<int64_t>(open.size()));
}

Sources::Values Sources::forEach(
    ArrayRef<RowValue> init,
    function_ref<Values(const Source &, ArrayRef<RowValue>)> body) {
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
  if (!bank)
    return carried;
  bool isScaled = cast<BankType>(bank.getType()).getScaled();
  return emit.loop(emit.constantIndex(0), bankSize, 1, carried,
                   [&](Value k, ArrayRef<RowValue> values) {
                     RowValue row = emit.bankRow(bank, k);
                     RowValue scale =
                         isScaled ? emit.bankRow(bank, k, BankPart::Scale)
                                  : emit.constant(1);
                     return body({k, row, scale, std::nullopt}, values);
                   });
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
