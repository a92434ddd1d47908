//===- Interpreter.cpp - Runs functions in float64 ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Reference/Reference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

RefTensor::RefTensor(RankedTensorType type) : shape(type.getShape()) {
  if (isa<FloatType>(type.getElementType()))
    values.resize(type.getNumElements());
  else
    indices.resize(type.getNumElements());
}

int64_t RefTensor::getNumElements() const {
  return static_cast<int64_t>(std::max(values.size(), indices.size()));
}

/// Rounds to the nearest number of a narrower type.
static double roundTo(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat rounded(value);
  bool losesInfo;
  rounded.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  rounded.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return rounded.convertToDouble();
}

static double roundNumber(double value, FloatType type) {
  return type.isF32() ? static_cast<float>(value)
                      : roundTo(value, type.getFloatSemantics());
}

RefTensorPtr wav::roundTensor(const RefTensor &tensor, FloatType type) {
  auto rounded = std::make_shared<RefTensor>(tensor);
  for (double &value : rounded->values)
    value = roundNumber(value, type);
  return rounded;
}

//===----------------------------------------------------------------------===//
// Values of a frame
//===----------------------------------------------------------------------===//

ReferenceFrame::Entry &ReferenceFrame::insert(Value value) {
  Entry &entry = entries[value];
  entry.usesLeft = std::distance(value.use_begin(), value.use_end());
  return entry;
}

RefTensor &ReferenceFrame::create(Value result) {
  auto tensor =
      std::make_shared<RefTensor>(cast<RankedTensorType>(result.getType()));
  insert(result).tensor = tensor;
  return *tensor;
}

RefTensor &ReferenceFrame::createCopy(Value result, Value source) {
  auto tensor = std::make_shared<RefTensor>(get(source));
  insert(result).tensor = tensor;
  return *tensor;
}

void ReferenceFrame::set(Value result, RefTensorPtr tensor) {
  insert(result).tensor = std::move(tensor);
}

void ReferenceFrame::set(Value result, RefBank bank) {
  insert(result).bank = std::move(bank);
}

void ReferenceFrame::alias(Value result, Value source) {
  Entry shared = entries.at(source);
  Entry &entry = insert(result);
  entry.tensor = std::move(shared.tensor);
  entry.bank = std::move(shared.bank);
}

bool ReferenceFrame::setHeld(Value result) {
  if (!interpreter.detached)
    return false;
  auto it = interpreter.detached->find(result);
  if (it == interpreter.detached->end())
    return false;
  set(result, it->second);
  return true;
}

void ReferenceFrame::hold(Value result) {
  if (interpreter.detached)
    (*interpreter.detached)[result] = share(result);
}

void ReferenceFrame::roundToStorage(Value value) {
  Type type = value.getType();
  if (auto bank = dyn_cast<BankType>(type))
    type = bank.getRowType();
  auto element = dyn_cast<FloatType>(cast<ShapedType>(type).getElementType());
  if (!element)
    return;
  Entry &entry = entries[value];
  if (entry.tensor)
    entry.tensor = roundTensor(*entry.tensor, element);
  auto op = value.getDefiningOp<SourceOp>();
  for (RefSource &source : entry.bank) {
    if (!op || !op.isReadOpen())
      source.row = roundTensor(*source.row, element);
    if (source.scale)
      source.scale =
          roundTensor(*source.scale, Float32Type::get(value.getContext()));
  }
}

double ReferenceFrame::roundAs(Value tensor, double number) const {
  if (interpreter.rounding == RefRounding::None)
    return number;
  auto type = cast<ShapedType>(tensor.getType()).getElementType();
  return roundNumber(number, cast<FloatType>(type));
}

void ReferenceFrame::release(Value value) {
  auto it = entries.find(value);
  if (it != entries.end() && it->second.usesLeft-- <= 1)
    entries.erase(it);
}

MutableArrayRef<double> ReferenceFrame::getMemory(SymbolRefAttr symbol) {
  Operation *op = SymbolTable::lookupSymbolIn(interpreter.module, symbol);
  auto numElements = [](Type type) {
    return cast<RankedTensorType>(type).getNumElements();
  };
  if (auto parameter = dyn_cast<ParameterOp>(op))
    return memory.parameters.slice(interpreter.layout.getOffset(parameter),
                                   numElements(parameter.getType()));
  return memory.state.slice(interpreter.stateOffsets.at(op),
                            numElements(cast<StateOp>(op).getType()));
}

MutableArrayRef<double> ReferenceFrame::getMemory(Arena arena) {
  switch (arena) {
  case Arena::Parameters:
    return memory.parameters;
  case Arena::FirstMoment:
    return memory.firstMoment;
  case Arena::SecondMoment:
    return memory.secondMoment;
  default:
    return {};
  }
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

/// Constants of `arith` are the only ops of other dialects at these levels.
static LogicalResult evaluateConstant(arith::ConstantOp op,
                                      ReferenceFrame &frame) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return op.emitOpError("is not a tensor; the reference has only tensors");
  RefTensor &result = frame.create(op.getResult());
  if (isa<FloatType>(elements.getElementType()))
    llvm::transform(elements.getValues<APFloat>(), result.values.begin(),
                    [](APFloat value) {
                      bool losesInfo;
                      value.convert(llvm::APFloat::IEEEdouble(),
                                    llvm::APFloat::rmNearestTiesToEven,
                                    &losesInfo);
                      return value.convertToDouble();
                    });
  else
    llvm::transform(
        elements.getValues<APInt>(), result.indices.begin(),
        [](const APInt &value) { return int32_t(value.getSExtValue()); });
  return success();
}

LogicalResult ReferenceFrame::evaluate(Operation &op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return evaluateConstant(constant, *this);
  if (auto reference = dyn_cast<ReferenceOpInterface>(op))
    return reference.evaluate(*this);
  return op.emitOpError("has no reference evaluation; the reference runs "
                        "functions of the graph, step and fused levels");
}

LogicalResult ReferenceFrame::evaluate(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(evaluate(op)))
      return failure();
    for (Value result : op.getResults()) {
      if (interpreter.rounding == RefRounding::Storage)
        roundToStorage(result);
      if (result.use_empty())
        release(result);
    }
    for (Value operand : op.getOperands())
      release(operand);
  }
  return success();
}

ReferenceInterpreter::ReferenceInterpreter(ModuleOp module,
                                           RefRounding rounding)
    : module(module), rounding(rounding), layout(module) {
  for (StateOp state : module.getOps<StateOp>()) {
    stateOffsets[state] = numStateElements;
    numStateElements +=
        cast<RankedTensorType>(state.getType()).getNumElements();
  }
}

FailureOr<SmallVector<RefTensorPtr>>
ReferenceInterpreter::run(func::FuncOp function,
                          ArrayRef<RefTensorPtr> arguments,
                          const ReferenceMemory &memory) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("has no body of one block to run");
  Block &block = function.getBody().front();
  if (arguments.size() != block.getNumArguments())
    return function.emitOpError("takes ")
           << block.getNumArguments() << " arguments, not " << arguments.size();

  ReferenceFrame frame(*this, memory);
  for (auto [argument, tensor] : llvm::zip(block.getArguments(), arguments))
    frame.set(argument, tensor);
  if (failed(frame.evaluate(block)))
    return failure();
  return llvm::map_to_vector(block.getTerminator()->getOperands(),
                             [&](Value result) { return frame.share(result); });
}
