//===- Optimizers.h - What trains parameters --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TRANSFORMS_OPTIMIZERS_H
#define WAV_TRANSFORMS_OPTIMIZERS_H

#include "wav/IR/WavStructureOps.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <string>

namespace mlir::wav {

/// A number that an optimiser computes with.
struct OptimizerConstant {
  enum class Range { Fraction /*[0, 1)*/, Positive };

  StringLiteral name;
  double usual;
  Range range;
};

/// What the op of an optimiser is built from.
struct Update {
  OpBuilder &builder;
  Location loc;
  /// Matrices: the arenas, and the gradient in their layout.
  Value parameters, gradient;
  SmallVector<Value> moments;
  /// The global norm of the gradient, a scalar, as all inputs are.
  Value norm;
  /// The rows of the arenas that decay, the first ones.
  IntegerAttr decayRows;
  /// Appends a scalar input to the step; `fill` says what fills it
  /// (wav/IR/Fill.h).
  std::function<Value(StringRef name, DictionaryAttr fill)> addInput;
  std::function<FloatAttr(StringRef name)> getConstant;
};

/// An optimiser: a name, what it keeps, its constants, and its op.
struct Optimizer {
  StringLiteral name;
  /// The arenas it keeps from step to step.
  ArrayRef<Arena> moments;
  ArrayRef<OptimizerConstant> constants;
  /// The results are the new parameters, then the new moments.
  Operation *(*build)(Update &update);
};

/// All optimisers.
ArrayRef<Optimizer> getOptimizers();

/// The optimiser called `name`; the error lists the names that there are.
llvm::Expected<const Optimizer &> getOptimizer(StringRef name);

/// The names of all optimisers, joined by ", ".
std::string listOptimizers();

} // namespace mlir::wav

#endif // WAV_TRANSFORMS_OPTIMIZERS_H
