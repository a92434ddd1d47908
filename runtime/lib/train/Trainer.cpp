//===- Trainer.cpp - Running training steps -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include "Entry.h"

#include <chrono>
#include <cmath>

using namespace wavrt;

/// Those of the compiled update, which bias correction must match.
static AdamWInfo getOptimizer(const Manifest &manifest) {
  if (!manifest.optimizer)
    throw Error("the program's manifest does not say which constants its "
                "update uses ('optimizer'); recompile the model");
  return *manifest.optimizer;
}

Trainer::Trainer(Session &session, TokenRange training,
                 const TrainSettings &settings)
    : session(session), training(std::move(training)), settings(settings),
      entry(findEntry(session, "train_step")),
      batch(session.manifest().batch, session.manifest().context) {
  checkInputs(entry, {"tokens", "targets", "lr", "weight_decay", "clip",
                      "bias_correction1", "bias_correction2"});
  optimizer = getOptimizer(session.manifest());
}

StepResult Trainer::step(int64_t index) {
  auto begin = std::chrono::steady_clock::now();
  auto t = static_cast<double>(index + 1);
  StepResult result;
  result.learningRate = learningRate(settings, index);
  batch.draw(training, Random(settings.seed, Stream::TrainingBatches),
             static_cast<uint64_t>(index));
  writeInput(session, entry, "tokens", batch.tokens);
  writeInput(session, entry, "targets", batch.targets);
  writeInput(session, entry, "lr", result.learningRate);
  writeInput(session, entry, "weight_decay", settings.weightDecay);
  writeInput(session, entry, "clip", settings.clip);
  writeInput(session, entry, "bias_correction1",
             1 - std::pow(optimizer.beta1, t));
  writeInput(session, entry, "bias_correction2",
             1 - std::pow(optimizer.beta2, t));
  session.run(entry.name);
  result.loss = readOutput(session, entry, "loss");
  result.gradNorm = readOutput(session, entry, "grad_norm");
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return result;
}
