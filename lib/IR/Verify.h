//===- Verify.h - What verifiers share --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_IR_VERIFY_H
#define WAV_LIB_IR_VERIFY_H

#include "wav/IR/WavDialect.h"

namespace mlir::wav {

inline RankedTensorType getTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}
inline int64_t getRows(Value matrix) { return getTensor(matrix).getDimSize(0); }
inline int64_t getWidth(Value matrix) {
  return getTensor(matrix).getDimSize(1);
}

/// Fails unless `value`, the operand or result called `name`, has the given
/// shape. `reason` says where the shape comes from, as in "the shape of
/// 'input'". An absent optional value has every shape.
LogicalResult checkShape(Operation *op, StringRef name, Value value,
                         ArrayRef<int64_t> shape, const Twine &reason);

/// Fails unless `value` has the shape of `other`, which is called `otherName`.
LogicalResult checkSameShape(Operation *op, StringRef name, Value value,
                             StringRef otherName, Value other);

/// Fails unless `value` has the element type of `other`. The runtime's library
/// has functions for one type; row programs take any mixture.
LogicalResult checkSameElement(Operation *op, StringRef name, Value value,
                               StringRef otherName, Value other);

/// Fails unless the numbers are equal: "has 3 'planes' but 2 'coefficients'".
LogicalResult checkCount(Operation *op, StringRef name, int64_t count,
                         StringRef otherName, int64_t otherCount);

/// Fails unless `op` has operands for `instances` instances.
LogicalResult checkInstances(Operation *op, int64_t instances);

/// Fails unless the numbers of a step's `bytes_by_category`, which may be null,
/// add up to its `bytes`.
LogicalResult checkBytesByCategory(Operation *op, DictionaryAttr byCategory,
                                   int64_t bytes);

} // namespace mlir::wav

#endif // WAV_LIB_IR_VERIFY_H
