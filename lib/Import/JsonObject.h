//===- JsonObject.h - JSON with located errors ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_IMPORT_JSONOBJECT_H
#define WAV_LIB_IMPORT_JSONOBJECT_H

#include "wav/IR/WavDialect.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"

#include <string>
#include <type_traits>
#include <variant>

namespace mlir::wav {

/// Not to be confused with mlir::Value.
using JsonValue = llvm::json::Value;

/// Where a value is in a JSON document: keys of objects and indices of arrays.
using JsonPath = SmallVector<std::variant<std::string, size_t>>;

/// A JSON file in a source manager, for diagnostics.
class JsonSource {
public:
  JsonSource(llvm::SourceMgr &sources, MLIRContext *context)
      : sources(sources), context(context) {}

  StringRef getText() const {
    return sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
  }
  /// Fails if the text starts with a byte order mark, or is nested too deeply
  /// to be parsed.
  LogicalResult checkForm() const;
  /// Fails if an object has a key twice. The text must be valid JSON.
  LogicalResult checkKeys() const;
  /// The file, line and column of a byte.
  FileLineColLoc getLocation(size_t offset) const;
  /// That of the value at `path`. The text must be valid JSON.
  FileLineColLoc getLocation(const JsonPath &path) const;
  MLIRContext *getContext() const { return context; }
  /// An error about the value at `path`, which starts with the path.
  InFlightDiagnostic emitError(const JsonPath &path) const;

private:
  llvm::SourceMgr &sources;
  MLIRContext *context;
};

/// An object of which every key must be read or ignored. Methods that fail have
/// reported why, naming the key and its place.
class JsonObject {
public:
  JsonObject(const JsonSource &source, const llvm::json::Object &object,
             JsonPath path = {})
      : source(source), object(object), path(std::move(path)) {}

  /// The value of `key`, which from now on is a valid key, or null.
  const JsonValue *get(StringRef key);
  /// As `get`; a missing key is an error.
  const JsonValue *require(StringRef key);

  /// Sets `value` to that of `key`, if the object has it.
  LogicalResult read(StringRef key, int64_t &value);
  LogicalResult read(StringRef key, double &value);
  LogicalResult read(StringRef key, bool &value);
  LogicalResult read(StringRef key, std::string &value);
  template <typename Enum>
    requires std::is_enum_v<Enum>
  LogicalResult read(StringRef key, Enum &value);

  /// A key that only may say what is so anyway.
  LogicalResult expect(StringRef key, const JsonValue &only);

  /// Fails if the object has a key that was not asked for. `problem` follows
  /// the key in the message: "is not a key of ...".
  LogicalResult finish(StringRef problem);

  JsonPath getPath(StringRef key) const;
  /// An error about `key`, or about the object.
  InFlightDiagnostic emitError(StringRef key) const {
    return source.emitError(getPath(key));
  }
  InFlightDiagnostic emitError() const { return source.emitError(path); }
  const JsonSource &getSource() const { return source; }

private:
  const JsonSource &source;
  const llvm::json::Object &object;
  JsonPath path;
  llvm::SetVector<StringRef> known;
};

template <typename Enum>
  requires std::is_enum_v<Enum>
LogicalResult JsonObject::read(StringRef key, Enum &value) {
  std::string text(stringifyEnum(value));
  if (failed(read(key, text)))
    return failure();
  if (auto parsed = symbolizeEnum<Enum>(text)) {
    value = *parsed;
    return success();
  }
  InFlightDiagnostic diagnostic = emitError(key)
                                  << "unknown value '" << text << "'; one of: ";
  // Enumerations count from zero and have no text past their end.
  for (uint32_t i = 0; !stringifyEnum(Enum(i)).empty(); ++i)
    diagnostic << (i == 0 ? "" : ", ") << stringifyEnum(Enum(i));
  return diagnostic;
}

} // namespace mlir::wav

#endif // WAV_LIB_IMPORT_JSONOBJECT_H
