//===- EntryBuilder.cpp - Ops of one entry point --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryBuilder.h"

#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavModelOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/IR/WavTransformerOps.h"
#include "wav/Transforms/Optimizers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::wav;

EntryBuilder::EntryBuilder(ModelOp model, ProgramSymbols &symbols,
                           ModuleOp module, StringRef name,
                           ArrayRef<Input> inputs, int64_t batch,
                           int64_t length, FloatType element)
    : model(model), symbols(symbols), builder(module.getBodyRegion()),
      loc(model.getLoc()), batch(batch), length(length), element(element) {
  SmallVector<Type> types = llvm::map_to_vector(
      inputs, [](const Input &input) { return input.type; });
  builder.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(builder, loc, name,
                                  builder.getFunctionType(types, {}));
  for (const auto &[index, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(index, kNameAttr, builder.getStringAttr(input.name));
    function.setArgAttr(index, kFillAttr,
                        getFill(builder.getContext(), input.fill));
  }
  builder.setInsertionPointToEnd(function.addEntryBlock());
}

void EntryBuilder::finish(ArrayRef<NamedValue> outputs, Derived derived) {
  SmallVector<Value> values(llvm::make_second_range(outputs));
  loc = model.getLoc();
  create<func::ReturnOp>(values);
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(), ValueRange(values).getTypes()));
  for (const auto &[index, output] : llvm::enumerate(outputs))
    function.setResultAttr(index, kNameAttr,
                           builder.getStringAttr(output.first));
  if (derived != Derived::Nothing)
    function->setAttr(kGradientAttr, builder.getStringAttr("parameters"));
  if (derived == Derived::Update)
    function->setAttr(kUpdateAttr, builder.getUnitAttr());
}

void EntryBuilder::setPart(const Twine &name) {
  loc = NameLoc::get(builder.getStringAttr(name), model.getLoc());
}

Value EntryBuilder::getParameter(const Twine &name, ArrayRef<int64_t> shape,
                                 const ParameterSpec &spec) {
  StringAttr symbol = builder.getStringAttr(name);
  Value &value = parameters[symbol];
  if (!value) {
    symbols.require(symbol, getType(shape), spec);
    value = create<GetOp>(getType(shape), symbol);
  }
  return value;
}

Value EntryBuilder::getState(const Twine &name, ArrayRef<int64_t> shape) {
  StringAttr symbol = builder.getStringAttr(name);
  symbols.requireState(symbol, getActivationsType(shape));
  return create<GetOp>(getActivationsType(shape), symbol);
}

void EntryBuilder::setState(const Twine &name, Value value) {
  StringAttr symbol = builder.getStringAttr(name);
  symbols.requireState(symbol, cast<RankedTensorType>(value.getType()));
  create<SetOp>(symbol, value);
}

Value EntryBuilder::getIndex(int32_t index) {
  Value &value = indices[index];
  if (!value)
    value = create<arith::ConstantOp>(DenseIntElementsAttr::get(
        RankedTensorType::get({}, builder.getI32Type()), index));
  return value;
}

Value EntryBuilder::getConstant(ArrayRef<double> numbers) {
  RankedTensorType type = getType(static_cast<int64_t>(numbers.size()));
  SmallVector<float> values(numbers);
  return create<arith::ConstantOp>(DenseFPElementsAttr::get(type, values));
}

Value EntryBuilder::getOnes() {
  if (!ones)
    ones = create<FillOp>(getScalarsType(), APFloat(1.0));
  return ones;
}

Value EntryBuilder::rmsNorm(Value input, const Twine &name) {
  Value gain = getParameter(name + ".weight", model.getHiddenSize(),
                            ParameterSpec::constant(1));
  return create<RMSNormOp>(input.getType(), input, gain, model.getRmsNormEps());
}

Value EntryBuilder::linear(Value input, const Twine &name, int64_t outputs) {
  int64_t inputs = cast<RankedTensorType>(input.getType()).getDimSize(1);
  double deviation = model.getInitializerRange().convertToDouble();
  return linear(input, getParameter(name + ".weight", {outputs, inputs},
                                    ParameterSpec::matrix(deviation)));
}

Value EntryBuilder::linear(Value input, Value weight) {
  int64_t rows = cast<RankedTensorType>(input.getType()).getDimSize(0);
  auto weightType = cast<RankedTensorType>(weight.getType());
  weight = builder.createOrFold<CastOp>(
      loc, getActivationsType(weightType.getShape()), weight);
  return create<MatmulOp>(getActivationsType({rows, weightType.getDimSize(0)}),
                          input, weight, /*accumulator=*/Value(),
                          /*transpose_a=*/false, /*transpose_b=*/true);
}
