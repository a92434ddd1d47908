//===- embed.cpp - The compiler as a library of your own program ----------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles the training step of a model description in this process and runs
// it on one batch until the model knows it by heart. The training loop is
// yours: the compiler supplies `train_step`, the runtime its memory.
//
//   embed MODEL.json
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"

#include "wavrt/train.h"

#include "mlir/IR/MLIRContext.h"

#include <cstdio>
#include <random>
#include <vector>

using namespace mlir;

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: embed MODEL.json\n");
    return 2;
  }

  // The compiler. Errors are diagnostics, printed as they occur.
  DialectRegistry registry;
  wav::registerAllWavDialects(registry);
  MLIRContext context(registry);
  FailureOr<OwningOpRef<ModuleOp>> model = wav::loadModel(argv[1], &context);
  if (failed(model))
    return 1;
  wav::CompileOptions options;
  options.pipeline.batch = 2;
  options.pipeline.entries = {"train_step"};
  SmallVector<wav::RuntimeSymbol> symbols;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    symbols.push_back({symbol.name, symbol.address});
  FailureOr<std::shared_ptr<wav::JITProgram>> code =
      wav::compileAndLoad(**model, options, symbols);
  if (failed(code))
    return 1;

  // The runtime: arenas and threads. `code` must outlive it.
  wavrt::Session session(wavrt::Program::fromCompiled((*code)->get()));
  const wavrt::Manifest &manifest = session.manifest();
  const wavrt::EntryInfo &step = *manifest.findEntry("train_step");

  std::mt19937 random(0);
  std::normal_distribution<double> normal;
  for (const wavrt::ParameterInfo &parameter : manifest.parameters) {
    std::vector<double> values(parameter.numElements(), parameter.initValue);
    if (parameter.init == wavrt::ParameterInfo::Init::Normal)
      for (double &value : values)
        value *= normal(random);
    session.write(parameter, std::span<const double>(values));
  }

  // The alphabet, over and over: token i is followed by token i + 1.
  wavrt::Batch batch(manifest.batch, manifest.context);
  for (int32_t i = 0; i < static_cast<int32_t>(batch.tokens.size()); ++i) {
    batch.tokens[i] = i % 26;
    batch.targets[i] = (i + 1) % 26;
  }
  wavrt::TrainSettings settings;
  settings.steps = 30;
  settings.learningRate = settings.minLearningRate = 3e-3;

  // The manifest says what each input is a function of.
  wavrt::InputFiller inputs(step, batch);
  for (int i = 0; i < settings.steps; ++i) {
    inputs.fill(session, {settings, batch, i});
    session.run("train_step");
    float loss;
    session.read(*step.findOutput("loss"), std::span(&loss, 1));
    if ((i + 1) % 10 == 0)
      std::printf("step %d: loss %.3f\n", i + 1, loss);
  }
  return 0;
}
