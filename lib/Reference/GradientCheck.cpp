//===- GradientCheck.cpp - Gradients against differences ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Reference/GradientCheck.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavStructureOps.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Random inputs
//===----------------------------------------------------------------------===//

static RefTensorPtr randomTensor(RankedTensorType type, ArrayAttr range,
                                 std::mt19937_64 &generator) {
  auto tensor = std::make_shared<RefTensor>(type);
  auto bound = [&](unsigned index) {
    if (auto number = dyn_cast<FloatAttr>(range[index]))
      return number.getValueAsDouble();
    return double(cast<IntegerAttr>(range[index]).getInt());
  };
  if (isa<FloatType>(type.getElementType())) {
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform(range ? bound(0) : 0,
                                                   range ? bound(1) : 1);
    for (double &value : tensor->values)
      value = range ? uniform(generator) : normal(generator);
    return roundTensor(*tensor, cast<FloatType>(type.getElementType()));
  }
  if (range) {
    std::uniform_int_distribution<int32_t> uniform(bound(0), bound(1) - 1);
    for (int32_t &index : tensor->indices)
      index = uniform(generator);
  }
  return tensor;
}

ReferenceInputs ReferenceInputs::random(func::FuncOp function,
                                        const ReferenceInterpreter &interpreter,
                                        std::mt19937_64 &generator) {
  ReferenceInputs inputs;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    inputs.arguments.push_back(randomTensor(
        cast<RankedTensorType>(type),
        function.getArgAttrOfType<ArrayAttr>(i, kRangeAttr), generator));

  // Parameters near what training meets: matrices that keep the size of what
  // they multiply, vectors near their initial value. Padding stays zero.
  const ParameterLayout &layout = interpreter.getParameterLayout();
  size_t arenaSize = layout.getArenaType().getNumElements();
  inputs.parameters.resize(arenaSize);
  inputs.firstMoment.resize(arenaSize);
  inputs.secondMoment.resize(arenaSize);
  std::normal_distribution<double> normal;
  for (ParameterOp parameter : layout.getParameters()) {
    auto type = cast<RankedTensorType>(parameter.getType());
    bool isMatrix = type.getRank() == 2;
    double mean =
        parameter.getNormal() ? 0 : parameter.getInitValue().convertToDouble();
    double deviation = isMatrix ? 1 / std::sqrt(type.getDimSize(1)) : 0.3;
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      int64_t at = layout.getOffset(parameter) + i;
      inputs.parameters[at] = float(mean + deviation * normal(generator));
      inputs.firstMoment[at] = float(0.1 * normal(generator));
      inputs.secondMoment[at] = float(std::abs(0.1 * normal(generator)));
    }
  }
  inputs.state.resize(interpreter.getNumStateElements());
  return inputs;
}

