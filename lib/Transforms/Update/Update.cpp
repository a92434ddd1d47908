//===- Update.cpp - Apply gradients to parameters -------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavOptimizerOps.h"
#include "wav/Passes.h"
#include "wav/Transforms/Optimizers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

namespace mlir::wav {
#define GEN_PASS_DEF_UPDATEPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

namespace {

/// An optimiser of the table and the values of its constants, in its order.
struct ChosenOptimizer {
  const Optimizer *optimizer;
  SmallVector<double> values;

  double get(StringRef name) const {
    const auto *it = llvm::find_if(optimizer->constants,
                                   [&](const OptimizerConstant &constant) {
                                     return constant.name == name;
                                   });
    assert(it != optimizer->constants.end() && "no constant of the optimizer");
    return values[it - optimizer->constants.begin()];
  }
};

/// Appends the update to one function.
class Updater {
public:
  Updater(func::FuncOp func, const ParameterLayout &layout,
          const ChosenOptimizer &chosen)
      : func(func), layout(layout), chosen(chosen) {}

  LogicalResult run();

private:
  FailureOr<SmallVector<Value>> takeGradients();
  Value appendInput(StringRef name, DictionaryAttr fill);
  void appendResult(StringRef name, Value value);
  RankedTensorType getScalarType() {
    return RankedTensorType::get({}, builder.getF32Type());
  }

  func::FuncOp func;
  const ParameterLayout &layout;
  const ChosenOptimizer &chosen;
  /// At the function's end, from `run` on.
  OpBuilder builder{func.getContext()};
};

} // namespace

LogicalResult Updater::run() {
  if (!func.getBody().hasOneBlock())
    return func.emitError() << "cannot be updated: its body must be one block";
  builder.setInsertionPoint(func.front().getTerminator());
  FailureOr<SmallVector<Value>> gradients = takeGradients();
  if (failed(gradients))
    return failure();

  Location loc = func.getLoc();
  Type arenaType = layout.getArenaType();
  Value gradient = PackOp::create(builder, loc, arenaType, *gradients);
  Value sumSquares =
      SumSquaresOp::create(builder, loc, getScalarType(), gradient);
  Value norm = math::SqrtOp::create(builder, loc, sumSquares);

  SmallVector<Arena> arenas = {Arena::Parameters};
  llvm::append_range(arenas, chosen.optimizer->moments);
  SmallVector<Value> old;
  for (Arena arena : arenas)
    old.push_back(GetArenaOp::create(builder, loc, arenaType, arena));
  Update update{builder,
                loc,
                old.front(),
                gradient,
                llvm::to_vector(ArrayRef(old).drop_front()),
                norm,
                builder.getI64IntegerAttr(layout.getNumDecayRows()),
                [&](StringRef name, DictionaryAttr fill) {
                  return appendInput(name, fill);
                },
                [&](StringRef name) {
                  return builder.getF64FloatAttr(chosen.get(name));
                }};
  Operation *op = chosen.optimizer->build(update);
  for (auto [value, arena] : llvm::zip_equal(op->getResults(), arenas))
    SetArenaOp::create(builder, loc, arena, value);
  appendResult("grad_norm", norm);
  func->removeAttr(kUpdateAttr);
  return success();
}

/// The gradient of each parameter, in the order of declaration; they are no
/// results any more.
FailureOr<SmallVector<Value>> Updater::takeGradients() {
  llvm::StringMap<unsigned> results;
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    if (auto name = func.getResultAttrOfType<StringAttr>(i, kNameAttr))
      results.try_emplace(name.getValue(), i);

  Operation *terminator = func.front().getTerminator();
  llvm::BitVector taken(func.getNumResults());
  SmallVector<Value> gradients;
  for (ParameterOp parameter : layout.getParameters()) {
    std::string name = ("grad." + parameter.getSymName()).str();
    auto found = results.find(name);
    if (found == results.end() ||
        func.getResultTypes()[found->second] != parameter.getType())
      return func.emitError()
             << "has " << kUpdateAttr << " but no result '" << name << "', a "
             << parameter.getType()
             << "; run wav-differentiate before, with wav.gradient = "
                "\"parameters\"";
    taken.set(found->second);
    gradients.push_back(terminator->getOperand(found->second));
  }
  if (gradients.empty())
    return func.emitError() << "has " << kUpdateAttr
                            << " but there is nothing to update: no "
                               "wav.parameter is in the module";
  terminator->eraseOperands(taken);
  // Fails only for functions whose type cannot change; func.func's can.
  (void)func.eraseResults(taken);
  return gradients;
}

Value Updater::appendInput(StringRef name, DictionaryAttr fill) {
  unsigned index = func.getNumArguments();
  auto attributes = builder.getDictionaryAttr(
      {builder.getNamedAttr(kFillAttr, fill),
       builder.getNamedAttr(kNameAttr, builder.getStringAttr(name))});
  (void)func.insertArgument(index, getScalarType(), attributes, func.getLoc());
  return func.getArgument(index);
}

void Updater::appendResult(StringRef name, Value value) {
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)));
  (void)func.insertResult(func.getNumResults(), value.getType(), attributes);
  Operation *terminator = func.front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), value);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct UpdatePass : wav::impl::UpdatePassBase<UpdatePass> {
  using UpdatePassBase::UpdatePassBase;

  void runOnOperation() override {
    FailureOr<ChosenOptimizer> chosen = choose();
    if (failed(chosen))
      return signalPassFailure();
    ParameterLayout layout(getOperation());
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr(kUpdateAttr) &&
          (failed(Updater(func, layout, *chosen).run()) ||
           failed(record(func, *chosen))))
        return signalPassFailure();
  }

