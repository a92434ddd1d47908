//===- Gradients.cpp - The grads subcommand -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Entry.h"

#include "wavrt/safetensors.h"

#include <algorithm>
#include <cmath>

using namespace wavrt;

ExitCode wavrt::runGrads(const GradsOptions &options,
                         const ProgramProvider &provider) {
  checkOutput(options.out, {options.weights, options.tokens});
  auto file = std::make_shared<const TokenFile>(options.tokens, nullptr,
                                                options.tokenBits);
  if (file->isText())
    throw Error("'" + options.tokens + "' is text; give a .bin file of tokens");

  // The context, which is not known before there is a program, gives the
  // batch.
  int64_t window = provide(provider, {}).manifest().context + 1;
  int64_t batch = file->size() / window;
  if (file->size() % window != 0)
    throw Error(
        "'" + options.tokens + "' has " + std::to_string(file->size()) +
        " tokens; give a multiple of context + 1 = " + std::to_string(window));
  Program program = provide(provider, {batch, {"grads"}});
  const Manifest &manifest = program.manifest();
  file->checkTokens(manifest.vocabSize);
  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  loadTensors(session, options.weights, storedParameters(manifest));

  const EntryInfo &entry = findEntry(session, "grads");
  checkInputs(entry, {"tokens", "targets"});
  Batch input(batch, manifest.context);
  for (int64_t row = 0; row != batch; ++row)
    input.fill(row, {file, 0, file->size()}, row * window);
  writeInput(session, entry, "tokens", input.tokens);
  writeInput(session, entry, "targets", input.targets);
  session.run(entry.name);

  std::vector<StoredTensor> results = {
      {"loss", {1}, findOutput(entry, "loss")},
      {"logits",
       {batch, manifest.context, manifest.vocabSize},
       findOutput(entry, "logits")}};
  for (const ParameterInfo &parameter : manifest.parameters) {
    std::string name = "grad." + parameter.name;
    results.push_back({name, parameter.shape, findOutput(entry, name)});
  }
  AtomicPath out(options.out);
  saveTensors(session, out.temporary(), results);
  out.commit();
  for (const StoredTensor &result : results) {
    std::vector<double> values(
        static_cast<size_t>(result.memory.numElements()));
    session.read(result.memory, values);
    if (!std::ranges::all_of(values, [](double x) { return std::isfinite(x); }))
      throw Error(ExitCode::Numerics,
                  "'" + result.name + "' is not finite in '" + options.out +
                      "', which was written; give other --weights");
  }
  return ExitCode::Done;
}
