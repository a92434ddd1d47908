//===- Fill.cpp - What fills the inputs of a program ----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Fill.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::wav;

DictionaryAttr wav::getFill(MLIRContext *context, StringRef kind,
                            ArrayRef<NamedAttribute> fields) {
  Builder builder(context);
  NamedAttrList all(fields);
  all.set("kind", builder.getStringAttr(kind));
  return all.getDictionary(context);
}

StringRef wav::getFillKind(DictionaryAttr fill) {
  auto kind = fill ? fill.getAs<StringAttr>("kind") : StringAttr();
  return kind ? kind.getValue() : StringRef();
}

/// A number or a string as JSON has it.
static std::optional<llvm::json::Value> describeField(Attribute field) {
  if (auto text = dyn_cast<StringAttr>(field))
    return llvm::json::Value(text.getValue());
  if (auto number = dyn_cast<FloatAttr>(field))
    return llvm::json::Value(number.getValueAsDouble());
  if (auto number = dyn_cast<IntegerAttr>(field);
      number && number.getType().isSignlessInteger(64))
    return llvm::json::Value(number.getInt());
  return std::nullopt;
}

LogicalResult wav::verifyFill(function_ref<InFlightDiagnostic()> emitError,
                              Attribute attribute) {
  auto fill = dyn_cast<DictionaryAttr>(attribute);
  if (getFillKind(fill).empty())
    return emitError() << "is filled with " << attribute
                       << "; it must be a dictionary with a string 'kind', as "
                          "{kind = \"tokens\"}";
  for (NamedAttribute field : fill)
    if (!describeField(field.getValue()))
      return emitError() << "is filled with '" << field.getName().getValue()
                         << "' = " << field.getValue()
                         << "; a field must be a string, a float or an i64";
  return success();
}

llvm::json::Object wav::describeFields(DictionaryAttr fields) {
  llvm::json::Object result;
  for (NamedAttribute field : fields)
    if (std::optional<llvm::json::Value> value =
            describeField(field.getValue()))
      result[field.getName().getValue()] = std::move(*value);
  return result;
}