FailureOr<SmallVector<RefTensorPtr>> wav::run(ReferenceInterpreter &interpreter,
                                              func::FuncOp function,
                                              ReferenceInputs &inputs) {
  return interpreter.run(function, inputs.arguments,
                         {inputs.parameters, inputs.firstMoment,
                          inputs.secondMoment, inputs.state});
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

namespace {

/// Something a function is differentiated with respect to.
struct Variable {
  std::string name;
  /// Of float arguments; otherwise the offset of a parameter.
  std::optional<unsigned> argument;
  int64_t offset = 0, size = 0;
  RefTensorPtr gradient;
};

class GradientChecker {
public:
  GradientChecker(func::FuncOp original, func::FuncOp differentiated,
                  const ReferenceInputs &inputs, std::mt19937_64 &generator)
      : original(original), differentiated(differentiated), inputs(inputs),
        generator(generator), forward(original->getParentOfType<ModuleOp>()) {}

  FailureOr<GradientError> run();

private:
  void findVariables(ArrayRef<RefTensorPtr> gradients);
  FailureOr<double> lossAt(const Variable &variable,
                           ArrayRef<std::pair<int64_t, double>> step,
                           double length);
  FailureOr<double> derivative(const Variable &variable,
                               ArrayRef<std::pair<int64_t, double>> direction);
  LogicalResult check(const Variable &variable,
                      ArrayRef<std::pair<int64_t, double>> direction,
                      StringRef where);

  static constexpr double kStep = 3e-4;
  static constexpr int kElements = 6;
  /// Below this part of the loss, a gradient drowns in the rounding of
  /// differences.
  static constexpr double kNoise = 1e-6;

  func::FuncOp original, differentiated;
  const ReferenceInputs &inputs;
  std::mt19937_64 &generator;
  ReferenceInterpreter forward;
  SmallVector<Variable> variables;
  /// The largest sum of the magnitudes of a loss's terms.
  double magnitude = 0;
  GradientError error;
};

} // namespace

static StringRef getMode(func::FuncOp function) {
  auto mode = function->getAttrOfType<StringAttr>(kGradientAttr);
  return mode ? mode.getValue() : StringRef();
}

bool wav::canCheckGradient(func::FuncOp function) {
  if (function->hasAttr(kUpdateAttr))
    return false;
  StringRef mode = getMode(function);
  return mode == "arguments" || mode == "parameters" || mode == "vjp";
}

void GradientChecker::findVariables(ArrayRef<RefTensorPtr> gradients) {
  auto add = [&](Variable variable) {
    variable.gradient = gradients[variables.size()];
    variable.size = variable.gradient->getNumElements();
    variables.push_back(std::move(variable));
  };
  if (getMode(original) == "parameters") {
    const ParameterLayout &layout = forward.getParameterLayout();
    for (ParameterOp parameter : layout.getParameters())
      add({"parameter '" + parameter.getSymName().str() + "'", std::nullopt,
           layout.getOffset(parameter), 0, nullptr});
    return;
  }
  for (auto [i, type] : llvm::enumerate(original.getArgumentTypes()))
    if (isa<FloatType>(cast<RankedTensorType>(type).getElementType()))
      add({"argument " + std::to_string(i), unsigned(i), 0, 0, nullptr});
}

/// The sum over all results of <cotangent, result>, or the loss, with
/// `variable` moved by `length * step`.
FailureOr<double>
GradientChecker::lossAt(const Variable &variable,
                        ArrayRef<std::pair<int64_t, double>> step,
                        double length) {
  ReferenceInputs moved = inputs;
  moved.arguments.truncate(original.getNumArguments());
  if (variable.argument) {
    auto tensor =
        std::make_shared<RefTensor>(*moved.arguments[*variable.argument]);
    for (auto [index, value] : step)
      tensor->values[index] += length * value;
    moved.arguments[*variable.argument] = tensor;
  } else {
    for (auto [index, value] : step)
      moved.parameters[variable.offset + index] += length * value;
  }
  FailureOr<SmallVector<RefTensorPtr>> results =
      wav::run(forward, original, moved);
  if (failed(results))
    return failure();
  double loss = 0;
  auto addTerm = [&, sum = 0.0](double term) mutable {
    loss += term;
    magnitude = std::max(magnitude, sum += std::abs(term));
  };
  if (getMode(original) != "vjp") {
    addTerm(results->front()->values[0]);
    return loss;
  }
  auto cotangent = inputs.arguments.begin() + original.getNumArguments();
  for (const RefTensorPtr &result : *results) {
    if (!result->indices.empty())
      continue;
    for (auto [value, weight] : llvm::zip(result->values, (*cotangent)->values))
      addTerm(value * weight);
    ++cotangent;
  }
  return loss;
}

/// (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h.
FailureOr<double>
GradientChecker::derivative(const Variable &variable,
                            ArrayRef<std::pair<int64_t, double>> direction) {
  double sum = 0;
  constexpr std::pair<double, double> stencil[] = {
      {-2, 1}, {-1, -8}, {1, 8}, {2, -1}};
  for (auto [position, weight] : stencil) {
    FailureOr<double> loss = lossAt(variable, direction, position * kStep);
    if (failed(loss))
      return failure();
    sum += weight * *loss;
  }
  return sum / (12 * kStep);
}

LogicalResult
GradientChecker::check(const Variable &variable,
                       ArrayRef<std::pair<int64_t, double>> direction,
                       StringRef where) {
  FailureOr<double> expected = derivative(variable, direction);
  if (failed(expected))
    return failure();
  double stated = 0, largest = kNoise * magnitude;
  for (auto [index, value] : direction)
    stated += variable.gradient->values[index] * value;
  for (double value : variable.gradient->values)
    largest = std::max(largest, std::abs(value));
  double difference = std::abs(stated - *expected);
  double relative = difference == 0 ? 0 : difference / largest;
  // Not a number is the worst error.
  if (!(relative <= error.relative)) {
    error.relative = std::isnan(relative) ? INFINITY : relative;
    llvm::raw_string_ostream(error.where = "")
        << variable.name << ", " << where << ": gradient " << stated
        << ", differences " << *expected;
  }
  return success();
}

FailureOr<GradientError> GradientChecker::run() {
  ReferenceInterpreter backward(differentiated->getParentOfType<ModuleOp>());
  ReferenceInputs copy = inputs;
  FailureOr<SmallVector<RefTensorPtr>> results =
      wav::run(backward, differentiated, copy);
  if (failed(results))
    return failure();
  findVariables(ArrayRef(*results).drop_front(original.getNumResults()));

  // Detached values are those at `inputs`.
  forward.holdDetached();
  if (failed(lossAt(variables.front(), {}, 0)))
    return failure();

  for (const Variable &variable : variables) {
    // All elements at once, in a direction of length one.
    std::normal_distribution<double> normal;
    SmallVector<std::pair<int64_t, double>> direction;
    for (int64_t i = 0; i < variable.size; ++i)
      direction.emplace_back(i, normal(generator) / std::sqrt(variable.size));
    if (failed(check(variable, direction, "a direction")))
      return failure();
    std::uniform_int_distribution<int64_t> uniform(0, variable.size - 1);
    for (int i = 0; i < kElements; ++i) {
      int64_t element = uniform(generator);
      if (failed(check(variable, {{element, 1.0}},
                       "element " + std::to_string(element))))
        return failure();
    }
  }
  return error;
}

FailureOr<GradientError> wav::checkGradient(func::FuncOp original,
                                            func::FuncOp differentiated,
                                            const ReferenceInputs &inputs,
                                            std::mt19937_64 &generator) {
  return GradientChecker(original, differentiated, inputs, generator).run();
}
