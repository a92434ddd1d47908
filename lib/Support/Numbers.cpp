//===- Numbers.cpp - Numbers as text --------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Support/Numbers.h"

#include "mlir/IR/Builders.h"

#include <charconv>

using namespace mlir;

std::string wav::formatNumber(double value) {
  char buffer[32];
  auto [end, error] =
      std::to_chars(std::begin(buffer), std::end(buffer), value);
  std::string text(buffer, end);
  // MLIR reads an exponent only after a decimal point.
  size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos)
    text.insert(exponent, ".0");
  return text;
}

FailureOr<FloatAttr> wav::parseNumber(AsmParser &parser) {
  Attribute number;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseAttribute(number))
    return failure();
  double value;
  if (auto integer = dyn_cast<IntegerAttr>(number))
    value = integer.getValue().signedRoundToDouble();
  else if (auto real = dyn_cast<FloatAttr>(number))
    value = real.getValueAsDouble();
  else
    return parser.emitError(loc, "expected a number");
  return parser.getBuilder().getF64FloatAttr(value);
}

void wav::printNumber(AsmPrinter &printer, FloatAttr number) {
  printer << formatNumber(number.getValueAsDouble());
}
