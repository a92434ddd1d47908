//===- Json.h - JSON that others wrote --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_SUPPORT_JSON_H
#define WAV_SUPPORT_JSON_H

#include "llvm/Support/JSON.h"

#include <optional>

namespace mlir::wav {

/// How deep objects and lists may be nested: parsers and printers of JSON are
/// recursive.
inline constexpr int kMaxJsonDepth = 64;

/// The first byte that is nested deeper than that, if any.
std::optional<size_t> findTooDeepJson(llvm::StringRef text);

/// As llvm::json::parse, but nesting that is too deep is an error too.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

/// The end of the string whose first quote is at `begin`, behind its last one.
size_t getJsonStringEnd(llvm::StringRef text, size_t begin);

} // namespace mlir::wav

#endif // WAV_SUPPORT_JSON_H
