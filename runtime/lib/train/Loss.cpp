//===- Loss.cpp - Evaluating the loss on a range of tokens ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include "Entry.h"

#include <algorithm>
#include <cmath>

using namespace wavrt;

static double evalBatch(Session &session, const Batch &batch) {
  const EntryInfo &entry = findEntry(session, "eval");
  writeInput(session, entry, "tokens", batch.tokens);
  writeInput(session, entry, "targets", batch.targets);
  session.run(entry.name);
  return readOutput(session, entry, "loss");
}

double wavrt::sampledLoss(Session &session, const TokenRange &range,
                          uint64_t seed, int64_t batches) {
  Batch batch(session.manifest().batch, session.manifest().context);
  Random random(seed, Stream::EvaluationBatches);
  double sum = 0;
  for (int64_t i = 0; i != batches; ++i) {
    batch.draw(range, random, static_cast<uint64_t>(i));
    sum += evalBatch(session, batch);
  }
  return sum / static_cast<double>(batches);
}

/// -log softmax(logits)[target].
static double crossEntropy(std::span<const double> logits, int32_t target) {
  double maximum = *std::ranges::max_element(logits);
  double sum = 0;
  for (double logit : logits)
    sum += std::exp(logit - maximum);
  return std::log(sum) + maximum - logits[static_cast<size_t>(target)];
}

bool wavrt::hasPartialWindow(const TokenRange &range, int64_t context) {
  return (range.size - 1) % context != 0;
}

double wavrt::fullLoss(Session &session, const TokenRange &range) {
  const int64_t context = session.manifest().context;
  const int64_t windows = (range.size - 1) / context;
  Batch batch(session.manifest().batch, context);
  double sum = 0; // over predictions

  int64_t window = 0;
  for (; window + batch.batch <= windows; window += batch.batch) {
    for (int64_t row = 0; row != batch.batch; ++row)
      batch.fill(row, range, (window + row) * context);
    sum +=
        evalBatch(session, batch) * static_cast<double>(batch.batch * context);
  }
  for (; window != windows; ++window) {
    for (int64_t row = 0; row != batch.batch; ++row)
      batch.fill(row, range, window * context);
    sum += evalBatch(session, batch) * static_cast<double>(context);
  }

  if (hasPartialWindow(range, context)) {
    std::vector<int32_t> tokens(
        static_cast<size_t>(range.size - windows * context));
    range.copy(windows * context, tokens);
    Decoder decoder(session);
    std::span<const double> logits = decoder.start(std::span(tokens).first(1));
    sum += crossEntropy(logits, tokens[1]);
    for (size_t i = 1; i + 1 != tokens.size(); ++i)
      sum += crossEntropy(decoder.append(tokens[i]), tokens[i + 1]);
  }
  return sum / static_cast<double>(range.size - 1);
}
