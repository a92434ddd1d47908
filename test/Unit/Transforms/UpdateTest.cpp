//===- UpdateTest.cpp - A training step against optimisers by hand --------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One step of every optimiser of the table, by the reference interpreter and by
// compiled code, is what its paper says, computed here in double.
//
//===----------------------------------------------------------------------===//

#include "Simt/SimtDevice.h"

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Passes.h"
#include "wav/Reference/ReferenceProgram.h"
#include "wav/Transforms/Optimizers.h"

#include "wavrt/program.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

#include <cmath>
#include <map>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// One forward pass under two names: once for its gradients, once to be
/// trained. @unused is in no function, @w is read twice.
constexpr StringLiteral kForward = R"(
  func.func @%NAME(%tokens: tensor<4xi32> {wav.name = "tokens"})
      -> (tensor<f32> {wav.name = "loss"}) attributes {%ATTRIBUTES} {
    %w = wav.get @w : tensor<5x4xf32>
    %gain = wav.get @gain : tensor<4xf32>
    %x = wav.embed %w, %tokens : (tensor<5x4xf32>, tensor<4xi32>) -> tensor<4x4xf32>
    %n = wav.rms_norm %x, %gain {epsilon = 0.1 : f64} : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
    %head = wav.get @w : tensor<5x4xf32>
    %logits = wav.matmul %n, %head {transpose_b} : (tensor<4x4xf32>, tensor<5x4xf32>) -> tensor<4x5xf32>
    %loss = wav.cross_entropy %logits, %tokens : (tensor<4x5xf32>, tensor<4xi32>) -> tensor<f32>
    return %loss : tensor<f32>
  })";

constexpr StringLiteral kParameters = R"(
  wav.parameter @gain : tensor<4xf32> {init_value = 1.0 : f64}
  wav.parameter @unused : tensor<3x4xf32> {init_value = 0.0 : f64, decay}
  wav.parameter @w : tensor<5x4xf32> {normal, init_value = 1.0 : f64, decay}
)";

std::string getForward(StringRef name, StringRef attributes) {
  std::string text = kForward.str();
  text.replace(text.find("%NAME"), 5, name.str());
  text.replace(text.find("%ATTRIBUTES"), 11, attributes.str());
  return text;
}

constexpr double kLr = 0.01, kDecay = 0.1, kClip = 0.25;
constexpr double kCorrection1 = 0.271, kCorrection2 = 0.142625;

/// What a step knows of one element: of a parameter, of its moments, of the
/// clipped gradient, and how much of it decays.
struct Element {
  double p, m, v, g, decay;
};

Element stepAdamW(Element e) {
  e.m = 0.9 * e.m + 0.1 * e.g;
  e.v = 0.95 * e.v + 0.05 * e.g * e.g;
  e.p -= kLr * (e.m / kCorrection1 / (std::sqrt(e.v / kCorrection2) + 1e-8) +
                e.decay * e.p);
  return e;
}

Element stepLion(Element e) {
  double mean = 0.9 * e.m + 0.1 * e.g;
  // Else rounding would decide about a sign.
  EXPECT_TRUE(mean == 0 || std::abs(mean) > 1e-4) << mean;
  double sign = mean > 0 ? 1 : mean < 0 ? -1 : 0;
  e.p -= kLr * (sign + e.decay * e.p);
  e.m = 0.99 * e.m + 0.01 * e.g;
  return e;
}

const std::map<std::string, Element (*)(Element)> kSteps = {
    {"adamw", stepAdamW}, {"lion", stepLion}};

/// The program of an optimiser on a back end.
class Step {
public:
  Step(const std::string &optimizer, const std::string &target) {
    registerAllWavDialects(registry);
    context.appendDialectRegistry(registry);
    auto module = parseSourceString<ModuleOp>(
        "module attributes {wav.batch = 1 : i64, wav.context = 4 : i64, "
        "wav.config = \"{\\22vocab_size\\22: 5, "
        "\\22num_hidden_layers\\22: 1}\"} {\n" +
            kParameters.str() +
            getForward("grads", "wav.gradient = \"parameters\"") +
            getForward("train_step",
                       "wav.gradient = \"parameters\", wav.update") +
            "}",
        &context);
    if (!module)
      return;
    CompileOptions options;
    options.from = Level::Simplified;
    options.pipeline.optimizer = optimizer;
    if (target == "reference")
      interpret(std::move(module), options);
    else
      compile(*module, options, target);
  }

