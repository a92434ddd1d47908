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

using namespace wavrt;

Trainer::Trainer(Session &session, TokenRange training,
                 const TrainSettings &settings)
    : session(session), training(std::move(training)), settings(settings),
      entry(findEntry(session, "train_step")),
      batch(session.manifest().batch, session.manifest().context),
      inputs(entry, batch) {}

StepResult Trainer::step(int64_t index) {
  auto begin = std::chrono::steady_clock::now();
  batch.draw(training, Random(settings.seed, Stream::TrainingBatches),
             static_cast<uint64_t>(index));
  inputs.fill(session, {settings, batch, index});
  session.run(entry.name);
  StepResult result;
  result.learningRate = learningRate(settings, index);
  result.loss = readOutput(session, entry, "loss");
  result.gradNorm = readOutput(session, entry, "grad_norm");
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return result;
}
