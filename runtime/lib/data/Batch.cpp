//===- Batch.cpp - Batches of token windows -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/data.h"
#include "wavrt/program.h"

#include <algorithm>

using namespace wavrt;

void wavrt::checkWindow(const TokenRange &range, int64_t context,
                        const char *what, const char *remedy) {
  if (range.size <= context)
    throw Error(std::string(what) + " of '" + range.file->path() + "' has " +
                std::to_string(range.size) + " tokens; a window of context " +
                std::to_string(context) + " needs " +
                std::to_string(context + 1) + ": " + remedy);
}

Batch::Batch(int64_t batch, int64_t context)
    : batch(batch), context(context),
      tokens(static_cast<size_t>(batch * context)), targets(tokens.size()),
      window(static_cast<size_t>(context + 1)) {}

void Batch::fill(int64_t row, const TokenRange &range, int64_t at) {
  range.copy(at, window);
  std::copy(window.begin(), window.end() - 1, tokens.begin() + row * context);
  std::copy(window.begin() + 1, window.end(), targets.begin() + row * context);
}

void Batch::draw(const TokenRange &range, const Random &random, uint64_t step) {
  for (int64_t row = 0; row != batch; ++row)
    fill(row, range,
         random.below(range.size - context, step, static_cast<uint32_t>(row)));
}
