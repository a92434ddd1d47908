//===- WavModelOps.cpp - The model op ---------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavModelOps.h"
#include "wav/Support/Numbers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavModelOps.cpp.inc"

/// The keys in the order of printing.
static constexpr StringLiteral kKeys[] = {"vocab_size",
                                          "hidden_size",
                                          "intermediate_size",
                                          "num_hidden_layers",
                                          "num_attention_heads",
                                          "max_position_embeddings",
                                          "rms_norm_eps",
                                          "rope_theta",
                                          "initializer_range",
                                          "tie_word_embeddings",
                                          "residual"};

static bool isReal(StringRef key) {
  return key == "rms_norm_eps" || key == "rope_theta" ||
         key == "initializer_range";
}

static ParseResult parseEntry(OpAsmParser &parser, NamedAttrList &attributes) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef key;
  if (parser.parseKeyword(&key) || parser.parseEqual())
    return failure();
  if (!llvm::is_contained(kKeys, key))
    return parser.emitError(loc)
           << "unknown key '" << key
           << "'; valid keys: " << llvm::join(ArrayRef(kKeys), ", ");
  if (attributes.get(key))
    return parser.emitError(loc) << "key '" << key << "' is given twice";
  Attribute value;
  if (isReal(key)) {
    FailureOr<FloatAttr> number = parseNumber(parser);
    if (failed(number))
      return failure();
    value = *number;
  } else if (parser.parseAttribute(value)) {
    return failure();
  }
  attributes.append(key, value);
  return success();
}

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes))
    return failure();
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Braces, [&] {
    return parseEntry(parser, result.attributes);
  });
}

void ModelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " {";
  printer.increaseIndent();
  llvm::interleave(
      kKeys, printer,
      [&](StringRef key) {
        printer.printNewline();
        printer << key << " = ";
        Attribute value = (*this)->getAttr(key);
        if (isReal(key))
          printNumber(printer, cast<FloatAttr>(value));
        else
          printer.printAttributeWithoutType(value);
      },
      ",");
  printer.decreaseIndent();
  printer.printNewline();
  printer << '}';
}

/// Rows with one coefficient a sublayer fit the network when it is one block.
static LogicalResult verifyRows(ModelOp model) {
  ResidualAttr residual = model.getResidual();
  int64_t length = residual.getBlockLength(model.getNumSublayers());
  for (RowAttr row : residual.getRows()) {
    int64_t count = row.getCoefficients().size();
    if (count != 4 && count != length)
      return model.emitOpError()
             << "row '" << row.getName() << "' has " << count
             << " coefficients; give 4, or one for each of the " << length
             << " sublayers of a block";
  }
  return success();
}

/// The largest value of each size. Products of them stay far below 2^63, and a
/// layer, which is code of its own, takes tens of milliseconds to compile.
static constexpr std::pair<StringLiteral, int64_t> kLargest[] = {
    {"vocab_size", 1 << 24},          {"hidden_size", 1 << 20},
    {"intermediate_size", 1 << 22},   {"num_hidden_layers", 1 << 10},
    {"num_attention_heads", 1 << 20}, {"max_position_embeddings", 1 << 20}};

/// Numbers in the table of rotary positions, which the compiler computes.
static constexpr int64_t kLargestTable = 1 << 26;

LogicalResult ModelOp::verify() {
  for (auto [key, largest] : kLargest) {
    int64_t value = (*this)->getAttrOfType<IntegerAttr>(key).getInt();
    if (value < 1 || value > largest)
      return emitOpError() << key << " is " << value
                           << "; it must be positive and at most " << largest;
  }
  for (StringRef key : {"rms_norm_eps", "rope_theta"}) {
    APFloat value = (*this)->getAttrOfType<FloatAttr>(key).getValue();
    if (!value.isFinite() || value.isNegative() || value.isZero())
      return emitOpError() << key << " must be positive and finite";
  }
  if (!getInitializerRange().isFinite() || getInitializerRange().isNegative())
    return emitOpError() << "initializer_range must be finite and at least 0";

  int64_t width = getHiddenSize(), heads = getNumAttentionHeads();
  if (width % heads != 0)
    return emitOpError() << "hidden_size " << width
                         << " is not divisible by num_attention_heads "
                         << heads;
  if (getHeadDim() % 2 != 0)
    return emitOpError() << "hidden_size / num_attention_heads is "
                         << getHeadDim()
                         << "; rotary positions need an even head width";
  if (getMaxPositionEmbeddings() * getHeadDim() > kLargestTable)
    return emitOpError() << "max_position_embeddings "
                         << getMaxPositionEmbeddings()
                         << " is too large for heads of width " << getHeadDim()
                         << "; their product must be at most " << kLargestTable;
  if (width % 4 != 0)
    return emitOpError() << "hidden_size " << width
                         << " is not a multiple of 4";
  return verifyRows(*this);
}
