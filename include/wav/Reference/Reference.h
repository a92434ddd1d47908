//===- Reference.h - Evaluation in float64 ----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference interpreter runs functions of the graph, step and fused levels
// slowly and obviously, every float in double precision. It is the judge of
// every pass and back end. An op takes part by implementing
// ReferenceOpInterface (lib/Reference).
//
//===----------------------------------------------------------------------===//

#ifndef WAV_REFERENCE_REFERENCE_H
#define WAV_REFERENCE_REFERENCE_H

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/WavInterfaces.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>
#include <vector>

namespace mlir::wav {

/// A dense row-major tensor: `values` if its elements are floats (of whatever
/// type), `indices` if they are i32. A vector or a scalar is one row.
struct RefTensor {
  RefTensor() = default;
  /// Zeros of the given type.
  explicit RefTensor(RankedTensorType type);

  int64_t getNumElements() const;
  int64_t getWidth() const { return shape.empty() ? 1 : shape.back(); }
  int64_t getNumRows() const {
    return getWidth() == 0 ? 0 : getNumElements() / getWidth();
  }

  /// Row `index` of a float tensor.
  MutableArrayRef<double> row(int64_t index) {
    return {values.data() + index * getWidth(), size_t(getWidth())};
  }
  ArrayRef<double> row(int64_t index) const {
    return {values.data() + index * getWidth(), size_t(getWidth())};
  }

  SmallVector<int64_t> shape;
  std::vector<double> values;
  std::vector<int32_t> indices;
};

/// Values are shared, not copied: a bank holds the very rows it was formed of.
using RefTensorPtr = std::shared_ptr<const RefTensor>;

/// A source of a bank; what it does not have is null.
struct RefSource {
  double getScale(int64_t token) const {
    return scale ? scale->values[token] : 1;
  }
  /// The indices of its biases, -1 for none.
  SmallVector<int64_t> getBiases() const {
    SmallVector<int64_t> indices = {-1};
    if (bias)
      indices.assign(bias->indices.begin(), bias->indices.end());
    return indices;
  }

  RefTensorPtr row, scale, bias;
};
using RefBank = SmallVector<RefSource>;

/// What a module keeps between calls, as float64: the arenas of its parameters
/// and moments, laid out by ParameterLayout, and its states one after the
/// other. An arena that no function uses may be empty.
struct ReferenceMemory {
  MutableArrayRef<double> parameters, firstMoment, secondMoment, state;
};

/// The tensor with each number rounded to the nearest of `type`.
RefTensorPtr roundTensor(const RefTensor &tensor, FloatType type);

enum class RefRounding {
  None,   ///< Everything is float64.
  Storage ///< Each value is rounded to its declared element type.
};

class ReferenceInterpreter {
public:
  /// `module` holds the functions, parameters and states; it must not change
  /// while the interpreter exists.
  explicit ReferenceInterpreter(ModuleOp module,
                                RefRounding rounding = RefRounding::None);

  /// Runs `function` of the module. Returns its results, or failure after a
  /// diagnostic (an op with no reference, an index out of range).
  FailureOr<SmallVector<RefTensorPtr>> run(func::FuncOp function,
                                           ArrayRef<RefTensorPtr> arguments,
                                           const ReferenceMemory &memory);

  /// From now on, a value that gradients do not pass (a detached match) keeps
  /// what it is in the next run. Differences of later runs then are what a
  /// gradient states.
  void holdDetached() { detached.emplace(); }

  RefRounding getRounding() const { return rounding; }
  const ParameterLayout &getParameterLayout() const { return layout; }
  /// Elements of the arena that holds all states.
  int64_t getNumStateElements() const { return numStateElements; }

private:
  friend class ReferenceFrame;
  ModuleOp module;
  RefRounding rounding;
  ParameterLayout layout;
  llvm::DenseMap<Operation *, int64_t> stateOffsets;
  int64_t numStateElements = 0;
  std::optional<llvm::DenseMap<Value, RefTensorPtr>> detached;
};

/// The values of one running function.
class ReferenceFrame {
public:
  ReferenceFrame(ReferenceInterpreter &interpreter,
                 const ReferenceMemory &memory)
      : interpreter(interpreter), memory(memory) {}

  const RefTensor &get(Value value) const { return *share(value); }
  RefTensorPtr share(Value value) const { return entries.at(value).tensor; }
  const RefBank &getBank(Value value) const { return entries.at(value).bank; }

  /// A number inside an op that is a factor of a product with elements of
  /// `tensor`: if values are rounded to their types, so is it.
  double roundAs(Value tensor, double number) const;

  /// Makes the value of `result`, zeros of its type, for the caller to fill.
  RefTensor &create(Value result);
  /// The same, starting as a copy of `source`'s value.
  RefTensor &createCopy(Value result, Value source);
  void set(Value result, RefTensorPtr tensor);
  void set(Value result, RefBank bank);
  /// Makes `result` the same tensor or bank as `source`.
  void alias(Value result, Value source);

  /// Called by an op whose result `result` is detached: sets it to the value
  /// that is held for it, if there is one.
  bool setHeld(Value result);
  /// Called after such a result was set: its value is held if that is asked.
  void hold(Value result);

  /// The memory of a parameter or state.
  MutableArrayRef<double> getMemory(SymbolRefAttr symbol);
  /// A whole arena.
  MutableArrayRef<double> getMemory(Arena arena);
  const ParameterLayout &getParameterLayout() const {
    return interpreter.layout;
  }

  /// Evaluates all ops of `block` but its terminator. The values of its
  /// arguments must be set. Values are dropped after their last use.
  LogicalResult evaluate(Block &block);

private:
  struct Entry {
    RefTensorPtr tensor;
    RefBank bank;
    int64_t usesLeft = 0;
  };
  Entry &insert(Value value);
  LogicalResult evaluate(Operation &op);
  void roundToStorage(Value value);
  void release(Value value);

  ReferenceInterpreter &interpreter;
  ReferenceMemory memory;
  llvm::DenseMap<Value, Entry> entries;
};

} // namespace mlir::wav

#endif // WAV_REFERENCE_REFERENCE_H
