//===- WavTypes.cpp - Bank type ---------------------------------*- C++ -*-===//
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
  if (parser.parseKeyword("x") || parser.parseType(rowType))
    return {};
  bool scaled = false, biased = false;
  while (succeeded(parser.parseOptionalComma())) {
    SMLoc flagLoc = parser.getCurrentLocation();
    StringRef flag;
    if (parser.parseKeyword(&flag))
      return {};
    if (flag != "scaled" && flag != "biased") {
      parser.emitError(flagLoc, "a bank is 'scaled', 'biased', both or "
                                "neither, not '")
          << flag << "'";
      return {};
    }
    (flag == "scaled" ? scaled : biased) = true;
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<BankType>(loc, parser.getContext(), size, rowType,
                                     scaled, biased);
}

void BankType::print(AsmPrinter &printer) const {
  printer << '<';
  if (isDynamic())
    printer << '?';
  else
    printer << getSize();
  printer << " x " << getRowType() << (getScaled() ? ", scaled" : "")
          << (getBiased() ? ", biased" : "") << '>';
}

LogicalResult BankType::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t size, RankedTensorType rowType,
                               bool scaled, bool biased) {
  if (size < 0 && size != kDynamic)
    return emitError() << "a bank cannot have " << size << " sources";
  if (!rowType.hasStaticShape())
    return emitError() << "the rows of a bank must have a static shape, not "
                       << rowType;
  if (scaled && rowType.getRank() == 0)
    return emitError() << "a bank of " << rowType
                       << " cannot be scaled: it has no tokens";
  return success();
}

unsigned BankType::getPosition(BankPart part) const {
  switch (part) {
  case BankPart::Row:
    return 0;
  case BankPart::Scale:
    assert(getScaled() && "the bank has no scales");
    return 1;
  case BankPart::Bias:
    assert(getBiased() && "the bank has no bias indices");
    return 1 + getScaled();
  }
  llvm_unreachable("unknown part of a source");
}

RankedTensorType BankType::getPartType(BankPart part) const {
  switch (part) {
  case BankPart::Row:
    return getRowType();
  case BankPart::Scale:
    return RankedTensorType::get(getRowType().getShape().take_front(),
                                 Float32Type::get(getContext()));
  case BankPart::Bias:
    return RankedTensorType::get({}, IntegerType::get(getContext(), 32));
  }
  llvm_unreachable("unknown part of a source");
}

SmallVector<RankedTensorType, 3> BankType::getPartTypes() const {
  SmallVector<RankedTensorType, 3> types = {getRowType()};
  if (getScaled())
    types.push_back(getPartType(BankPart::Scale));
  if (getBiased())
    types.push_back(getPartType(BankPart::Bias));
  return types;
}
