//===- JsonObject.cpp - JSON with located errors --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonObject.h"

#include "wav/Support/Json.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Places in the file
//===----------------------------------------------------------------------===//

namespace {
/// Walks over JSON text that llvm::json has accepted; its values do not know
/// where they came from.
class JsonCursor {
public:
  explicit JsonCursor(StringRef text) : text(text), rest(text) {}

  /// Goes to the value at `path` and returns its offset; stops early where the
  /// document has no such value.
  size_t find(const JsonPath &path) {
    skipSpace();
    for (const auto &segment : path)
      if (!enter(segment))
        break;
    return text.size() - rest.size();
  }

private:
  void skipSpace() { rest = rest.ltrim(" \t\r\n"); }

  StringRef takeString() {
    size_t end = 1;
    while (rest[end] != '"')
      end += rest[end] == '\\' ? 2 : 1;
    StringRef string = rest.take_front(end + 1);
    rest = rest.drop_front(end + 1);
    return string;
  }

  void skipValue() {
    skipSpace();
    int depth = 0;
    do {
      char c = rest.front();
      if (c == '"') {
        takeString();
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']'))
        return;
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      rest = rest.drop_front();
    } while (depth > 0 || !StringRef(",}]").contains(rest.front()));
  }

  /// Moves from the start of an object or array to the value of a segment.
  bool enter(const std::variant<std::string, size_t> &segment) {
    StringRef container = rest;
    bool hasKeys = std::holds_alternative<std::string>(segment);
    if (!rest.starts_with(hasKeys ? "{" : "["))
      return false;
    rest = rest.drop_front();
    for (size_t index = 0;; ++index) {
      skipSpace();
      if (rest.starts_with("}") || rest.starts_with("]"))
        break;
      bool found = false;
      if (auto *key = std::get_if<std::string>(&segment)) {
        llvm::Expected<JsonValue> name = llvm::json::parse(takeString());
        found = name && name->getAsString() == *key;
        if (!name)
          llvm::consumeError(name.takeError());
        skipSpace();
        rest = rest.drop_front(); // ':'
        skipSpace();
      } else {
        found = index == std::get<size_t>(segment);
      }
      if (found)
        return true;
      skipValue();
      skipSpace();
      rest.consume_front(",");
    }
    rest = container;
    return false;
  }

  StringRef text, rest;
};
} // namespace

LogicalResult JsonSource::checkForm() const {
  StringRef text = getText();
  for (StringRef mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"})
    if (text.starts_with(mark))
      return mlir::emitError(getLocation(size_t(0)))
             << "starts with a byte order mark; save it as UTF-8 without one";
  if (std::optional<size_t> at = findTooDeepJson(text))
    return mlir::emitError(getLocation(*at))
           << "objects and lists are nested more than " << kMaxJsonDepth
           << " deep";
  return success();
}

LogicalResult JsonSource::checkKeys() const {
  StringRef text = getText();
  /// The keys of each object, or null for a list, that is open.
  SmallVector<std::unique_ptr<llvm::StringSet<>>> open;
  bool isKey = false;
  for (size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
    case '{':
      open.push_back(std::make_unique<llvm::StringSet<>>());
      isKey = true;
      break;
    case '[':
      open.push_back(nullptr);
      isKey = false;
      break;
    case '}':
    case ']':
      open.pop_back();
      isKey = false;
      break;
    case ',':
      isKey = open.back() != nullptr;
      break;
    case '"': {
      size_t end = getJsonStringEnd(text, at);
      if (isKey) {
        // Escapes are resolved: "a" and "\u0061" are one key.
        JsonValue key = llvm::cantFail(llvm::json::parse(text.slice(at, end)));
        if (!open.back()->insert(*key.getAsString()).second)
          return mlir::emitError(getLocation(at))
                 << "key '" << *key.getAsString() << "' is given twice";
      }
      isKey = false;
      at = end - 1;
      break;
    }
    default:
      break;
    }
  }
  return success();
}

FileLineColLoc JsonSource::getLocation(size_t offset) const {
  unsigned id = sources.getMainFileID();
  const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(id);
  auto [line, column] = sources.getLineAndColumn(
      llvm::SMLoc::getFromPointer(buffer->getBufferStart() + offset), id);
  return FileLineColLoc::get(context, buffer->getBufferIdentifier(), line,
                             column);
}

FileLineColLoc JsonSource::getLocation(const JsonPath &path) const {
  return getLocation(JsonCursor(getText()).find(path));
}

/// `residual.rows[1].name`
static std::string formatPath(const JsonPath &path) {
  std::string result;
  for (const auto &segment : path) {
    if (auto *key = std::get_if<std::string>(&segment))
      result += (result.empty() ? "" : ".") + *key;
    else
      result += "[" + std::to_string(std::get<size_t>(segment)) + "]";
  }
  return result;
}

InFlightDiagnostic JsonSource::emitError(const JsonPath &path) const {
  return mlir::emitError(getLocation(path)) << formatPath(path) << ": ";
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

JsonPath JsonObject::getPath(StringRef key) const {
  JsonPath result = path;
  result.push_back(key.str());
  return result;
}

const JsonValue *JsonObject::get(StringRef key) {
  known.insert(key);
  return object.get(key);
}

const JsonValue *JsonObject::require(StringRef key) {
  const JsonValue *value = get(key);
  if (!value)
    emitError(key) << "missing; this key is required";
  return value;
}

/// Sets `value` from `parsed`, or reports that `kind` was expected.
template <typename T, typename Parsed>
static LogicalResult assign(const JsonObject &object, StringRef key,
                            const JsonValue &json, const Parsed &parsed,
                            StringRef kind, T &value) {
  if (!parsed)
    return object.emitError(key) << "expected " << kind << ", got "
                                 << llvm::formatv("{0}", json).str();
  value = *parsed;
  return success();
}

LogicalResult JsonObject::read(StringRef key, int64_t &value) {
  const JsonValue *json = get(key);
  if (!json)
    return success();
  return assign(*this, key, *json, json->getAsInteger(), "an integer", value);
}

LogicalResult JsonObject::read(StringRef key, double &value) {
  const JsonValue *json = get(key);
  if (!json)
    return success();
  return assign(*this, key, *json, json->getAsNumber(), "a number", value);
}

LogicalResult JsonObject::read(StringRef key, bool &value) {
  const JsonValue *json = get(key);
  if (!json)
    return success();
  return assign(*this, key, *json, json->getAsBoolean(), "true or false",
                value);
}

LogicalResult JsonObject::read(StringRef key, std::string &value) {
  const JsonValue *json = get(key);
  if (!json)
    return success();
  return assign(*this, key, *json, json->getAsString(), "a string", value);
}

LogicalResult JsonObject::expect(StringRef key, const JsonValue &only) {
  const JsonValue *value = get(key);
  if (!value || *value == only)
    return success();
  return emitError(key)
         << "only "
         << llvm::formatv("{0} is supported, got {1}", only, *value).str();
}

LogicalResult JsonObject::finish(StringRef problem) {
  // Objects are unordered; the first in the alphabet is as good as another.
  std::optional<StringRef> unknown;
  for (const auto &[key, value] : object)
    if (!known.contains(key) && (!unknown || StringRef(key) < *unknown))
      unknown = key;
  if (!unknown)
    return success();
  return emitError(*unknown)
         << problem
         << "; valid keys: " << llvm::join(known.getArrayRef(), ", ");
}
