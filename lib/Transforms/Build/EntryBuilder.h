//===- EntryBuilder.h - Ops of one entry point ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_BUILD_ENTRYBUILDER_H
#define WAV_LIB_TRANSFORMS_BUILD_ENTRYBUILDER_H

#include "Symbols.h"

#include "wav/IR/WavModelOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::wav {

/// What later passes derive from the loss of an entry point.
enum class Derived {
  Nothing,
  Gradients, ///< One more result for each parameter (`wav-differentiate`).
  Update     ///< New parameters, by these gradients (`wav-update`).
};

/// The function of an entry point, the rows it treats, and its parameters.
class EntryBuilder {
public:
  /// An input: its name in the manifest, its type, and the kind of what fills
  /// it (wav/IR/Fill.h).
  struct Input {
    StringRef name;
    Type type;
    StringRef fill;
  };
  /// An output and its name in the manifest.
  using NamedValue = std::pair<StringRef, Value>;

  /// Starts the public function `name` at the end of `module`. Its token rows
  /// are `batch` sequences of `length`, stored as `element`.
  EntryBuilder(ModelOp model, ProgramSymbols &symbols, ModuleOp module,
               StringRef name, ArrayRef<Input> inputs, int64_t batch,
               int64_t length, FloatType element);

  /// Ends the function.
  void finish(ArrayRef<NamedValue> outputs, Derived derived = Derived::Nothing);

  ModelOp getModel() const { return model; }
  Value getInput(unsigned index) { return function.getArgument(index); }
  int64_t getBatch() const { return batch; }
  int64_t getLength() const { return length; }

  /// Ops from here on belong to the part of the model called `name`.
  void setPart(const Twine &name);

  /// Creates an op at the end of the function.
  template <typename OpTy, typename... Args> OpTy create(Args &&...args) {
    return OpTy::create(builder, loc, std::forward<Args>(args)...);
  }

  /// `tensor<shape x f32>`
  RankedTensorType getType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }
  /// The type of activations of the given shape.
  RankedTensorType getActivationsType(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, element);
  }
  /// Activations of `columns` columns, one row a token.
  RankedTensorType getRowsType(int64_t columns) {
    return getActivationsType({batch * length, columns});
  }
  /// One scalar a token.
  RankedTensorType getScalarsType() { return getType({batch * length}); }

  /// The value of a parameter; the first use declares it.
  Value getParameter(const Twine &name, ArrayRef<int64_t> shape,
                     const ParameterSpec &spec);
  /// The value of a state, activations, that starts as zero.
  Value getState(const Twine &name, ArrayRef<int64_t> shape);
  void setState(const Twine &name, Value value);

  /// A constant index, `tensor<i32>`.
  Value getIndex(int32_t index);
  /// A constant vector.
  Value getConstant(ArrayRef<double> numbers);
  /// One for every token.
  Value getOnes();

  Value rmsNorm(Value input, const Twine &name);
  /// `input` times a weight `[outputs, inputs]`, transposed. Both factors are
  /// activations: a weight is cast to their type.
  Value linear(Value input, const Twine &name, int64_t outputs);
  Value linear(Value input, Value weight);

private:
  ModelOp model;
  ProgramSymbols &symbols;
  func::FuncOp function;
  OpBuilder builder;
  Location loc;
  int64_t batch, length;
  FloatType element;
  llvm::DenseMap<StringAttr, Value> parameters;
  llvm::DenseMap<int32_t, Value> indices;
  Value ones;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_BUILD_ENTRYBUILDER_H
