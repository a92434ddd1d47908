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

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Three sources, read at once and one after the other by two roles, and the
/// gradients. The last logits are far above the first, so that each part
/// outweighs those before. All results of the whole come first, then those of
/// the parts.
constexpr const char *kModule = R"(
!m = tensor<5x8xf32>
!s = tensor<5xf32>
!q = tensor<8xf32>
!c = tensor<2xf32>
!i = tensor<i32>
!b = !wav.bank<1 x tensor<5x8xf32>, scaled, biased>
!all = !wav.bank<2 x tensor<5x8xf32>, scaled, biased>
!g = !wav.bank<1 x tensor<5x8xf32>, scaled>
!allg = !wav.bank<2 x tensor<5x8xf32>, scaled>

func.func @read(%q: !q, %r: !q, %c: !c, %d: !c, %x: !m, %y: !m, %z: !m, %s: !s)
    -> (!m, !m, !s, !s, !s, !s, !m, !m, !s, !s, !s, !s) {
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %none = arith.constant dense<-1> : !i
  %0 = wav.source %x scaled %s bias %zero : (!m, !s, !i) -> !b
  %1 = wav.source %y scaled %s bias %none : (!m, !s, !i) -> !b
  %2 = wav.source %z scaled %s bias %one : (!m, !s, !i) -> !b
  %all = wav.bank %0, %1 : (!b, !b) -> !all
  %whole:6 = wav.read query(%q, %r bias %c, %d) bank(%all) open(%2)
      {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !all, !b) -> (!m, !m, !s, !s, !s, !s)
  %a:6 = wav.read query(%q, %r bias %c, %d) bank(%0) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !b) -> (!m, !m, !s, !s, !s, !s)
  %b:6 = wav.read query(%q, %r bias %c, %d) bank(%1)
      after(%a#0, %a#1 max %a#2, %a#3 sum %a#4, %a#5) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s)
      -> (!m, !m, !s, !s, !s, !s)
  %parts:6 = wav.read query(%q, %r bias %c, %d) open(%2)
      after(%b#0, %b#1 max %b#2, %b#3 sum %b#4, %b#5) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s)
      -> (!m, !m, !s, !s, !s, !s)
  return %whole#0, %whole#1, %whole#2, %whole#3, %whole#4, %whole#5,
         %parts#0, %parts#1, %parts#2, %parts#3, %parts#4, %parts#5
      : !m, !m, !s, !s, !s, !s, !m, !m, !s, !s, !s, !s
}

func.func @grad(%q: !q, %r: !q, %c: !c, %d: !c, %x: !m, %y: !m, %z: !m, %s: !s,
                %g: !m, %h: !m, %before: !m)
    -> (!q, !q, !c, !c, !m, !s, !m, !s, !m, !s,
        !q, !q, !c, !c, !m, !s, !m, !s, !m, !s) {
  %zero = arith.constant dense<0> : !i
  %one = arith.constant dense<1> : !i
  %none = arith.constant dense<-1> : !i
  %0 = wav.source %x scaled %s bias %zero : (!m, !s, !i) -> !b
  %1 = wav.source %y scaled %s bias %none : (!m, !s, !i) -> !b
  %2 = wav.source %z scaled %s bias %one : (!m, !s, !i) -> !b
  %all = wav.bank %0, %1 : (!b, !b) -> !all
  %acc0 = wav.source %before scaled %s : (!m, !s) -> !g
  %acc = wav.bank %acc0, %acc0 : (!g, !g) -> !allg

  %whole:7 = wav.read_grad query(%q, %r bias %c, %d) bank(%all) open(%2)
      grad(%g, %h) into(%acc)
      {epsilon = 1.0e-6 : f64,
       resultSegmentSizes = array<i32: 2, 2, 1, 1, 1, 0, 0>}
      : (!q, !q, !c, !c, !all, !b, !m, !m, !allg)
      -> (!q, !q, !c, !c, !allg, !m, !s)
  %dx = wav.take %whole#4[0] : (!allg) -> !m
  %dsx = wav.take %whole#4[0] scale : (!allg) -> !s
  %dy = wav.take %whole#4[1] : (!allg) -> !m
  %dsy = wav.take %whole#4[1] scale : (!allg) -> !s

  %a:6 = wav.read query(%q, %r bias %c, %d) bank(%0) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !b) -> (!m, !m, !s, !s, !s, !s)
  %b:6 = wav.read query(%q, %r bias %c, %d) bank(%1)
      after(%a#0, %a#1 max %a#2, %a#3 sum %a#4, %a#5) {epsilon = 1.0e-6 : f64}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s)
      -> (!m, !m, !s, !s, !s, !s)
  %last:10 = wav.read_grad query(%q, %r bias %c, %d) open(%2)
      after(%b#0, %b#1 max %b#2, %b#3 sum %b#4, %b#5) grad(%g, %h)
      {epsilon = 1.0e-6 : f64,
       resultSegmentSizes = array<i32: 2, 2, 0, 1, 1, 2, 2>}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s, !m, !m)
      -> (!q, !q, !c, !c, !m, !s, !s, !s, !s, !s)
  %second:9 = wav.read_grad query(%q, %r bias %c, %d) bank(%1)
      after(%a#0, %a#1 max %a#2, %a#3 sum %a#4, %a#5)
      grad(%g, %h weight %last#6, %last#7 lse_grad %last#8, %last#9)
      into(%acc0)
      {epsilon = 1.0e-6 : f64,
       resultSegmentSizes = array<i32: 2, 2, 1, 0, 0, 2, 2>}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s, !m, !m, !s, !s, !s, !s, !g)
      -> (!q, !q, !c, !c, !g, !s, !s, !s, !s)
  %first:5 = wav.read_grad query(%q, %r bias %c, %d) bank(%0)
      grad(%g, %h weight %second#5, %second#6 lse_grad %second#7, %second#8)
      into(%acc0)
      {epsilon = 1.0e-6 : f64,
       resultSegmentSizes = array<i32: 2, 2, 1, 0, 0, 0, 0>}
      : (!q, !q, !c, !c, !b, !m, !m, !s, !s, !s, !s, !g)
      -> (!q, !q, !c, !c, !g)
  %dq = wav.combine %last#0, %second#0, %first#0
      {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!q, !q, !q) -> !q
  %dr = wav.combine %last#1, %second#1, %first#1
      {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!q, !q, !q) -> !q
  %dc = wav.combine %last#2, %second#2, %first#2
      {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!c, !c, !c) -> !c
  %dd = wav.combine %last#3, %second#3, %first#3
      {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!c, !c, !c) -> !c
  %part_dx = wav.take %first#4[0] : (!g) -> !m
  %part_dsx = wav.take %first#4[0] scale : (!g) -> !s
  %part_dy = wav.take %second#4[0] : (!g) -> !m
  %part_dsy = wav.take %second#4[0] scale : (!g) -> !s
  return %whole#0, %whole#1, %whole#2, %whole#3,
         %dx, %dsx, %dy, %dsy, %whole#5, %whole#6,
         %dq, %dr, %dc, %dd,
         %part_dx, %part_dsx, %part_dy, %part_dsy, %last#4, %last#5
      : !q, !q, !c, !c, !m, !s, !m, !s, !m, !s,
        !q, !q, !c, !c, !m, !s, !m, !s, !m, !s
}
)";

class ReadInParts : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Functions, ReadInParts,
                         testing::Values("read", "grad"));

TEST_P(ReadInParts, IsTheWhole) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(kModule, ParserConfig(&context));
  ASSERT_TRUE(module);
  auto function = module->lookupSymbol<func::FuncOp>(GetParam());
  ASSERT_TRUE(function);

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
    size_t half = results->size() / 2;
    for (size_t i = 0; i < half; ++i) {
      ArrayRef<double> whole = (*results)[i]->values;
      ArrayRef<double> parts = (*results)[half + i]->values;
      double largest = 0;
      for (double value : whole)
        largest = std::max(largest, std::abs(value));
      EXPECT_GT(largest, 0) << "result " << i;
      for (auto [x, y] : llvm::zip_equal(whole, parts))
        EXPECT_NEAR(x, y, 1e-12 * largest) << "result " << i;
    }
  }
}

} // namespace
