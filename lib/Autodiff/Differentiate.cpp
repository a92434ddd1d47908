//===- Differentiate.cpp - Append backward passes to functions -----------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ParameterLayout.h"
#include "wav/Autodiff/Gradients.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::wav;

namespace mlir::wav {
#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

namespace {

/// Something that the loss is differentiated with respect to.
struct Source {
  /// Empty if it has none.
  StringRef name;
  Type type;
  /// Null if the function does not use it.
  Value value;
};

/// Differentiates one function and appends arguments and results to it.
class FunctionDifferentiator {
public:
  FunctionDifferentiator(func::FuncOp func, const ParameterLayout &layout)
      : func(func), layout(layout) {}

  LogicalResult run(StringRef mode);

private:
  /// The gradient of a result to start from.
  using Seed = std::pair<Value, Value>;

  LogicalResult verify(bool hasLoss);
  SmallVector<Source> getArguments();
  SmallVector<Source> getParameters();
  Seed getLossSeed();
  SmallVector<Seed> appendCotangents();
  FailureOr<SmallVector<Value>> differentiate(ArrayRef<Source> sources,
                                              ArrayRef<Seed> seeds);
  LogicalResult visit(Operation &op, Gradients &gradients);
  Value createFill(Type type, double value);
  Value appendArgument(const Twine &name, Type type);
  void appendResult(const Twine &name, Value value);

  func::FuncOp func;
  const ParameterLayout &layout;
  /// At the function's end, from `verify` on.
  OpBuilder builder{func.getContext()};
};

struct DifferentiatePass
    : public wav::impl::DifferentiatePassBase<DifferentiatePass> {
  using DifferentiatePassBase::DifferentiatePassBase;

  void runOnOperation() override {
    ParameterLayout layout(getOperation());
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      auto mode = func->getAttrOfType<StringAttr>(kGradientAttr);
      if (mode &&
          failed(FunctionDifferentiator(func, layout).run(mode.getValue())))
        return signalPassFailure();
    }
  }
};

} // namespace

LogicalResult FunctionDifferentiator::run(StringRef mode) {
  bool hasLoss = mode != "vjp";
  if (failed(verify(hasLoss)))
    return failure();

  bool ofArguments = mode == "arguments" || mode == "vjp";
  SmallVector<Source> sources = ofArguments ? getArguments() : getParameters();
  if (sources.empty())
    return func.emitError() << "has " << kGradientAttr << " = \"" << mode
                            << "\", but there is nothing to differentiate with "
                               "respect to: no "
                            << (ofArguments ? "argument is a tensor of floats"
                                            : "wav.parameter is in the module");
  auto gradients = differentiate(
      sources, hasLoss ? SmallVector<Seed>{getLossSeed()} : appendCotangents());
  if (failed(gradients))
    return failure();

  for (auto [source, gradient] : llvm::zip_equal(sources, *gradients))
    appendResult(source.name.empty() ? Twine() : "grad." + source.name,
                 gradient);
  func->removeAttr(kGradientAttr);
  return success();
}

LogicalResult FunctionDifferentiator::verify(bool hasLoss) {
  if (!func.getBody().hasOneBlock())
    return func.emitError()
           << "cannot be differentiated: its body must be one block";
  auto lossType = RankedTensorType::get({}, builder.getF32Type());
  if (hasLoss &&
      (func.getNumResults() == 0 || func.getResultTypes()[0] != lossType))
    return func.emitError()
           << "cannot be differentiated: result 0 must be the loss, a "
           << lossType;
  builder.setInsertionPoint(func.front().getTerminator());
  return success();
}

SmallVector<Source> FunctionDifferentiator::getArguments() {
  SmallVector<Source> sources;
  for (BlockArgument argument : func.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || !isa<FloatType>(type.getElementType()))
      continue;
    auto name =
        func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kNameAttr);
    sources.push_back({name ? name.getValue() : StringRef(), type, argument});
  }
  return sources;
}

