//===- Commands.h - The subcommands -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function a subcommand, with its options as the command line gives them.
// All throw Error.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_COMMANDS_H
#define WAVRT_TRAIN_COMMANDS_H

#include "wavrt/app.h"
#include "wavrt/grouping.h"
#include "wavrt/train.h"

namespace wavrt {

/// How the CPU computes; see Session.
struct CpuOptions {
  int threads = 0;   ///< 0: all of the machine's.
  std::string tiles; ///< Empty: the best.
};

struct TrainOptions : CpuOptions {
  std::string data, validation;
  std::optional<int> tokenBits; ///< Here and below, of a file without header.
  int64_t steps = 0;
  // What is not given is taken from the resumed checkpoint, or a default.
  std::optional<int64_t> batch, warmup, evalEvery;
  std::optional<double> learningRate, minLearningRate, weightDecay, clip;
  std::optional<uint64_t> seed;
  int64_t evalBatches = 20;
  std::string out, resume, log;
  int64_t saveEvery = 1000, keep = 0;
};
ExitCode runTrain(const TrainOptions &options, const ProgramProvider &provider);

struct EvalOptions : CpuOptions {
  std::string checkpoint, data;
  std::optional<int> tokenBits;
};
ExitCode runEval(const EvalOptions &options, const ProgramProvider &provider);

struct GenerateOptions : CpuOptions {
  std::string checkpoint, prompt;
  int64_t tokens = 0;
  SamplingOptions sampling;
  uint64_t seed = TrainSettings().seed;
};
ExitCode runGenerate(const GenerateOptions &options,
                     const ProgramProvider &provider);

struct GradsOptions : CpuOptions {
  std::string weights, tokens, out;
  std::optional<int> tokenBits;
};
ExitCode runGrads(const GradsOptions &options, const ProgramProvider &provider);

struct InfoOptions : CpuOptions {
  bool json = false;
};
ExitCode runInfo(const InfoOptions &options, const ProgramProvider &provider);

struct RunOptions : CpuOptions {
  std::string entry, in, out;
};
ExitCode runRun(const RunOptions &options, const ProgramProvider &provider);

struct ProfileOptions : CpuOptions {
  std::string entry = "train_step";
  int64_t runs = 10;
  std::string by = "kernel"; ///< One of groupNames.
  bool json = false;
};
ExitCode runProfile(const ProfileOptions &options,
                    const ProgramProvider &provider);

/// Asks for a program and checks that it is of the batch asked for.
Program provide(const ProgramProvider &provider, const ProgramRequest &request);

/// Says so if a session has fewer threads than it was asked for; 0: one for
/// each processor.
void noteThreads(const Session &session, int asked);

/// Prints "warning: ..." to standard error.
void warn(const std::string &message);

/// Throws Error if the output is one of the inputs, under whatever name.
void checkOutput(const std::string &output,
                 std::initializer_list<std::string> inputs);

/// findCheckpoint, with its warnings printed.
Checkpoint findCheckpoint(const std::string &path);

} // namespace wavrt

#endif // WAVRT_TRAIN_COMMANDS_H
