//===- ParameterLayout.h - Where each parameter lies ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_ANALYSIS_PARAMETERLAYOUT_H
#define WAV_ANALYSIS_PARAMETERLAYOUT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/JSON.h"

#include <memory>
#include <vector>

namespace mlir::wav {
class ParameterOp;

/// How a module's parameters lie in the parameter arena, and likewise their
/// gradients and moments in theirs.
///
/// An arena is a matrix of f32, `getNumRows() x kRowWidth`, so that the
/// optimiser is an ordinary row program. Parameters under weight decay come
/// first, then the others, both in the order of their declaration; the others
/// start at a new row, so that decay is a property of a row. Every parameter
/// starts at a multiple of kAlignment. Gaps are zero in every arena, and stay
/// zero.
class ParameterLayout {
public:
  /// Elements in a row of an arena.
  static constexpr int64_t kRowWidth = 512;
  /// In elements: 64 bytes of f32.
  static constexpr int64_t kAlignment = 16;

  /// Lays out the parameters that `module`, a ModuleOp, holds.
  explicit ParameterLayout(Operation *module);

  /// All parameters in the order of their declaration, which is the order of
  /// the operands of `wav.pack`.
  ArrayRef<ParameterOp> getParameters() const;

  /// The offset of a parameter of the module, in elements.
  int64_t getOffset(ParameterOp parameter) const;
  int64_t getNumRows() const { return numRows; }
  /// The first rows, those under weight decay.
  int64_t getNumDecayRows() const { return numDecayRows; }
  /// `tensor<rows x 512 x f32>`.
  RankedTensorType getArenaType() const { return arenaType; }

private:
  /// Of a class that users of the header need not know.
  std::shared_ptr<const std::vector<ParameterOp>> parameters;
  llvm::DenseMap<Operation *, int64_t> offsets;
  int64_t numRows = 0;
  int64_t numDecayRows = 0;
  RankedTensorType arenaType;
};

/// How a parameter starts, as the manifest says it (docs/manifest.md).
llvm::json::Object describeInit(ParameterOp parameter);

/// The manifest's `precision` of a module, or function, of any level after
/// `model`: `bf16` if anything is stored as that, else `f32`.
StringRef describePrecision(Operation *op);

/// The manifest's description of the optimiser; empty if nothing is updated.
llvm::json::Object describeOptimizer(ModuleOp module);

} // namespace mlir::wav

#endif // WAV_ANALYSIS_PARAMETERLAYOUT_H
