//===- Sources.cpp - The sources of a routing read --------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

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
    RowValue row = emit.row(open[i].getRow());
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
  RowValue bias = getBias(source, role);
  logit.value = emit.getForm() == RowForm::OnePass
                    ? emit.fma(logit.product, scale.value, bias)
                    : logit.key + bias;
  return logit;
}

std::pair<Value, Value> Sources::getBiasIndex(const Source &source,
                                              const Role &role) {
  Value index;
  if (!role.biases)
    return {};
  if (!source.open && cast<BankType>(bank.getType()).getBiased())
    index = emit.bankIndex(bank, source.index);
  else if (source.open && open[*source.open].getBias())
    index = emit.element(open[*source.open].getBias(), {});
  else
    return {};
  ImplicitLocOpBuilder &builder = emit.getBuilder();
  Value zero = emit.constantIndex(0);
  Value hasBias =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::sge, index, zero);
  return {arith::MaxSIOp::create(builder, index, zero), hasBias};
}

RowValue Sources::getBias(const Source &source, const Role &role) {
  auto [index, hasBias] = getBiasIndex(source, role);
  if (!index)
    return emit.constant(0);
  RowValue value(emit, emit.element(role.biases, index));
  return emit.select(hasBias, value, emit.constant(0));
}

void Sources::accumulateBias(Value biasSum, const Source &source,
                             const Role &role, RowValue value) {
  auto [index, hasBias] = getBiasIndex(source, role);
  if (!index)
    return;
  value = emit.select(hasBias, value, emit.constant(0));
  emit.accumulate(biasSum, index, value);
}

RowValue Sources::getBiasShare(const Source &source, const Role &role,
                               RowValue value) {
  int64_t width = cast<RankedTensorType>(role.biases.getType()).getDimSize(0);
  auto [index, hasBias] = getBiasIndex(source, role);
  if (!index)
    return emit.broadcast(emit.constant(0), width);
  value = emit.select(hasBias, value, emit.constant(0));
  Value isOwn = emit.isElement(index, width);
  return emit.select(isOwn, value, emit.constant(0));
}
