//===- UpdateTest.cpp - A training step against AdamW by hand -------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"
#include "wav/Reference/Reference.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// One forward pass under two names: once for its gradients, once to be
/// trained. @unused is in no function, @w is read twice.
constexpr StringLiteral kForward = R"(
  func.func @%NAME(%tokens: tensor<4xi32>) -> tensor<f32>
      attributes {wav.gradient = "%MODE"} {
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

std::string getForward(StringRef name, StringRef mode) {
  std::string text = kForward.str();
  text.replace(text.find("%NAME"), 5, name.str());
  text.replace(text.find("%MODE"), 5, mode.str());
  return text;
}

RefTensorPtr scalar(double value) {
  auto tensor = std::make_shared<RefTensor>();
  tensor->values = {value};
  return tensor;
}

TEST(UpdateTest, StepIsAdamW) {
  MLIRContext context;
  context.loadDialect<WavDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(
      kParameters.str() + getForward("grads", "parameters") +
          getForward("train_step", "update"),
      &context);
  ASSERT_TRUE(module);
  PassManager manager(&context);
  manager.addPass(createDifferentiatePass());
  ASSERT_TRUE(succeeded(manager.run(*module)));

  ReferenceInterpreter interpreter(*module);
  const ParameterLayout &layout = interpreter.getParameterLayout();
  size_t size = layout.getArenaType().getNumElements();
  std::vector<double> parameters(size), first(size), second(size);
  // Gaps between parameters stay zero.
  for (ParameterOp parameter : layout.getParameters())
    for (int64_t i :
         llvm::seq(cast<ShapedType>(parameter.getType()).getNumElements())) {
      int64_t at = layout.getOffset(parameter) + i;
      parameters[at] = std::sin(1.0 + at);
      first[at] = 0.1 * std::cos(double(at));
      second[at] = 0.01 * (1.0 + std::cos(2.0 * at));
    }
  auto tokens = std::make_shared<RefTensor>();
  tokens->shape = {4};
  tokens->indices = {3, 0, 3, 2};
  ReferenceMemory memory{parameters, first, second, {}};
  auto run = [&](StringRef name, ArrayRef<RefTensorPtr> arguments) {
    return interpreter.run(module->lookupSymbol<func::FuncOp>(name), arguments,
                           memory);
  };

  auto grads = run("grads", {tokens});
  ASSERT_TRUE(succeeded(grads));
  double sumSquares = 0;
  for (auto &gradient : ArrayRef(*grads).drop_front())
    for (double g : gradient->values)
      sumSquares += g * g;
  double norm = std::sqrt(sumSquares);

  std::vector<double> oldParameters = parameters, oldFirst = first,
                      oldSecond = second;
  constexpr double kLr = 0.01, kDecay = 0.1, kClip = 0.25;
  constexpr double kCorrection1 = 0.271, kCorrection2 = 0.142625;
  auto step =
      run("train_step", {tokens, scalar(kLr), scalar(kDecay), scalar(kClip),
                         scalar(kCorrection1), scalar(kCorrection2)});
  ASSERT_TRUE(succeeded(step));
  EXPECT_DOUBLE_EQ((*step)[0]->values[0], (*grads)[0]->values[0]);
  EXPECT_NEAR((*step)[1]->values[0], norm, 1e-14);
  ASSERT_GT(norm, kClip);

  std::vector<bool> isParameter(size);
  for (size_t i : llvm::seq(layout.getParameters().size())) {
    ParameterOp parameter = layout.getParameters()[i];
    double decay = parameter.getDecay() ? kDecay : 0.0;
    for (auto [j, unclipped] : llvm::enumerate((*grads)[i + 1]->values)) {
      int64_t at = layout.getOffset(parameter) + j;
      isParameter[at] = true;
      double g = unclipped * kClip / (norm + 1e-6);
      double m = 0.9 * oldFirst[at] + 0.1 * g;
      double v = 0.95 * oldSecond[at] + 0.05 * g * g;
      double p = oldParameters[at];
      p -= kLr * (m / kCorrection1 / (std::sqrt(v / kCorrection2) + 1e-8) +
                  decay * p);
      EXPECT_NEAR(first[at], m, 1e-14);
      EXPECT_NEAR(second[at], v, 1e-14);
      EXPECT_NEAR(parameters[at], p, 1e-14);
    }
  }
  for (size_t at = 0; at < size; ++at)
    if (!isParameter[at]) {
      EXPECT_EQ(parameters[at], 0.0);
    }
}

} // namespace