  std::unique_ptr<wavrt::Session> session;

private:
  void interpret(OwningOpRef<ModuleOp> module, CompileOptions &options) {
    options.to = Level::Step;
    if (failed(lower(*module, options)))
      return;
    auto program = ReferenceProgram::create(std::move(module));
    if (failed(program))
      return;
    reference = *program;
    std::vector<wavrt::Program::EntryFn> entries;
    for (size_t i = 0; i < reference->getNumEntries(); ++i)
      entries.push_back([this, i](wavrt_context *arenas) {
        return reference->run(i, arenas);
      });
    session = std::make_unique<wavrt::Session>(wavrt::Program(
        wavrt::Manifest::parse(reference->getManifest()), entries, {}));
  }

  void compile(ModuleOp module, CompileOptions &options,
               const std::string &target) {
    options.pipeline.target = target;
    std::vector<RuntimeSymbol> symbols;
    for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
      symbols.push_back({symbol.name, symbol.address});
    DeviceModule kernels;
    bool isForGPU = options.pipeline.isForGPU();
    auto result =
        compileAndLoad(module, options, symbols, isForGPU ? &kernels : nullptr);
    if (failed(result))
      return;
    compiled = *result;
    std::shared_ptr<SimtExecutor> executor;
    if (isForGPU)
      executor = llvm::cantFail(SimtExecutor::create(
          std::move(kernels.code), std::move(kernels.context), {}));
    session = std::make_unique<wavrt::Session>(wavrt::Program::fromCompiled(
        compiled->get(), makeSimtDevices(std::move(executor))));
  }

  DialectRegistry registry;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::shared_ptr<ReferenceProgram> reference;
  std::shared_ptr<JITProgram> compiled;
};

std::vector<double> read(wavrt::Session &session,
                         const wavrt::TensorInfo &tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.numElements()));
  session.read(tensor, std::span<double>(values));
  return values;
}

/// `parameter`, or its part of a moment.
std::vector<double> read(wavrt::Session &session,
                         wavrt::ParameterInfo parameter, wavrt_arena arena) {
  parameter.arena = arena;
  return read(session, parameter);
}

/// The same parameter in another session.
const wavrt::ParameterInfo &findParameter(wavrt::Session &session,
                                          const wavrt::ParameterInfo &other) {
  const auto &all = session.manifest().parameters;
  return *llvm::find_if(all, [&](const wavrt::ParameterInfo &parameter) {
    return parameter.name == other.name;
  });
}

/// Parameters and moments, and the inputs of both entries.
void fill(wavrt::Session &session) {
  const wavrt::Manifest &manifest = session.manifest();
  // Where neither a moment nor a gradient says anything, the sign is zero.
  auto isStill = [](const wavrt::ParameterInfo &parameter, size_t i) {
    return parameter.name == "unused" && i < 3;
  };
  for (const wavrt::ParameterInfo &parameter : manifest.parameters) {
    auto write = [&](wavrt_arena arena, auto valueOf) {
      if (manifest.arenaBytes[arena] == 0)
        return;
      std::vector<double> values(static_cast<size_t>(parameter.numElements()));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = float(valueOf(double(i + parameter.name.size() * 7), i));
      wavrt::TensorInfo memory = parameter;
      memory.arena = arena;
      session.write(memory, std::span<const double>(values));
    };
    write(WAVRT_PARAMETERS, [](double x, size_t) { return std::sin(1 + x); });
    write(WAVRT_FIRST_MOMENT, [&](double x, size_t i) {
      return isStill(parameter, i) ? 0 : 0.1 * std::cos(x);
    });
    write(WAVRT_SECOND_MOMENT,
          [](double x, size_t) { return 0.01 * (1 + std::cos(2 * x)); });
  }
  const std::map<std::string, double> numbers = {
      {"lr", kLr},
      {"weight_decay", kDecay},
      {"clip", kClip},
      {"bias_correction1", kCorrection1},
      {"bias_correction2", kCorrection2}};
  for (const wavrt::EntryInfo &entry : manifest.entries)
    for (const wavrt::InputInfo &input : entry.inputs)
      if (input.name == "tokens")
        session.write(input, std::vector<int32_t>{3, 0, 3, 2});
      else
        session.write(input,
                      std::span<const double>(&numbers.at(input.name), 1));
}

using Case = std::tuple<std::string, std::string>;
class UpdateTest : public testing::TestWithParam<Case> {};

std::vector<std::string> getNames() {
  std::vector<std::string> names;
  for (const Optimizer &optimizer : getOptimizers())
    names.push_back(optimizer.name.str());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Optimizers, UpdateTest,
                         testing::Combine(testing::ValuesIn(getNames()),
                                          testing::Values("reference", "cpu",
                                                          "cuda")),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::get<0>(info.param) + "_" +
                                  std::get<1>(info.param);
                         });

