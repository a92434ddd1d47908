//===- train.h - Training, evaluation and generation ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts that the subcommands of a training program are made of. Each runs
// entry points of docs/manifest.md on a session.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_H
#define WAVRT_TRAIN_H

#include "wavrt/checkpoint.h"
#include "wavrt/data.h"
#include "wavrt/program.h"

#include <cstdio>

namespace wavrt {

/// Draws every parameter from its `init`. Element e of a parameter is half
/// e % 2 of normal pair e / 2, at step = XXH64 of the parameter's name: equal
/// names and shapes start equal whatever else a model has, so that schemes can
/// be compared from the same start.
void initializeParameters(Session &session, uint64_t seed);

/// The learning rate of step `index` (from 0): linear warm-up to the peak in
/// `warmup` steps, then a cosine to the least, as in llm.c.
double learningRate(const TrainSettings &settings, int64_t index);

/// What the inputs of a training step are functions of.
struct StepState {
  const TrainSettings &settings;
  const Batch &batch;
  int64_t index; ///< Of the step, from 0.
};

/// Fills the inputs of an entry point with what the manifest says of each
/// (`fill`, docs/manifest.md).
class InputFiller {
public:
  /// `entry` must outlive this. Throws Error, which names the input, if the
  /// manifest does not say what fills one, or says what this runtime does not
  /// know or cannot fill an input of that type and shape with.
  InputFiller(const EntryInfo &entry, const Batch &batch);

  void fill(Session &session, const StepState &step) const;

private:
  std::vector<std::function<void(Session &, const StepState &)>> writers;
};

struct StepResult {
  double loss = 0, gradNorm = 0, learningRate = 0;
  double seconds = 0;
};

/// Runs `train_step`.
class Trainer {
public:
  /// Throws Error if the entry has an input that cannot be filled.
  Trainer(Session &session, TokenRange training, const TrainSettings &settings);

  /// Runs the step with the given index, from 0. Every input is a function of
  /// the data, the settings and the index.
  StepResult step(int64_t index);

private:
  Session &session;
  TokenRange training;
  TrainSettings settings;
  const EntryInfo &entry;
  Batch batch;
  InputFiller inputs;
};

/// Feeds one sequence through `prefill` and `decode`. When the context is
/// full, the newest half of it is kept (at least one token) and prefilled
/// again, so that generation never ends.
class Decoder {
public:
  explicit Decoder(Session &session);

  /// Starts a new sequence of at least one token, of which the last `context`
  /// count. Returns the logits of the token that follows; the span is valid
  /// until the next call.
  std::span<const double> start(std::span<const int32_t> tokens);

  /// Appends a token to the sequence.
  std::span<const double> append(int32_t token);

private:
  std::span<const double> prefill();

  Session &session;
  const EntryInfo &prefillEntry, &decodeEntry;
  std::vector<int32_t> window; ///< The tokens in the caches.
  std::vector<double> logits;
};

struct SamplingOptions {
  double temperature = 1; ///< 0: the most likely token.
  int64_t topK = 0;       ///< 0: all.
};

/// Draws from softmax(logits / temperature) over the `topK` largest logits, by
/// inverse transform of `uniform` in [0, 1). Ties go to the smaller token.
/// Throws Error (numerics) if a logit is not finite.
int32_t sampleToken(std::span<const double> logits,
                    const SamplingOptions &options, double uniform);

/// Mean loss of `batches` batches drawn from `range`, the same ones each time.
double sampledLoss(Session &session, const TokenRange &range, uint64_t seed,
                   int64_t batches);

/// Mean loss in nats over all size - 1 predictions of `range`, in consecutive
/// windows of `context` tokens. Whole windows go through `eval`; what is left
/// of a batch is run as copies of one window, whose mean is that window's.
/// The last, partial window goes through `prefill` and `decode`.
double fullLoss(Session &session, const TokenRange &range);

/// Whether fullLoss needs `prefill` and `decode` for `range`.
bool hasPartialWindow(const TokenRange &range, int64_t context);

/// FLOPs of one run of an entry, as the compiler counted them.
int64_t flopsOf(const EntryInfo &entry);

/// The f32 multiply-add rate of `threads` threads of this processor in FLOP/s,
/// from registers alone: the roof of any f32 program. Takes some 10 ms.
double measurePeakFlops(int threads);

/// Prints lines and, on a terminal only, a progress bar below them. A line that
/// cannot be written is lost; the first that is gets a warning on standard
/// error.
class Console {
public:
  Console(std::FILE *out, bool terminal) : out(out), terminal(terminal) {}
  ~Console() { clear(); }

  void line(const std::string &text);
  /// `secondsLeft` is the estimate to show.
  void progress(int64_t done, int64_t total, double secondsLeft);

private:
  void clear();
  void flush();

  std::FILE *out;
  bool terminal;
  bool showing = false, lost = false;
};

} // namespace wavrt

#endif // WAVRT_TRAIN_H
