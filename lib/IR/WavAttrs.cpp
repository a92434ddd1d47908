//===- WavAttrs.cpp - Residual schemes as data ----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavDialect.h"
#include "wav/Support/Numbers.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Text of parameters
//===----------------------------------------------------------------------===//

namespace mlir::wav {

static FailureOr<DenseF64ArrayAttr> parseNumbers(AsmParser &parser) {
  SmallVector<double> numbers;
  auto parseElement = [&]() -> ParseResult {
    FailureOr<FloatAttr> number = parseNumber(parser);
    if (failed(number))
      return failure();
    numbers.push_back(number->getValueAsDouble());
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     parseElement))
    return failure();
  return parser.getBuilder().getDenseF64ArrayAttr(numbers);
}

static void printNumbers(AsmPrinter &printer, ArrayRef<double> numbers) {
  printer << '[';
  llvm::interleaveComma(numbers, printer, [&](double number) {
    printer << formatNumber(number);
  });
  printer << ']';
}

static FailureOr<SmallVector<RowAttr>> parseRows(AsmParser &parser) {
  SmallVector<RowAttr> rows;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseCustomAttributeWithFallback(rows.emplace_back());
      }))
    return failure();
  return rows;
}

static void printRows(AsmPrinter &printer, ArrayRef<RowAttr> rows) {
  printer << '[';
  llvm::interleaveComma(rows, printer, [&](RowAttr row) {
    printer.printStrippedAttrOrType(row);
  });
  printer << ']';
}

} // namespace mlir::wav

#define GET_ATTRDEF_CLASSES
#include "wav/WavAttrs.cpp.inc"

void WavDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "wav/WavAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static bool isFinite(FloatAttr number) {
  return !number || number.getValue().isFinite();
}

LogicalResult RowAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              StringRef name, DenseF64ArrayAttr coefficients,
                              StringRef match, FloatAttr biasInit) {
  if (name.empty())
    return emitError() << "a row needs a name";
  if (coefficients.empty())
    return emitError() << "row '" << name
                       << "' has no coefficients; give four numbers, or one "
                          "for each sublayer of the block";
  if (!llvm::all_of(coefficients.asArrayRef(),
                    [](double c) { return std::isfinite(c); }) ||
      !isFinite(biasInit))
    return emitError() << "row '" << name
                       << "' has a number that is not finite";
  if (match == name)
    return emitError() << "row '" << name << "' is matched to itself";
  return success();
}

/// Every match names a row that is itself unmatched, so that references are
/// known before the rows matched to them.
static LogicalResult verifyMatches(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<RowAttr> rows) {
  llvm::StringSet<> unmatched;
  for (RowAttr row : rows)
    if (!row.isMatched())
      unmatched.insert(row.getName());
  for (RowAttr row : rows)
    if (row.isMatched() && !unmatched.contains(row.getMatch()))
      return emitError() << "row '" << row.getName() << "' is matched to '"
                         << row.getMatch()
                         << "', which is not a row without a match of its own";
  return success();
}

LogicalResult ResidualAttr::verify(
    function_ref<InFlightDiagnostic()> emitError, int64_t blockSize,
    ArrayRef<RowAttr> rows, Normaliser normaliser, BiasMode biasMode,
    BiasScope biasScope, bool base, bool keyGain, PartialDetails partialDetails,
    bool finalDetails, bool matchDetach, WriteScale writeScale,
    FloatAttr writeScaleInit, int64_t heads, int64_t keySlice) {
  if (blockSize < 0)
    return emitError() << "block_size " << blockSize
                       << " is negative; give a number of sublayers, or 0 for "
                          "one block";
  // Every site reads the rows of every block before it.
  constexpr size_t kMaxRows = 64;
  if (rows.size() > kMaxRows)
    return emitError() << "has " << rows.size() << " rows; at most " << kMaxRows
                       << " can be kept of a block";
  if (rows.empty())
    return emitError() << "a scheme needs at least one row";
  llvm::StringSet<> names;
  for (RowAttr row : rows) {
    if (!names.insert(row.getName()).second)
      return emitError() << "two rows are named '" << row.getName() << "'";
    int64_t count = row.getCoefficients().size();
    if (count != 4 && blockSize != 0 && count != blockSize)
      return emitError() << "row '" << row.getName() << "' has " << count
                         << " coefficients; give 4, or one for each of the "
                         << blockSize << " sublayers of a block";
  }
  if (failed(verifyMatches(emitError, rows)))
    return failure();
  if (normaliser == Normaliser::None &&
      (rows.size() != 1 || rows[0].isDetail() || base || keyGain))
    return emitError() << "normaliser 'none' reads the stream itself: it takes "
                          "one row without match or bias, no base and no "
                          "key_gain";
  if (!isFinite(writeScaleInit))
    return emitError() << "write_scale_init is not finite";
  if (heads != 1)
    return emitError() << "heads = " << heads << " is not available yet; use 1";
  if (keySlice != 0)
    return emitError() << "key_slice = " << keySlice
                       << " is not available yet; use 0, the whole width";
  return success();
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

bool ResidualAttr::hasDetails() const {
  return llvm::any_of(getRows(), [](RowAttr row) { return row.isDetail(); });
}

int64_t ResidualAttr::getNumBiases() const {
  return llvm::count_if(getRows(), [](RowAttr row) { return row.isBiased(); });
}

int64_t ResidualAttr::getBlockLength(int64_t sublayers) const {
  return getBlockSize() == 0 ? sublayers : getBlockSize();
}

/// Scales the positive and the negative numbers to a total of half the length
/// each, so that they sum to zero (method.md 2.2). Without one of the sides
/// there is nothing to contrast.
static void balance(MutableArrayRef<double> coefficients) {
  double positive = 0, negative = 0;
  for (double c : coefficients)
    (c > 0 ? positive : negative) += std::abs(c);
  if (positive == 0 || negative == 0)
    return llvm::fill(coefficients, 0.0);
  double half = static_cast<double>(coefficients.size()) / 2;
  for (double &c : coefficients)
    c *= half / (c > 0 ? positive : negative);
}

SmallVector<double> ResidualAttr::getBlockCoefficients(unsigned row,
                                                       int64_t first,
                                                       int64_t length) const {
  ArrayRef<double> given = getRows()[row].getCoefficients();
  if (given.size() != 4)
    return SmallVector<double>(given.take_front(length));

  SmallVector<double> result;
  for (int64_t i = 0; i < length; ++i) {
    bool secondHalf = i >= length / 2;
    bool mlp = (first + i) % 2 == 1;
    result.push_back(given[2 * secondHalf + mlp]);
  }
  if (llvm::any_of(given, [](double c) { return c > 0; }) &&
      llvm::any_of(given, [](double c) { return c < 0; }))
    balance(result);
  return result;
}