TEST_P(UpdateTest, StepIsThePapers) {
  auto [optimizer, target] = GetParam();
  ASSERT_TRUE(kSteps.count(optimizer)) << "write its step here";
  Step exact(optimizer, "reference"), judged(optimizer, target);
  ASSERT_TRUE(exact.session && judged.session);

  // The gradients, and their norm, in double.
  fill(*exact.session);
  exact.session->run("grads");
  const wavrt::EntryInfo &grads = *exact.session->manifest().findEntry("grads");
  std::map<std::string, std::vector<double>> gradients;
  double sumSquares = 0;
  for (const wavrt::ParameterInfo &parameter :
       exact.session->manifest().parameters) {
    auto &gradient = gradients[parameter.name];
    gradient =
        read(*exact.session, *grads.findOutput("grad." + parameter.name));
    for (double g : gradient)
      sumSquares += g * g;
  }
  double norm = std::sqrt(sumSquares);
  ASSERT_GT(norm, kClip);

  // What is rounded is a number of order one, a few times.
  double limit = target == "reference" ? 1e-14 : 1e-6;
  wavrt::Session &session = *judged.session;
  fill(session);
  session.run("grads");
  double loss = read(
      session, *session.manifest().findEntry("grads")->findOutput("loss"))[0];
  session.run("train_step");
  const wavrt::EntryInfo &entry = *session.manifest().findEntry("train_step");
  EXPECT_DOUBLE_EQ(read(session, *entry.findOutput("loss"))[0], loss);
  EXPECT_NEAR(read(session, *entry.findOutput("grad_norm"))[0], norm, limit);

  int still = 0;
  for (const wavrt::ParameterInfo &parameter : session.manifest().parameters) {
    std::vector<double> p = read(session, parameter, WAVRT_PARAMETERS);
    std::vector<double> m = read(session, parameter, WAVRT_FIRST_MOMENT);
    bool hasSecond = session.manifest().arenaBytes[WAVRT_SECOND_MOMENT] != 0;
    std::vector<double> v =
        hasSecond ? read(session, parameter, WAVRT_SECOND_MOMENT) : p;
    // In double, it holds what both started from.
    const wavrt::ParameterInfo &own = findParameter(*exact.session, parameter);
    std::vector<double> oldP = read(*exact.session, own, WAVRT_PARAMETERS);
    std::vector<double> oldM = read(*exact.session, own, WAVRT_FIRST_MOMENT);
    std::vector<double> oldV =
        hasSecond ? read(*exact.session, own, WAVRT_SECOND_MOMENT) : oldP;
    for (size_t i = 0; i < p.size(); ++i) {
      double g = gradients[parameter.name][i] * kClip / (norm + 1e-6);
      still += oldM[i] == 0 && g == 0;
      Element expected = kSteps.at(optimizer)(
          {oldP[i], oldM[i], oldV[i], g, parameter.decay ? kDecay : 0.0});
      EXPECT_NEAR(p[i], expected.p, limit) << parameter.name << " " << i;
      EXPECT_NEAR(m[i], expected.m, limit) << parameter.name << " " << i;
      if (hasSecond) {
        EXPECT_NEAR(v[i], expected.v, limit) << parameter.name << " " << i;
      }
    }
  }
  EXPECT_EQ(still, 3);
}

/// Gaps between parameters are zero, and stay zero.
TEST_P(UpdateTest, GapsStayZero) {
  auto [optimizer, target] = GetParam();
  Step step(optimizer, target);
  ASSERT_TRUE(step.session);
  wavrt::Session &session = *step.session;
  fill(session);
  session.run("train_step");
  const wavrt::Manifest &manifest = session.manifest();
  size_t size = wavrt::sizeOf(manifest.parameters.front().dtype);
  size_t elements = manifest.arenaBytes[WAVRT_PARAMETERS] / size;
  std::vector<bool> isParameter(elements);
  for (const wavrt::ParameterInfo &parameter : manifest.parameters)
    std::fill_n(isParameter.begin() +
                    static_cast<ptrdiff_t>(parameter.offset / size),
                parameter.numElements(), true);
  wavrt::TensorInfo all = manifest.parameters.front();
  all.offset = 0;
  all.shape = {static_cast<int64_t>(elements)};
  for (wavrt_arena arena : {WAVRT_PARAMETERS, WAVRT_FIRST_MOMENT}) {
    all.arena = arena;
    std::vector<double> values = read(session, all);
    for (size_t i = 0; i < elements; ++i)
      if (!isParameter[i]) {
        EXPECT_EQ(values[i], 0.0) << i;
      }
  }
}

} // namespace
