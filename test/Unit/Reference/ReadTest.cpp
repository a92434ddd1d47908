//===- ReadTest.cpp - A read in parts is the read ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Registration.h"
#include "wav/Reference/Reference.h"

#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Three sources read at once, and one after the other. The last logits are far
/// above the first, so that each part outweighs those before.
constexpr const char *kModule = R"(
!m = tensor<5x8xf32>
!s = tensor<5xf32>
!b = !wav.bank<1 x tensor<5x8xf32>, scaled>
func.func @f(%q: tensor<8xf32>, %x: !m, %y: !m, %z: !m, %s: !s, %base: !m)
    -> (!m, !m) {
  %0 = wav.source %x scaled %s : (!m, !s) -> !b
  %1 = wav.source %y scaled %s : (!m, !s) -> !b
  %2 = wav.source %z scaled %s : (!m, !s) -> !b
  %all = wav.bank %0, %1 : (!b, !b) -> !wav.bank<2 x tensor<5x8xf32>, scaled>
  %whole_mix, %whole_max, %whole_sum = wav.read query(%q) bank(%all) open(%2) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<2 x tensor<5x8xf32>, scaled>, !b) -> (!m, tensor<5xf32>, tensor<5xf32>)
  %whole = arith.addf %whole_mix, %base : !m
  %a:3 = wav.read query(%q) bank(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !b) -> (!m, !s, !s)
  %c:3 = wav.read query(%q) bank(%1) after(%a#0 max %a#1 sum %a#2)
      {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !b, !m, !s, !s) -> (!m, !s, !s)
  %parts_mix, %parts_max, %parts_sum = wav.read query(%q) bank(%2) after(%c#0 max %c#1 sum %c#2) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !b, !m, !s, !s) -> (!m, tensor<5xf32>, tensor<5xf32>)
  %parts = arith.addf %parts_mix, %base : !m
  return %whole, %parts : !m, !m
}
)";

TEST(Read, InPartsIsTheWhole) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(kModule, ParserConfig(&context));
  ASSERT_TRUE(module);
  auto function = *module->getOps<func::FuncOp>().begin();

  std::mt19937 random(7);
  for (double scale : {1.0, 100.0}) {
    std::normal_distribution<double> normal(0, scale);
    SmallVector<RefTensorPtr> arguments;
    for (Type type : function.getArgumentTypes()) {
      auto tensor = std::make_shared<RefTensor>(cast<RankedTensorType>(type));
      for (double &value : tensor->values)
        value = normal(random);
      arguments.push_back(tensor);
    }
    ReferenceInterpreter interpreter(*module);
    FailureOr<SmallVector<RefTensorPtr>> results =
        interpreter.run(function, arguments, ReferenceMemory());
    ASSERT_TRUE(succeeded(results));
    for (auto [whole, parts] :
         llvm::zip((*results)[0]->values, (*results)[1]->values))
      EXPECT_NEAR(whole, parts, 1e-12 * scale * scale);
  }
}

} // namespace
