//===- Gradients.h - Gradients of values, while they grow -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_AUTODIFF_GRADIENTS_H
#define WAV_AUTODIFF_GRADIENTS_H

#include "wav/IR/WavInterfaces.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::wav {

/// The gradients of a function's values during reverse-mode differentiation.
///
/// A gradient is kept as a linear combination of values and becomes IR only
/// when it is asked for, as one `wav.combine`. So an op that passes its
/// gradient on costs nothing, and the gradient of a sublayer's update,
/// `du = Gb + c_ph Gph + c_sp Gsp` (method.md 6.4), is one op.
///
/// The gradient of a bank is a bank: of its sources' rows, in f32, and of their
/// scales where one is wanted.
class Gradients {
public:
  /// Gradients with respect to `sources` in `body`, which must be straight-line
  /// code. A value is active if it depends on a source; no other value has a
  /// gradient. IR is created by `builder`.
  Gradients(OpBuilder &builder, Block &body, ValueRange sources);

  /// Whether a gradient of `value` is wanted. `add` drops those that are not,
  /// so a rule asks only where it can save work.
  bool isActive(Value value) const { return active.contains(value); }

  /// Whether anything was added to the gradient of `value`.
  bool has(Value value) const { return terms.contains(value); }

  /// The type of the gradient of `value`: its own, but f32 where bf16 would
  /// round without need. That is the gradient of a bank, which many reads add
  /// to, and of what was cast from f32: a weight's gradient is never bf16.
  static Type getType(Value value);

  /// The type of a bank's gradient to start with: it has scales' gradients if
  /// one of them is wanted.
  BankType getStartType(Value bank) const;
  /// Whether the gradient of some scale of a bank's sources is wanted: detached
  /// matches and constants need none.
  bool hasActiveScale(Value bank) const;

  /// The sum of what was added to the gradient of `value`, in the type that
  /// `getType` says, or cast to `type`; null if nothing was.
  Value get(Value value, Type type = {});

  /// Like `get`, and leaves the gradient empty: for an op that accumulates onto
  /// it and whose result is then added in its place.
  Value take(Value value, Type type = {});

  /// Adds `coefficient * gradient` to the gradient of `value`. The gradient has
  /// the value's shape; its element type may be another.
  void add(Value value, Value gradient, double coefficient = 1.0);

  /// Adds `gradient` to that of the row of source `index` of a bank.
  void addToRow(Value bank, int64_t index, Value gradient);

  /// Adds `coefficient` times the gradient of `from` to that of `to`.
  void forward(Value from, Value to, double coefficient = 1.0);

private:
  struct Term {
    double coefficient;
    Value value;
  };
  using Terms = SmallVector<Term, 2>;

  Value combine(Location loc, Type type, ArrayRef<Term> sum);

  OpBuilder &builder;
  llvm::DenseSet<Value> active;
  /// Never holds an empty combination.
  llvm::DenseMap<Value, Terms> terms;
};

} // namespace mlir::wav

#endif // WAV_AUTODIFF_GRADIENTS_H
