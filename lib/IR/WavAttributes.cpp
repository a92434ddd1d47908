//===- WavAttributes.cpp - Verification of discardable attributes ---------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavAttributes.h"

#include "wav/IR/Level.h"
#include "wav/IR/WavDialect.h"
#include "wav/Support/Json.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include <array>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Where an attribute may stand. Bits.
enum Where : unsigned {
  Module = 1,
  Function = 2,
  Argument = 4,
  Result = 8,
  Loop = 16,
  Product = 32,
};
constexpr std::array<StringLiteral, 6> kWhereNames = {
    "a module", "a function", "an argument", "a result", "a loop", "an op"};

struct Rule {
  StringLiteral name;
  unsigned places;
  /// What `accepts` takes, as text behind "must be".
  StringLiteral expected;
  bool (*accepts)(Attribute value);
};

} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

template <int64_t minimum> static bool isInteger(Attribute value) {
  auto integer = dyn_cast<IntegerAttr>(value);
  return integer && integer.getType().isInteger(64) &&
         integer.getInt() >= minimum;
}

static bool isText(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return text && !text.empty();
}

static bool isGradient(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return text && llvm::is_contained({"parameters", "arguments", "vjp"},
                                    text.getValue());
}

static bool isLevel(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  return text && parseLevel(text);
}

static bool isConfig(Attribute value) {
  auto text = dyn_cast<StringAttr>(value);
  if (!text)
    return false;
  llvm::Expected<llvm::json::Value> json = parseJson(text);
  if (json)
    return json->getAsObject();
  llvm::consumeError(json.takeError());
  return false;
}

static bool isOptimizer(Attribute value) {
  auto constants = dyn_cast<DictionaryAttr>(value);
  return constants && constants.getAs<StringAttr>("name") &&
         llvm::all_of(constants, [](NamedAttribute constant) {
           return constant.getName() == "name" ||
                  isa<FloatAttr>(constant.getValue());
         });
}

/// With a string `kind`, and other fields that are strings or numbers.
static bool isFill(Attribute value) {
  auto fill = dyn_cast<DictionaryAttr>(value);
  return fill && fill.getAs<StringAttr>("kind") &&
         llvm::all_of(fill, [](NamedAttribute field) {
           return isa<StringAttr, FloatAttr, IntegerAttr>(field.getValue());
         });
}

/// Of floats or of integers, as the argument's elements.
static bool isRange(Attribute value) {
  auto range = dyn_cast<ArrayAttr>(value);
  if (!range || range.size() != 2)
    return false;
  if (auto low = dyn_cast<FloatAttr>(range[0]))
    if (auto high = dyn_cast<FloatAttr>(range[1]))
      return low.getValueAsDouble() <= high.getValueAsDouble();
  if (isInteger<INT64_MIN>(range[0]) && isInteger<INT64_MIN>(range[1]))
    return cast<IntegerAttr>(range[0]).getInt() <
           cast<IntegerAttr>(range[1]).getInt();
  return false;
}

static bool isInstances(Attribute value) {
  auto counts = dyn_cast<DenseI64ArrayAttr>(value);
  return counts && counts.size() == 2 && counts[0] >= 1 && counts[1] >= 0;
}

static bool isUnit(Attribute value) { return isa<UnitAttr>(value); }

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static constexpr Rule kRules[] = {
    {kBatchAttr, Module, "an i64 of at least 1", isInteger<1>},
    {kContextAttr, Module, "an i64 of at least 1", isInteger<1>},
    {kConfigAttr, Module,
     "a string that is one JSON object, nested at most 64 deep", isConfig},
    {kLevelAttr, Module, "the name of a level, from \"model\" to \"target\"",
     isLevel},
    {kOptimizerAttr, Module, "a dictionary of a string 'name' and floats",
     isOptimizer},
    {kGradientAttr, Function, R"("parameters", "arguments" or "vjp")",
     isGradient},
    {kUpdateAttr, Function, "a unit attribute", isUnit},
    {kFillAttr, Argument,
     "a dictionary of a string 'kind' and other strings and numbers", isFill},
    {kNameAttr, Argument | Result, "a string that is not empty", isText},
    {kRangeAttr, Argument,
     "[low, high], two floats in order or two i64 of which the second, not in "
     "the range, is larger",
     isRange},
    {kThreadsAttr, Function, "an i64 of at least 1", isInteger<1>},
    {kSharedBytesAttr, Function, "an i64 of at least 0", isInteger<0>},
    {kInstancesAttr, Function,
     "two i64, partitions of at least 1 and slots of at least 0", isInstances},
    {kLanesAttr, Function, "an i64 of at least 1", isInteger<1>},
    {kRowLoopAttr, Loop, "an i64 of at least 1", isInteger<1>},
    {kResultAttr, Product, "a unit attribute", isUnit},
};

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static std::string describePlaces(unsigned places) {
  std::string text;
  for (auto [bit, name] : llvm::enumerate(kWhereNames))
    if (places & (1u << bit))
      text += (text.empty() ? "" : " or ") + name.str();
  return text;
}

static const Rule &getClosest(StringRef name) {
  return *llvm::min_element(kRules, [&](const Rule &lhs, const Rule &rhs) {
    return name.edit_distance(lhs.name) < name.edit_distance(rhs.name);
  });
}

/// `where` is the place's text in a message: `argument 0: `.
static LogicalResult verify(Operation *op, unsigned places, const Twine &where,
                            NamedAttribute attribute) {
  StringRef name = attribute.getName();
  auto fail = [&]() {
    return op->emitError() << where.str() << "the attribute '" << name << "' ";
  };
  const auto *rule = llvm::find_if(
      kRules, [&](const Rule &rule) { return rule.name == name; });
  if (rule == std::end(kRules))
    return fail() << "is none of the dialect's; did you mean '"
                  << getClosest(name).name << "'?";
  if (!(rule->places & places))
    return fail() << "belongs on " << describePlaces(rule->places);
  if (!rule->accepts(attribute.getValue()))
    return fail() << "must be " << rule->expected << ", not "
                  << attribute.getValue();
  return success();
}

LogicalResult WavDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  unsigned places = Product;
  if (isa<ModuleOp>(op))
    places = Module;
  else if (isa<FunctionOpInterface>(op))
    places = Function;
  else if (isa<LoopLikeOpInterface>(op))
    places |= Loop;
  return verify(op, places, "", attribute);
}

LogicalResult WavDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned index,
                                                   NamedAttribute attribute) {
  return verify(op, Argument, "argument " + Twine(index) + ": ", attribute);
}

LogicalResult
WavDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned index,
                                        NamedAttribute attribute) {
  return verify(op, Result, "result " + Twine(index) + ": ", attribute);
}
