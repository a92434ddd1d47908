//===- Generate.cpp - The generate subcommand -----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

#include <charconv>

using namespace wavrt;

/// Characters of a text model, comma-separated ids of any other.
static std::vector<int32_t> parsePrompt(const std::string &prompt,
                                        const Vocabulary &vocabulary,
                                        int64_t vocabSize) {
  if (prompt.empty())
    throw Error("--prompt is empty; give at least one token");
  std::vector<int32_t> tokens;
  if (!vocabulary.empty()) {
    for (size_t i = 0; i != prompt.size(); ++i) {
      tokens.push_back(vocabulary.encode(static_cast<std::byte>(prompt[i])));
      if (tokens.back() < 0)
        throw Error("--prompt: the byte at offset " + std::to_string(i) +
                    " does not occur in the training text; leave it out");
    }
    return tokens;
  }
  for (size_t begin = 0; begin <= prompt.size();) {
    size_t end = std::min(prompt.find(',', begin), prompt.size());
    int32_t token = -1;
    auto [rest, error] =
        std::from_chars(prompt.data() + begin, prompt.data() + end, token);
    if (error != std::errc() || rest != prompt.data() + end || token < 0 ||
        token >= vocabSize)
      throw Error("--prompt: '" + prompt.substr(begin, end - begin) +
                  "' is not a token; the model wants comma-separated ids "
                  "below " +
                  std::to_string(vocabSize));
    tokens.push_back(token);
    begin = end + 1;
  }
  return tokens;
}

namespace {
/// Writes tokens as they come.
class TokenWriter {
public:
  explicit TokenWriter(const Vocabulary &vocabulary) : vocabulary(vocabulary) {}
  ~TokenWriter() { std::fputc('\n', stdout); }

  void write(int32_t token) {
    if (vocabulary.empty())
      std::fprintf(stdout, first ? "%d" : ",%d", token);
    else
      std::fputc(vocabulary.decode(token), stdout);
    std::fflush(stdout);
    first = false;
  }

private:
  const Vocabulary &vocabulary;
  bool first = true;
};
} // namespace

ExitCode wavrt::runGenerate(const GenerateOptions &options,
                            const ProgramProvider &provider) {
  Checkpoint checkpoint = findCheckpoint(options.checkpoint);
  const Vocabulary &vocabulary = checkpoint.state.vocabulary;
  Program program = provide(provider, {std::nullopt, {"prefill", "decode"}});
  int64_t vocabSize = program.manifest().vocabSize;
  std::vector<int32_t> prompt =
      parsePrompt(options.prompt, vocabulary, vocabSize);
  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  loadCheckpoint(session, checkpoint, /*optimizer=*/false);

  // A model may have more tokens than its text has characters.
  auto choices =
      static_cast<size_t>(vocabulary.empty() ? vocabSize : vocabulary.size());
  Decoder decoder(session);
  Random random(options.seed, Stream::Generation);
  TokenWriter out(vocabulary);
  for (int32_t token : prompt)
    out.write(token);
  std::span<const double> logits = decoder.start(prompt);
  for (int64_t i = 0; i != options.tokens; ++i) {
    int32_t token = sampleToken(logits.first(choices), options.sampling,
                                random.uniform(static_cast<uint64_t>(i), 0));
    out.write(token);
    if (i + 1 != options.tokens)
      logits = decoder.append(token);
  }
  return ExitCode::Done;
}
