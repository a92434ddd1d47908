//===- Evaluate.cpp - The eval subcommand ---------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Format.h"

#include <cmath>

using namespace wavrt;

ExitCode wavrt::runEval(const EvalOptions &options,
                        const ProgramProvider &provider) {
  Checkpoint checkpoint = findCheckpoint(options.checkpoint);
  const CheckpointState &state = checkpoint.state;
  bool text = !state.vocabulary.empty();
  if (options.data.ends_with(".txt") != text)
    throw Error("'" + checkpoint.directory.string() + "' was trained on " +
                (text ? "text" : "token ids") + "; give a " +
                (text ? ".txt" : ".bin") + " file, not '" + options.data + "'");
  auto file = std::make_shared<const TokenFile>(
      options.data, text ? &state.vocabulary : nullptr, options.tokenBits);
  TokenRange range{file, 0, file->size()};
  checkWindow(range, 1, "the whole", "give more data");

  ProgramRequest request;
  if (range.size > state.context)
    request.entries.push_back("eval");
  if (hasPartialWindow(range, state.context))
    request.entries.insert(request.entries.end(), {"prefill", "decode"});
  Program program = provide(provider, request);
  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  loadCheckpoint(session, checkpoint, /*optimizer=*/false);
  file->checkTokens(session.manifest().vocabSize);

  double loss = fullLoss(session, range);
  Table table;
  table.add("checkpoint", checkpoint.directory.string());
  table.add("data", options.data);
  table.add("tokens", std::to_string(range.size));
  table.add("loss", format("%.6f", loss));
  table.add("perplexity", format("%.6f", std::exp(loss)));
  table.add(text ? "bits per character" : "bits per token",
            format("%.6f", loss / std::log(2.0)));
  std::fputs(table.text().c_str(), stdout);
  if (!std::isfinite(loss))
    throw Error(ExitCode::Numerics,
                "the loss is not finite; take an earlier checkpoint");
  return ExitCode::Done;
}
