//===- Gradients.cpp - Gradients of values, while they grow ---------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Autodiff/Gradients.h"
#include "wav/IR/WavResidualOps.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::wav;

Gradients::Gradients(OpBuilder &builder, Block &body, ValueRange sources)
    : builder(builder), active(sources.begin(), sources.end()) {
  for (Operation &op : body) {
    if (auto rule = dyn_cast<DifferentiableOpInterface>(op);
        rule && rule.stopsGradient())
      continue;
    if (llvm::any_of(op.getOperands(), [&](Value v) { return isActive(v); }))
      active.insert_range(op.getResults());
  }
}

Type Gradients::getType(Value value) {
  Type f32 = Float32Type::get(value.getContext());
  if (auto bank = dyn_cast<BankType>(value.getType()))
    return BankType::get(bank.getSize(),
                         cast<RankedTensorType>(bank.getRowType().clone(f32)));
  if (auto rule = value.getDefiningOp<DifferentiableOpInterface>())
    if (Type type =
            rule.getGradientType(cast<OpResult>(value).getResultNumber()))
      return type;
  return value.getType();
}

bool Gradients::hasActiveScale(Value bank) const {
  if (auto source = bank.getDefiningOp<SourceOp>())
    return source.getScale() && isActive(source.getScale());
  auto list = bank.getDefiningOp<BankOp>();
  return list && llvm::any_of(list.getBanks(),
                              [&](Value part) { return hasActiveScale(part); });
}

BankType Gradients::getStartType(Value bank) const {
  auto type = cast<BankType>(getType(bank));
  return BankType::get(type.getSize(), type.getRowType(), hasActiveScale(bank));
}

/// Whether a gradient has scales' gradients too.
static bool isScaled(Value gradient) {
  auto bank = dyn_cast<BankType>(gradient.getType());
  return bank && bank.getScaled();
}

Value Gradients::get(Value value, Type type) {
  auto it = terms.find(value);
  if (it == terms.end())
    return {};
  Terms &sum = it->second;
  Type ownType = getType(value);
  if (llvm::any_of(sum, [](const Term &term) { return isScaled(term.value); }))
    ownType = BankType::get(cast<BankType>(ownType).getSize(),
                            cast<BankType>(ownType).getRowType(),
                            /*scaled=*/true);
  if (sum.size() > 1 || sum.front().coefficient != 1.0 ||
      sum.front().value.getType() != ownType)
    sum = {{1.0, combine(value.getLoc(), ownType, sum)}};
  Value gradient = sum.front().value;
  if (!type || type == ownType)
    return gradient;
  return CastOp::create(builder, value.getLoc(), type, gradient);
}

Value Gradients::take(Value value, Type type) {
  Value gradient = get(value, type);
  terms.erase(value);
  return gradient;
}

[[maybe_unused]] static bool haveSameShape(Type lhs, Type rhs) {
  auto bank = dyn_cast<BankType>(lhs), otherBank = dyn_cast<BankType>(rhs);
  if (!bank || !otherBank)
    return succeeded(verifyCompatibleShape(lhs, rhs));
  return bank.getSize() == otherBank.getSize() &&
         haveSameShape(bank.getRowType(), otherBank.getRowType());
}

void Gradients::add(Value value, Value gradient, double coefficient) {
  assert(haveSameShape(value.getType(), gradient.getType()) &&
         "a gradient has the shape of its value");
  if (!isActive(value))
    return;
  Terms &sum = terms[value];
  auto *term = llvm::find_if(
      sum, [&](const Term &term) { return term.value == gradient; });
  if (term == sum.end())
    term = &sum.emplace_back(Term{0.0, gradient});
  term->coefficient += coefficient;
  if (term->coefficient == 0.0)
    sum.erase(term);
  if (sum.empty())
    terms.erase(value);
}

void Gradients::addToRow(Value bank, int64_t index, Value gradient) {
  if (!isActive(bank))
    return;
  Location loc = bank.getLoc();
  Value before = take(bank);
  BankType type =
      before ? cast<BankType>(before.getType()) : getStartType(bank);
  auto zeros = [&](BankPart part) -> Value {
    return FillOp::create(builder, loc, type.getPartType(part),
                          builder.getF64FloatAttr(0.0));
  };
  // The source's row changes; all else stays what it is.
  auto getOthers = [&](int64_t from, int64_t to) -> SmallVector<Value> {
    if (from == to)
      return {};
    if (before)
      return {SliceOp::create(builder, loc, type.withSize(to - from), before,
                              from)};
    Value row = zeros(BankPart::Row);
    Value scale = type.getScaled() ? zeros(BankPart::Scale) : Value();
    return SmallVector<Value>(to - from,
                              SourceOp::create(builder, loc, row, scale));
  };
  Terms sum = {{1.0, gradient}};
  Value scale;
  if (before)
    sum.push_back({1.0, TakeOp::create(builder, loc, before, index)});
  if (type.getScaled())
    scale = before
                ? TakeOp::create(builder, loc, before, index, BankPart::Scale)
                      .getResult()
                : zeros(BankPart::Scale);
  Value row = sum.size() == 1 && gradient.getType() == type.getRowType()
                  ? gradient
                  : combine(loc, type.getRowType(), sum);
  SmallVector<Value> sources = getOthers(0, index);
  sources.push_back(SourceOp::create(builder, loc, row, scale));
  llvm::append_range(sources, getOthers(index + 1, type.getSize()));
  add(bank, BankOp::create(builder, loc, type, sources));
}

void Gradients::forward(Value from, Value to, double coefficient) {
  auto it = terms.find(from);
  if (it == terms.end() || !isActive(to))
    return;
  // A sum is formed once, here, rather than by everyone it is passed on to.
  if (it->second.size() > 1)
    get(from);
  Term term = it->second.front();
  add(to, term.value, coefficient * term.coefficient);
}

/// `sum`, a combination of banks if `type` is a bank's. Banks need adding only
/// if one is both extended and read after that; otherwise each read's gradient
/// accumulates onto the one before.
Value Gradients::combine(Location loc, Type type, ArrayRef<Term> sum) {
  auto bankType = dyn_cast<BankType>(type);
  if (!bankType) {
    if (sum.size() == 1 && sum.front().coefficient == 1.0)
      return CastOp::create(builder, loc, type, sum.front().value);
    SmallVector<Value> inputs;
    SmallVector<double> coefficients;
    for (const Term &term : sum) {
      inputs.push_back(term.value);
      coefficients.push_back(term.coefficient);
    }
    return CombineOp::create(builder, loc, type, inputs, coefficients);
  }

  // The sum of one tensor of source `index`, of those terms that have it.
  auto combineTaken = [&](int64_t index, BankPart part) {
    Terms taken;
    for (const Term &term : sum)
      if (part == BankPart::Row || isScaled(term.value))
        taken.push_back(
            {term.coefficient,
             TakeOp::create(builder, loc, term.value, index, part)});
    Type partType = bankType.getPartType(part);
    return taken.size() == 1 && taken.front().coefficient == 1.0 &&
                   taken.front().value.getType() == partType
               ? taken.front().value
               : combine(loc, partType, taken);
  };
  SmallVector<Value> sources;
  for (int64_t index : llvm::seq(bankType.getSize())) {
    Value row = combineTaken(index, BankPart::Row);
    Value scale;
    if (bankType.getScaled())
      scale = combineTaken(index, BankPart::Scale);
    sources.push_back(SourceOp::create(builder, loc, row, scale));
  }
  return BankOp::create(builder, loc, bankType, sources);
}
