//===- SplitReadsTest.cpp - Split reads compute the same ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step of two blocks, whole and after `wav-split-reads`, in float64.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Registration.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"
#include "wav/Reference/Reference.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Reads with and without open sources, of one and two roles, with biases,
/// scales and a gradient of the scales; the second bank extends the first. One
/// read goes straight to an open source of the next.
constexpr const char *kModule = R"(
!m = tensor<6x8xf32>
!n = tensor<6xf32>
!q = tensor<8xf32>
!c = tensor<2xf32>
!one = !wav.bank<1 x tensor<6x8xf32>, scaled, biased>
!three = !wav.bank<3 x tensor<6x8xf32>, scaled, biased>
!five = !wav.bank<5 x tensor<6x8xf32>, scaled, biased>

func.func @f(%q0: !q, %q1: !q, %gain: !q, %q2: !q, %c0: !c, %c1: !c,
             %x: !m, %y: !m, %t: tensor<6xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %none = arith.constant dense<-1> : tensor<i32>
  %zero = arith.constant dense<0> : tensor<i32>
  %i = arith.constant dense<1> : tensor<i32>
  %s = wav.match %x to %y {epsilon = 0.1 : f64} : (!m, !m) -> !n
  %0 = wav.source %x scaled %s bias %zero : (!m, !n, tensor<i32>) -> !one
  %1 = wav.source %y scaled %s bias %none : (!m, !n, tensor<i32>) -> !one
  %2 = wav.source %x, %y scaled %s bias %i
      {coefficients = array<f64: 1.0, -0.5>} : (!m, !m, !n, tensor<i32>) -> !one
  %bank = wav.bank %0, %1, %2 : (!one, !one, !one) -> !three

  %r0:3 = wav.read query(%q0 bias %c0) bank(%bank) {epsilon = 0.1 : f64}
      : (!q, !c, !three) -> (!m, !n, !n)
  %a = wav.source %r0#0 scaled %s bias %i : (!m, !n, tensor<i32>) -> !one
  %k1 = arith.mulf %q1, %gain : !q
  %r1:6 = wav.read query(%k1, %q2 bias %c0, %c1) bank(%bank) open(%a)
      {epsilon = 0.1 : f64}
      : (!q, !q, !c, !c, !three, !one) -> (!m, !m, !n, !n, !n, !n)
  %u1 = wav.swiglu %r1#0, %r1#1 : (!m, !m) -> !m
  %b = wav.source %u1 scaled %s bias %none : (!m, !n, tensor<i32>) -> !one
  %r2:3 = wav.read query(%q2 bias %c1) bank(%bank) open(%a, %b)
      {epsilon = 0.1 : f64} : (!q, !c, !three, !one, !one) -> (!m, !n, !n)

  %d = wav.source %r2#0 scaled %s bias %i : (!m, !n, tensor<i32>) -> !one
  %longer = wav.bank %bank, %b, %d : (!three, !one, !one) -> !five
  %r3:3 = wav.read query(%q1 bias %c1) bank(%longer) {epsilon = 0.1 : f64}
      : (!q, !c, !five) -> (!m, !n, !n)
  %u3 = wav.swiglu %r3#0, %u1 : (!m, !m) -> !m
  %e = wav.source %u3 scaled %s bias %zero : (!m, !n, tensor<i32>) -> !one
  %r4:3 = wav.read query(%k1 bias %c0) bank(%longer) open(%e)
      {epsilon = 0.1 : f64} : (!q, !c, !five, !one) -> (!m, !n, !n)
  %loss = wav.cross_entropy %r4#0, %t : (!m, tensor<6xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
)";

FailureOr<SmallVector<RefTensorPtr>> run(ModuleOp module) {
  auto function = *module.getOps<func::FuncOp>().begin();
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  SmallVector<RefTensorPtr> arguments;
  for (Type type : function.getArgumentTypes()) {
    auto tensor = std::make_shared<RefTensor>(cast<RankedTensorType>(type));
    for (double &value : tensor->values)
      value = normal(random);
    for (int32_t &index : tensor->indices)
      index = random() % 8;
    arguments.push_back(tensor);
  }
  return ReferenceInterpreter(module).run(function, arguments,
                                          ReferenceMemory());
}

int64_t countReadsOfBanks(ModuleOp module) {
  int64_t count = 0;
  module.walk([&](Operation *op) {
    if (auto read = dyn_cast<ReadOp>(op))
      count += read.getBank() != nullptr;
    if (auto grad = dyn_cast<ReadGradOp>(op))
      count += grad.getBank() != nullptr;
  });
  return count;
}

TEST(SplitReads, ComputeTheSame) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(kModule, ParserConfig(&context));
  ASSERT_TRUE(module);
  PassManager differentiate(&context);
  differentiate.addPass(createDifferentiatePass());
  ASSERT_TRUE(succeeded(differentiate.run(*module)));
  EXPECT_EQ(countReadsOfBanks(*module), 10);
  auto whole = run(*module);
  ASSERT_TRUE(succeeded(whole));

  PassManager split(&context);
  split.addNestedPass<func::FuncOp>(createSplitReadsPass());
  ASSERT_TRUE(succeeded(split.run(*module)));
  EXPECT_EQ(countReadsOfBanks(*module), 4);
  auto parts = run(*module);
  ASSERT_TRUE(succeeded(parts));

  ASSERT_EQ(whole->size(), parts->size());
  for (auto [i, expected, actual] : llvm::enumerate(*whole, *parts)) {
    double largest = 0;
    for (double value : expected->values)
      largest = std::max(largest, std::abs(value));
    EXPECT_GT(largest, 0) << "result " << i;
    for (auto [x, y] : llvm::zip_equal(expected->values, actual->values))
      EXPECT_NEAR(x, y, 1e-12 * largest) << "result " << i;
  }
}

} // namespace