/// All parameters of the module. Uses of one parameter become uses of one
/// `wav.get`, so that its gradient accumulates in one place.
SmallVector<Source> FunctionDifferentiator::getParameters() {
  llvm::StringMap<Value> values;
  for (auto get : llvm::make_early_inc_range(func.getOps<GetOp>())) {
    auto [it, isFirst] = values.try_emplace(get.getSymbol(), get);
    if (isFirst)
      continue;
    get.replaceAllUsesWith(it->second);
    get.erase();
  }
  return llvm::map_to_vector(layout.getParameters(), [&](ParameterOp op) {
    return Source{op.getSymName(), op.getType(),
                  values.lookup(op.getSymName())};
  });
}

/// The loss, with gradient one.
FunctionDifferentiator::Seed FunctionDifferentiator::getLossSeed() {
  Value loss = func.front().getTerminator()->getOperand(0);
  return {loss, createFill(loss.getType(), 1.0)};
}

/// All results that are tensors of floats; their gradients become arguments.
SmallVector<FunctionDifferentiator::Seed>
FunctionDifferentiator::appendCotangents() {
  SmallVector<Seed> seeds;
  for (auto [i, result] :
       llvm::enumerate(func.front().getTerminator()->getOperands())) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !isa<FloatType>(type.getElementType()))
      continue;
    auto name = func.getResultAttrOfType<StringAttr>(i, kNameAttr);
    seeds.emplace_back(
        result,
        appendArgument(name ? "grad." + name.getValue() : Twine(), type));
  }
  return seeds;
}

/// The gradients with respect to `sources`; zeros where no seed depends on one.
FailureOr<SmallVector<Value>>
FunctionDifferentiator::differentiate(ArrayRef<Source> sources,
                                      ArrayRef<Seed> seeds) {
  SmallVector<Value> values;
  for (const Source &source : sources)
    if (source.value)
      values.push_back(source.value);
  Gradients gradients(builder, func.front(), values);

  // The gradient ops are appended to the ops that are visited.
  SmallVector<Operation *> forward = llvm::map_to_vector(
      func.front().without_terminator(), [](Operation &op) { return &op; });
  for (auto [result, gradient] : seeds)
    gradients.add(result, gradient);
  for (Operation *op : llvm::reverse(forward))
    if (failed(visit(*op, gradients)))
      return failure();

  return llvm::map_to_vector(sources, [&](const Source &source) {
    Value gradient = source.value ? gradients.get(source.value) : Value();
    return gradient ? gradient : createFill(source.type, 0.0);
  });
}

/// Asks `op` for its gradient if the loss depends on a source through it.
LogicalResult FunctionDifferentiator::visit(Operation &op,
                                            Gradients &gradients) {
  auto result =
      llvm::find_if(op.getResults(), [&](Value v) { return gradients.has(v); });
  bool isActive = llvm::any_of(op.getOperands(),
                               [&](Value v) { return gradients.isActive(v); });
  if (result == op.result_end() || !isActive)
    return success();
  if (auto differentiable = dyn_cast<DifferentiableOpInterface>(op))
    return differentiable.buildGradient(builder, gradients);
  return op.emitOpError()
         << "has no gradient, but the loss depends on its result #"
         << (*result).getResultNumber()
         << "; implement DifferentiableOpInterface for it, or keep it off the "
            "way from what is differentiated to the loss";
}

Value FunctionDifferentiator::createFill(Type type, double value) {
  return FillOp::create(builder, func.getLoc(), type,
                        builder.getF64FloatAttr(value));
}

Value FunctionDifferentiator::appendArgument(const Twine &name, Type type) {
  DictionaryAttr attrs;
  if (!name.isTriviallyEmpty())
    attrs = builder.getDictionaryAttr(
        builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)));
  unsigned index = func.getNumArguments();
  // Fails only for functions whose type cannot change; func.func's can.
  (void)func.insertArgument(index, type, attrs, func.getLoc());
  return func.getArgument(index);
}

void FunctionDifferentiator::appendResult(const Twine &name, Value value) {
  DictionaryAttr attrs;
  if (!name.isTriviallyEmpty())
    attrs = builder.getDictionaryAttr(
        builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)));
  (void)func.insertResult(func.getNumResults(), value.getType(), attrs);
  Operation *terminator = func.front().getTerminator();
  terminator->insertOperands(terminator->getNumOperands(), value);
}
