//===- Verify.cpp - What verifiers share ----------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

/// "2048x128", or "a scalar".
static std::string describe(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "a scalar";
  return llvm::join(
      llvm::map_range(shape, [](int64_t size) { return llvm::itostr(size); }),
      "x");
}

LogicalResult wav::checkShape(Operation *op, StringRef name, Value value,
                              ArrayRef<int64_t> shape, const Twine &reason) {
  if (!value || getTensor(value).getShape() == shape)
    return success();
  return op->emitOpError() << "'" << name << "' must be " << describe(shape)
                           << " (" << reason << "), not "
                           << describe(getTensor(value).getShape());
}

LogicalResult wav::checkSameShape(Operation *op, StringRef name, Value value,
                                  StringRef otherName, Value other) {
  return checkShape(op, name, value, getTensor(other).getShape(),
                    "the shape of '" + otherName + "'");
}

LogicalResult wav::checkSameElement(Operation *op, StringRef name, Value value,
                                    StringRef otherName, Value other) {
  if (!value ||
      getTensor(value).getElementType() == getTensor(other).getElementType())
    return success();
  return op->emitOpError() << "'" << name << "' is of "
                           << getTensor(value).getElementType() << " but '"
                           << otherName << "' of "
                           << getTensor(other).getElementType()
                           << "; make them one type with wav.cast";
}

LogicalResult wav::checkCount(Operation *op, StringRef name, int64_t count,
                              StringRef otherName, int64_t otherCount) {
  if (count == otherCount)
    return success();
  return op->emitOpError() << "has " << count << " '" << name << "' but "
                           << otherCount << " '" << otherName << "'";
}
