//===- LiveMemoryTest.cpp -------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

class LiveMemoryTest : public testing::Test {
protected:
  LiveMemoryTest() { context.loadDialect<WavDialect, func::FuncDialect>(); }

  /// Analyses the only function of `source`.
  LiveMemory analyse(StringRef source) {
    module = parseSourceString<ModuleOp>(source, &context);
    EXPECT_TRUE(module);
    auto function = *module->getOps<func::FuncOp>().begin();
    for (Operation &op : function.front())
      ops.push_back(&op);
    return LiveMemory(function);
  }

  /// The bytes that live during each op.
  SmallVector<int64_t> getLiveBytes(const LiveMemory &memory) {
    return llvm::map_to_vector(
        ops, [&](Operation *op) { return memory.getLiveBytes(op); });
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  SmallVector<Operation *> ops;
};

TEST_F(LiveMemoryTest, TensorsLiveUntilTheirLastUse) {
  LiveMemory memory = analyse(R"(
    func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %a = wav.matmul %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %b = wav.matmul %a, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %c = wav.matmul %b, %a : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %d = wav.matmul %c, %c : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      return %d : tensor<2x2xf32>
    })");
  // Neither %x nor %d is scratch.
  EXPECT_EQ(getLiveBytes(memory), SmallVector<int64_t>({16, 32, 48, 16, 0}));
  EXPECT_EQ(memory.getPeak(), ops[2]);
  Value x = ops[0]->getOperand(0), a = ops[0]->getResult(0);
  EXPECT_EQ(memory.getScratchBytes(x), 0);
  EXPECT_EQ(memory.getScratchBytes(a), 16);
  SmallVector<Value> live;
  memory.forEachLive(ops[2], [&](Value value, int64_t bytes) {
    EXPECT_EQ(bytes, 16);
    live.push_back(value);
  });
  EXPECT_EQ(live, SmallVector<Value>(
                      {a, ops[1]->getResult(0), ops[2]->getResult(0)}));
  memory.forEachLive(ops[3], [&](Value value, int64_t) {
    EXPECT_EQ(value, ops[2]->getResult(0));
  });
}

TEST_F(LiveMemoryTest, BanksKeepTheirRows) {
  LiveMemory memory = analyse(R"(
    func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %a = wav.matmul %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %b = wav.matmul %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %0 = wav.source %x : (tensor<2x2xf32>) -> !wav.bank<1 x tensor<2x2xf32>>
      %1 = wav.source %a : (tensor<2x2xf32>) -> !wav.bank<1 x tensor<2x2xf32>>
      %2 = wav.source %b : (tensor<2x2xf32>) -> !wav.bank<1 x tensor<2x2xf32>>
      %bank = wav.bank %0, %1, %2 : (!wav.bank<1 x tensor<2x2xf32>>, !wav.bank<1 x tensor<2x2xf32>>, !wav.bank<1 x tensor<2x2xf32>>) -> !wav.bank<3 x tensor<2x2xf32>>
      %slice = wav.slice %bank from 0 : (!wav.bank<3 x tensor<2x2xf32>>) -> !wav.bank<2 x tensor<2x2xf32>>
      %row = wav.take %slice[1] : (!wav.bank<2 x tensor<2x2xf32>>) -> tensor<2x2xf32>
      %c = wav.matmul %row, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      return %c : tensor<2x2xf32>
    })");
  // Views touch nothing. What is computed from them keeps %a; nothing keeps %b.
  EXPECT_EQ(getLiveBytes(memory),
            SmallVector<int64_t>({16, 32, 16, 16, 16, 16, 16, 16, 16, 0}));
}

TEST_F(LiveMemoryTest, TiedResultsTakeNoMemory) {
  LiveMemory memory = analyse(R"(
    func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %a = wav.matmul %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %b = wav.matmul %x, %x into %a : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %zero = wav.fill {value = 0.0 : f64} : tensor<2x2xf32>
      %c = wav.matmul %b, %x into %zero : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %d = wav.matmul %c, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      return %d : tensor<2x2xf32>
    })");
  // %c cannot take the place of a constant.
  EXPECT_EQ(getLiveBytes(memory),
            SmallVector<int64_t>({16, 16, 16, 32, 16, 0}));
}

TEST_F(LiveMemoryTest, OptionalTiesHoldWhereTheOperandDies) {
  LiveMemory memory = analyse(R"(
    func.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
      %a = wav.matmul %x, %x into %x : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %b = wav.matmul %x, %x into %a : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %c = wav.matmul %a, %x into %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %d = wav.matmul %c, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      return %d : tensor<2x2xf32>
    })");
  // Only %c lies where its accumulator was: %x is an argument, %a needed later.
  EXPECT_EQ(getLiveBytes(memory), SmallVector<int64_t>({16, 32, 32, 16, 0}));
}

} // namespace
