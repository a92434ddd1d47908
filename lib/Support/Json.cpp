//===- Json.cpp - JSON that others wrote ------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Support/Json.h"

using namespace mlir;
using llvm::StringRef;

size_t wav::getJsonStringEnd(StringRef text, size_t begin) {
  size_t end = begin + 1;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

std::optional<size_t> wav::findTooDeepJson(StringRef text) {
  int depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"')
      at = getJsonStringEnd(text, at) - 1;
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth > kMaxJsonDepth)
      return at;
  }
  return std::nullopt;
}

llvm::Expected<llvm::json::Value> wav::parseJson(StringRef text) {
  if (findTooDeepJson(text))
    return llvm::createStringError("objects and lists are nested more than " +
                                   llvm::Twine(kMaxJsonDepth) + " deep");
  return llvm::json::parse(text);
}