private:
  FailureOr<ChosenOptimizer> choose();
  LogicalResult set(ChosenOptimizer &chosen, StringRef text);
  LogicalResult record(func::FuncOp func, const ChosenOptimizer &chosen);

  InFlightDiagnostic emitOptionError() {
    return emitError(getOperation().getLoc()) << "wav-update: ";
  }
};
} // namespace

FailureOr<ChosenOptimizer> UpdatePass::choose() {
  llvm::Expected<const Optimizer &> found = getOptimizer(optimizer);
  if (!found)
    return emitOptionError() << llvm::toString(found.takeError());
  ChosenOptimizer chosen{&*found, {}};
  for (const OptimizerConstant &constant : found->constants)
    chosen.values.push_back(constant.usual);
  for (const std::string &text : constants)
    if (failed(set(chosen, text)))
      return failure();
  return chosen;
}

/// Sets a constant as an option, `beta1=0.8`, says.
LogicalResult UpdatePass::set(ChosenOptimizer &chosen, StringRef text) {
  auto [name, number] = text.split('=');
  ArrayRef<OptimizerConstant> all = chosen.optimizer->constants;
  const auto *it =
      llvm::find_if(all, [&, name = name](const OptimizerConstant &constant) {
        return constant.name == name;
      });
  if (it == all.end()) {
    InFlightDiagnostic diag = emitOptionError()
                              << chosen.optimizer->name << " has no constant '"
                              << name << "'; it has: ";
    llvm::interleaveComma(all, diag, [&](const OptimizerConstant &constant) {
      diag << constant.name;
    });
    return diag;
  }
  double value;
  bool isNumber = !number.getAsDouble(value) && std::isfinite(value);
  bool isFraction = it->range == OptimizerConstant::Range::Fraction;
  if (!isNumber || (isFraction ? !(value >= 0 && value < 1) : !(value > 0)))
    return emitOptionError()
           << name << " must be "
           << (isFraction ? "a number in [0, 1)" : "a positive number")
           << ", not '" << number << "'";
  chosen.values[it - all.begin()] = value;
  return success();
}

/// What the update computes with, for the manifest: a checkpoint may only be
/// resumed with the same.
LogicalResult UpdatePass::record(func::FuncOp func,
                                 const ChosenOptimizer &chosen) {
  Builder builder(&getContext());
  SmallVector<NamedAttribute> fields = {builder.getNamedAttr(
      "name", builder.getStringAttr(chosen.optimizer->name))};
  for (auto [constant, value] :
       llvm::zip_equal(chosen.optimizer->constants, chosen.values))
    fields.push_back(
        builder.getNamedAttr(constant.name, builder.getF64FloatAttr(value)));
  auto all = builder.getDictionaryAttr(fields);
  Attribute present = getOperation()->getAttr(kOptimizerAttr);
  if (present && present != all)
    return func.emitError()
           << "is updated with " << all << ", but this module has '"
           << kOptimizerAttr << "' = " << present << "; a program has one";
  getOperation()->setAttr(kOptimizerAttr, all);
  return success();
}
