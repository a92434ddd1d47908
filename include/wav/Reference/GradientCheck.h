//===- GradientCheck.h - Gradients against differences ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_REFERENCE_GRADIENTCHECK_H
#define WAV_REFERENCE_GRADIENTCHECK_H

#include "wav/Reference/Reference.h"

#include <random>
#include <string>

namespace mlir::wav {

/// All that a call of a function reads, and the memory that it writes.
struct ReferenceInputs {
  /// Random inputs for `function` of the interpreter's module: numbers of its
  /// type, standard normal, or uniform in the argument's `wav.range = [low,
  /// high]`. Integers are uniform in the half-open range; 0 where there is
  /// none. States are zero, as at the start of a program.
  static ReferenceInputs random(func::FuncOp function,
                                const ReferenceInterpreter &interpreter,
                                std::mt19937_64 &generator);

  SmallVector<RefTensorPtr> arguments;
  std::vector<double> parameters, firstMoment, secondMoment, state;
};

/// Runs `function`; it writes the memory of `inputs`.
FailureOr<SmallVector<RefTensorPtr>> run(ReferenceInterpreter &interpreter,
                                         func::FuncOp function,
                                         ReferenceInputs &inputs);

/// How far a gradient is from what differences of the function's results give.
struct GradientError {
  /// The largest difference, relative to the largest element of that gradient.
  double relative = 0;
  /// Where it is, for messages.
  std::string where;
};

/// Whether wav-differentiate appends gradients to the function's results: its
/// `wav.gradient` is "arguments", "parameters" or "vjp", and no `wav.update`
/// takes them away.
bool canCheckGradient(func::FuncOp function);

/// Compares the results that `wav-differentiate` appended to a function with
/// central differences of fourth order, in random directions and at random
/// elements. `original` has an attribute `wav.gradient` for which
/// `canCheckGradient` holds; `differentiated` is the same function after the
/// pass. `inputs` are for the latter. A detached value is held constant.
FailureOr<GradientError> checkGradient(func::FuncOp original,
                                       func::FuncOp differentiated,
                                       const ReferenceInputs &inputs,
                                       std::mt19937_64 &generator);

} // namespace mlir::wav

#endif // WAV_REFERENCE_GRADIENTCHECK_H
