//===- MathTest.cpp - Accuracy of exp and log --------------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"

#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::wav;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// A function of 16 numbers at a time, expanded as in kernels.
class Function {
public:
  explicit Function(const std::string &op) {
    registerForKernels(context);
    auto module = parseSourceString<ModuleOp>(R"(
func.func @f(%args: !llvm.ptr, %unused: i64) {
  %c0 = arith.constant 0 : index
  %x = wav.argument %args[0] : memref<16xf32>
  %y = wav.argument %args[1] : memref<16xf32>
  %0 = vector.load %x[%c0] : memref<16xf32>, vector<16xf32>
  %1 = )" + op + R"( %0 : vector<16xf32>
  vector.store %1, %y[%c0] : memref<16xf32>, vector<16xf32>
  return
})",
                                              &context);
    PassManager passes(&context);
    passes.addNestedPass<func::FuncOp>(createExpandMathPass());
    passes.addPass(createKernelsToLLVMPass());
    EXPECT_TRUE(succeeded(passes.run(*module)));
    engine = compileForHost(*module);
    function = reinterpret_cast<decltype(function)>(
        llvm::cantFail(engine->lookup("f")));
  }

  std::array<float, 16> operator()(const std::array<float, 16> &x) {
    std::array<float, 16> y;
    const void *args[] = {x.data(), y.data()};
    function(args, 0);
    return y;
  }
  float operator()(float x) {
    std::array<float, 16> all;
    all.fill(x);
    return (*this)(all)[3];
  }

private:
  MLIRContext context;
  std::unique_ptr<ExecutionEngine> engine;
  void (*function)(const void *const *, int64_t);
};

/// The largest error, in units in the last place, over the floats between two
/// positive bounds; `sign` is theirs.
double getLargestError(Function &function, double (*exact)(double), float low,
                       float high, float sign) {
  double worst = 0;
  auto last = std::bit_cast<uint32_t>(high);
  // A prime step that meets all of the low bits.
  constexpr uint32_t step = 211;
  for (auto bits = std::bit_cast<uint32_t>(low); bits + 16 * step < last;
       bits += 16 * step) {
    std::array<float, 16> x;
    for (uint32_t i = 0; i < 16; ++i)
      x[i] = sign * std::bit_cast<float>(bits + i * step);
    std::array<float, 16> y = function(x);
    for (uint32_t i = 0; i < 16; ++i) {
      double expected = exact(x[i]);
      auto rounded = float(expected);
      double ulp =
          std::nextafter(std::abs(rounded), kInfinity) - std::abs(rounded);
      worst = std::max(worst, std::abs(y[i] - expected) / ulp);
    }
  }
  return worst;
}

TEST(Math, Exp) {
  Function exp("math.exp");
  EXPECT_LT(getLargestError(exp, std::exp, 1e-6f, 88.7f, 1), 1.5);
  EXPECT_LT(getLargestError(exp, std::exp, 1e-6f, 86.6f, -1), 1.5);
  EXPECT_EQ(exp(0.0f), 1.0f);
  EXPECT_EQ(exp(-kInfinity), 0.0f);
  EXPECT_EQ(exp(-90.0f), 0.0f);
  EXPECT_EQ(exp(kInfinity), kInfinity);
  EXPECT_EQ(exp(89.0f), kInfinity);
  EXPECT_TRUE(std::isnan(exp(kNaN)));
}

TEST(Math, Exp2) {
  Function exp2("math.exp2");
  EXPECT_LT(getLargestError(exp2, std::exp2, 1e-6f, 16.0f, 1), 1.5 + 16);
  EXPECT_LT(getLargestError(exp2, std::exp2, 1e-6f, 16.0f, -1), 1.5 + 16);
  EXPECT_EQ(exp2(0.0f), 1.0f);
  EXPECT_EQ(exp2(-kInfinity), 0.0f);
  EXPECT_EQ(exp2(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(exp2(kNaN)));
}

TEST(Math, Log) {
  Function log("math.log");
  EXPECT_LT(getLargestError(log, std::log, 1.2e-38f, 3e38f, 1), 1.5);
  EXPECT_EQ(log(1.0f), 0.0f);
  EXPECT_EQ(log(0.0f), -kInfinity);
  EXPECT_EQ(log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(log(-1.0f)));
  EXPECT_TRUE(std::isnan(log(kNaN)));
}

} // namespace
