//===- WavTypes.cpp - Bank type ----------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavDialect.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::wav;

Type BankType::parse(AsmParser &parser) {
  int64_t size = kDynamic;
  RankedTensorType rowType;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess())
    return {};
  if (failed(parser.parseOptionalQuestion()) && parser.parseInteger(size))
    return {};
  if (parser.parseKeyword("x") || parser.parseType(rowType) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<BankType>(loc, parser.getContext(), size, rowType);
}

void BankType::print(AsmPrinter &printer) const {
  printer << '<';
  if (isDynamic())
    printer << '?';
  else
    printer << getSize();
  printer << " x " << getRowType() << '>';
}

LogicalResult BankType::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t size, RankedTensorType rowType) {
  if (size < 0 && size != kDynamic)
    return emitError() << "a bank cannot have " << size << " rows";
  if (!rowType.hasStaticShape())
    return emitError() << "the rows of a bank must have a static shape, not "
                       << rowType;
  return success();
}
