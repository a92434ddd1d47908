//===- Reports.cpp - What the checker found -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reports.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::wav::simt;

void Reports::beginLaunch(StringRef name) {
  kernel = name.str();
  lines.clear();
  seen.clear();
  dropped = 0;
}

void Reports::add(const char *what, uint32_t thread, const Site &site,
                  function_ref<void(llvm::raw_ostream &)> describe) {
  auto [entry, isNew] = seen.try_emplace({&site, what}, lines.size());
  if (!isNew && entry->second < lines.size()) {
    ++lines[entry->second].count;
    return;
  }
  if (lines.size() == limit) {
    // Its index is that of no line.
    ++dropped;
    return;
  }
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << what << ": kernel '" << kernel << "', block " << block
         << ", thread " << thread << ": ";
  describe(stream);
  stream << ", at " << site.where;
  lines.push_back({text, 1});
}

llvm::Error Reports::take() {
  if (lines.empty())
    return llvm::Error::success();
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const Line &line : lines) {
    if (&line != &lines.front())
      stream << '\n';
    stream << line.text;
    if (line.count > 1)
      stream << " (and " << line.count - 1 << " more there)";
  }
  if (dropped)
    stream << "\nand " << dropped << " other reports";
  return llvm::createStringError(text);
}
