//===- Numbers.h - Numbers as text ------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_SUPPORT_NUMBERS_H
#define WAV_SUPPORT_NUMBERS_H

#include "mlir/IR/OpImplementation.h"

#include <string>

namespace mlir::wav {

/// The shortest text that MLIR and JSON both read back as `value`, which must
/// be finite: `-2`, `0.1`, `1.0e-06`.
std::string formatNumber(double value);

/// Parses an integer or decimal number as f64.
FailureOr<FloatAttr> parseNumber(AsmParser &parser);
void printNumber(AsmPrinter &printer, FloatAttr number);

} // namespace mlir::wav

#endif // WAV_SUPPORT_NUMBERS_H
