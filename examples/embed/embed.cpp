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

#include "wavrt/program.h"

#include "mlir/IR/MLIRContext.h"

#include <cmath>
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
  auto fill = [&](const char *input, int shift) {
    const wavrt::TensorInfo &info = *step.findInput(input);
    std::vector<int32_t> tokens(info.numElements());
    int position = shift;
    for (int32_t &token : tokens)
      token = position++ % 26;
    session.write(info, std::span<const int32_t>(tokens));
  };
  fill("tokens", 0);
  fill("targets", 1);
  auto set = [&](const char *input, float value) {
    session.write(*step.findInput(input), std::span<const float>(&value, 1));
  };
  set("lr", 3e-3f);
  set("weight_decay", 0.1f);
  set("clip", 1.0f);

  for (int i = 1; i <= 30; ++i) {
    set("bias_correction1", 1 - std::pow(0.9, i));
    set("bias_correction2", 1 - std::pow(0.95, i));
    session.run("train_step");
    float loss;
    session.read(*step.findOutput("loss"), std::span(&loss, 1));
    if (i % 10 == 0)
      std::printf("step %d: loss %.3f\n", i, loss);
  }
  return 0;
}
