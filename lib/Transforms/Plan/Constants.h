//===- Constants.h - The constants arena ------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_PLAN_CONSTANTS_H
#define WAV_LIB_TRANSFORMS_PLAN_CONSTANTS_H

#include "wav/IR/WavDialect.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::wav {

/// The value of a constant op. Reports and fails if the op has none.
FailureOr<DenseElementsAttr> evaluateConstant(Operation *op);

/// All constants of a program, each kept once. Constants with all elements
/// equal share the memory of the largest.
class ConstantPool {
public:
  void add(DenseElementsAttr value);
  /// Assigns offsets; nothing may be added afterwards.
  void layOut();
  /// In bytes.
  int64_t getOffset(DenseElementsAttr value) const;
  /// A `wav.constant` for each.
  void build(OpBuilder &builder, Location loc) const;

private:
  struct Entry {
    DenseElementsAttr value;
    int64_t offset = 0;
  };
  static Attribute getKey(DenseElementsAttr value);
  llvm::MapVector<Attribute, Entry> entries;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_PLAN_CONSTANTS_H
