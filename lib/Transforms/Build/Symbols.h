//===- Symbols.h - Parameters and states of a program ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_BUILD_SYMBOLS_H
#define WAV_LIB_TRANSFORMS_BUILD_SYMBOLS_H

#include "wav/IR/WavDialect.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::wav {

/// How a parameter starts, and whether weight decay pulls at it.
struct ParameterSpec {
  /// The standard deviation, or the constant.
  double initValue = 0;
  /// If not empty, one constant for each element.
  SmallVector<double> initValues = {};
  bool normal = false;
  bool decay = false;

  /// A matrix: normal numbers of the standard deviation given.
  static ParameterSpec matrix(double deviation) {
    return {deviation, {}, /*normal=*/true, /*decay=*/true};
  }
  /// Everything else: norms, queries, biases, gains and scales.
  static ParameterSpec constant(double value) { return {value}; }
  /// Constants, one for each element.
  static ParameterSpec constants(ArrayRef<double> values) {
    if (llvm::all_equal(values))
      return constant(values.front());
    return {0, SmallVector<double>(values)};
  }
};

/// The parameters and states that entry points have asked for. A name and its
/// shape are stated once, where the value is used; all entry points ask for the
/// same parameters, so the order of the network is that of declaration.
class ProgramSymbols {
public:
  void require(StringAttr name, RankedTensorType type,
               const ParameterSpec &spec) {
    parameters.insert({name, {type, spec}});
  }
  void requireState(StringAttr name, RankedTensorType type) {
    states.insert({name, type});
  }
  /// Declares everything at `builder`, parameters under decay first.
  void declare(OpBuilder &builder, Location loc) const;

private:
  llvm::MapVector<StringAttr, std::pair<RankedTensorType, ParameterSpec>>
      parameters;
  llvm::MapVector<StringAttr, RankedTensorType> states;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_BUILD_SYMBOLS_H
