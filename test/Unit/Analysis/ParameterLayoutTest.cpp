//===- ParameterLayoutTest.cpp --------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/WavStructureOps.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

class ParameterLayoutTest : public testing::Test {
protected:
  ParameterLayoutTest() { context.loadDialect<WavDialect>(); }

  ParameterLayout getLayout(StringRef source) {
    module = parseSourceString<ModuleOp>(source, &context);
    EXPECT_TRUE(module);
    return ParameterLayout(*module);
  }

  int64_t getOffset(const ParameterLayout &layout, StringRef name) {
    return layout.getOffset(module->lookupSymbol<ParameterOp>(name));
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(ParameterLayoutTest, DecayedParametersComeFirst) {
  ParameterLayout layout = getLayout(R"(
    wav.parameter @gain : tensor<8xf32> {init_value = 1.0 : f64}
    wav.parameter @q : tensor<16x16xf32> {init_value = 0.0 : f64, decay}
    wav.parameter @bias : tensor<2xf32> {init_value = 0.0 : f64}
    wav.parameter @k : tensor<20x16xf32> {init_value = 0.0 : f64, decay}
  )");
  // 256 + 320 decayed elements fill one row and begin another; the rest starts
  // at the third.
  EXPECT_EQ(getOffset(layout, "q"), 0);
  EXPECT_EQ(getOffset(layout, "k"), 256);
  EXPECT_EQ(layout.getNumDecayRows(), 2);
  EXPECT_EQ(getOffset(layout, "gain"), 1024);
  EXPECT_EQ(layout.getNumRows(), 3);
  EXPECT_EQ(layout.getArenaType(),
            RankedTensorType::get({3, ParameterLayout::kRowWidth},
                                  Float32Type::get(&context)));
}

TEST_F(ParameterLayoutTest, ParametersAreAligned) {
  ParameterLayout layout = getLayout(R"(
    wav.parameter @a : tensor<1xf32> {init_value = 0.0 : f64}
    wav.parameter @b : tensor<17xf32> {init_value = 0.0 : f64}
    wav.parameter @c : tensor<16xf32> {init_value = 0.0 : f64}
    wav.parameter @d : tensor<1xf32> {init_value = 0.0 : f64}
  )");
  EXPECT_EQ(getOffset(layout, "a"), 0);
  EXPECT_EQ(getOffset(layout, "b"), 16);
  EXPECT_EQ(getOffset(layout, "c"), 48);
  EXPECT_EQ(getOffset(layout, "d"), 64);
  EXPECT_EQ(layout.getNumDecayRows(), 0);
  EXPECT_EQ(layout.getNumRows(), 1);
}

TEST_F(ParameterLayoutTest, FullRowsNeedNoPadding) {
  ParameterLayout layout = getLayout(R"(
    wav.parameter @w : tensor<32x16xf32> {init_value = 0.0 : f64, decay}
    wav.parameter @b : tensor<512xf32> {init_value = 0.0 : f64}
  )");
  EXPECT_EQ(getOffset(layout, "b"), 512);
  EXPECT_EQ(layout.getNumDecayRows(), 1);
  EXPECT_EQ(layout.getNumRows(), 2);
}

TEST_F(ParameterLayoutTest, KeepsTheOrderOfDeclaration) {
  ParameterLayout layout = getLayout(R"(
    wav.parameter @b : tensor<4xf32> {init_value = 0.0 : f64}
    wav.parameter @a : tensor<4xf32> {init_value = 0.0 : f64, decay}
  )");
  ASSERT_EQ(layout.getParameters().size(), 2u);
  EXPECT_EQ(ParameterOp(layout.getParameters()[0]).getSymName(), "b");
  EXPECT_EQ(ParameterOp(layout.getParameters()[1]).getSymName(), "a");
}

TEST_F(ParameterLayoutTest, NoParameters) {
  ParameterLayout layout = getLayout("");
  EXPECT_EQ(layout.getNumRows(), 0);
  EXPECT_TRUE(layout.getParameters().empty());
}

} // namespace
