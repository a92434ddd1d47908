//===- Decoder.cpp - Token by token through the caches --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include "Entry.h"

#include <algorithm>

using namespace wavrt;

Decoder::Decoder(Session &session)
    : session(session), prefillEntry(findEntry(session, "prefill")),
      decodeEntry(findEntry(session, "decode")),
      logits(static_cast<size_t>(session.manifest().vocabSize)) {}

std::span<const double> Decoder::start(std::span<const int32_t> tokens) {
  size_t kept =
      std::min(tokens.size(), static_cast<size_t>(session.manifest().context));
  window.assign(tokens.end() - static_cast<ptrdiff_t>(kept), tokens.end());
  return prefill();
}

std::span<const double> Decoder::append(int32_t token) {
  auto context = static_cast<size_t>(session.manifest().context);
  if (window.size() == context) {
    // Positions are absolute, so the caches cannot slide: start again with
    // the newest half, and room for the other half.
    window.push_back(token);
    size_t kept = std::max<size_t>(context / 2, 1);
    window.erase(window.begin(), window.end() - static_cast<ptrdiff_t>(kept));
    return prefill();
  }
  auto position = static_cast<int32_t>(window.size());
  window.push_back(token);
  writeInput(session, decodeEntry, "tokens", std::span(&token, 1));
  writeInput(session, decodeEntry, "position", std::span(&position, 1));
  session.run(decodeEntry.name);
  session.read(findOutput(decodeEntry, "logits"), logits);
  return logits;
}

std::span<const double> Decoder::prefill() {
  // Rows behind the last token are computed and never seen: attention is
  // causal, and `decode` overwrites their place in the caches.
  std::vector<int32_t> padded = window;
  padded.resize(static_cast<size_t>(session.manifest().context));
  auto last = static_cast<int32_t>(window.size()) - 1;
  writeInput(session, prefillEntry, "tokens", padded);
  writeInput(session, prefillEntry, "last", std::span(&last, 1));
  session.run(prefillEntry.name);
  session.read(findOutput(prefillEntry, "logits"), logits);
  return logits;
}
