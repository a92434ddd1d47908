//===- KernelTest.cpp - Kernels against the reference ------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every row op as a kernel, over the widths that make strips awkward, and the
// fusions whose rows pass through the row scratch.
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"

#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace mlir::wav;

namespace {

/// Rows, not a multiple of the partitions.
constexpr const char *kHeader =
    "wav.kernel @k attributes {rows = 13 : i64, partitions = 4 : i64} {\n";

/// Replaces `$D` by the width, and the names of types that depend on it.
std::string expand(std::string text, int64_t width) {
  std::string d = std::to_string(width);
  const std::pair<std::string, std::string> names[] = {
      {"$BANK", "!wav.bank<? x $M>"},
      {"$SCALED", "!wav.bank<? x $M, scaled>"},
      {"$FULL", "!wav.bank<? x $M, scaled, biased>"},
      {"$OPENSCALED", "!wav.bank<1 x $M, scaled>"},
      {"$OPENFULL", "!wav.bank<1 x $M, scaled, biased>"},
      {"$OPEN", "!wav.bank<1 x $M>"},
      {"$M", "tensor<13x$Dxf32>"},
      {"$V", "tensor<$Dxf32>"},
      {"$N", "tensor<13xf32>"},
      {"$S", "tensor<f32>"},
      {"$D", d}};
  for (const auto &[key, value] : names)
    for (size_t at; (at = text.find(key)) != std::string::npos;)
      text.replace(at, key.size(), value);
  return text;
}

/// Errors relative to the largest element: a few roundings.
constexpr double kLimit = 2e-6;

void check(const std::string &body, int64_t width,
           KernelRunner::Options options = {}, double limit = kLimit) {
  KernelRunner runner(expand(kHeader + body + "}\n", width), options);
  ASSERT_TRUE(runner.isCompiled());
  EXPECT_LE(runner.compare(), limit);
}

/// Widths with whole trips, whole strips and every tail.
class RowWidth : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Widths, RowWidth,
                         testing::Values(1, 16, 20, 36, 73, 128, 148));

TEST_P(RowWidth, RMSNorm) {
  check(R"(
^bb0(%x: $M, %g: $V):
  %y = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : ($M, $V) -> $M
  wav.yield %y : $M
)",
        GetParam());
}

TEST_P(RowWidth, RMSNormGrad) {
  check(R"(
^bb0(%x: $M, %g: $V, %dy: $M):
  %dx, %dg = wav.rms_norm_grad %x, %g, %dy {epsilon = 1.0e-3 : f64}
    : ($M, $V, $M) -> ($M, $V)
  wav.yield %dx, %dg : $M, $V
)",
        GetParam());
}

TEST_P(RowWidth, Write) {
  check(R"(
^bb0(%u: $M, %r: $M, %s: $V, %t: tensor<1xf32>):
  %a = wav.write %u into %r scaled %s per channel {coefficient = -2.0 : f64}
    : ($M, $M, $V) -> $M
  %b = wav.write %a into %r scaled %t per tensor {coefficient = 1.0 : f64}
    : ($M, $M, tensor<1xf32>) -> $M
  %c = wav.write %b {coefficient = 0.5 : f64} : ($M) -> $M
  wav.yield %a, %b, %c : $M, $M, $M
)",
        GetParam());
}

TEST_P(RowWidth, RowSum) {
  check(R"(
^bb0(%u: $M, %g: $M):
  %a = wav.row_sum %u times %g per channel : ($M, $M) -> $V
  %b = wav.row_sum %u times %g per tensor : ($M, $M) -> tensor<1xf32>
  %c = wav.row_sum %u times %g per token : ($M, $M) -> $N
  %d = wav.row_sum %u per channel : ($M) -> $V
  %e = wav.row_sum %u per tensor : ($M) -> tensor<1xf32>
  %f = wav.row_sum %u per token : ($M) -> $N
  wav.yield %a, %b, %c, %d, %e, %f
    : $V, tensor<1xf32>, $N, $V, tensor<1xf32>, $N
)",
        GetParam(), {}, 1e-5);
}

TEST_P(RowWidth, Match) {
  check(R"(
^bb0(%x: $M, %r: $M, %g: $N):
  %s = wav.match %x to %r {epsilon = 1.0e-6 : f64} : ($M, $M) -> $N
  %dx, %dr = wav.match_grad %x to %r, %g {epsilon = 1.0e-6 : f64}
    : ($M, $M, $N) -> ($M, $M)
  wav.yield %s, %dx, %dr : $N, $M, $M
)",
        GetParam());
}

TEST_P(RowWidth, SwiGLU) {
  check(R"(
^bb0(%a: $M, %b: $M, %g: $M):
  %y = wav.swiglu %a, %b : ($M, $M) -> $M
  %da, %db = wav.swiglu_grad %a, %b, %g : ($M, $M, $M) -> ($M, $M)
  wav.yield %y, %da, %db : $M, $M, $M
)",
        GetParam());
}

TEST_P(RowWidth, CrossEntropy) {
  KernelRunner::Options options;
  options.ranges[1] = {0, double(GetParam())};
  check(R"(
^bb0(%x: $M, %t: tensor<13xi32>, %g: $S):
  %loss = wav.cross_entropy %x, %t : ($M, tensor<13xi32>) -> $S
  %dx = wav.cross_entropy_grad %x, %t, %g : ($M, tensor<13xi32>, $S) -> $M
  wav.yield %loss, %dx : $S, $M
)",
        GetParam(), options);
}

TEST_P(RowWidth, Embed) {
  KernelRunner::Options options;
  options.ranges[1] = {0, 5};
  check(R"(
^bb0(%w: tensor<5x$Dxf32>, %t: tensor<13xi32>):
  %x = wav.embed %w, %t : (tensor<5x$Dxf32>, tensor<13xi32>) -> $M
  wav.yield %x : $M
)",
        GetParam(), options, 0);
}

TEST_P(RowWidth, SumSquares) {
  check(R"(
^bb0(%x: $M):
  %s = wav.sum_squares %x : ($M) -> $S
  wav.yield %s : $S
)",
        GetParam());
}

TEST_P(RowWidth, AdamW) {
  for (double clip : {0.0, 1.0, 100.0}) {
    KernelRunner::Options options;
    options.ranges[3] = {0, 1};
    options.ranges[4] = {3, 4};
    options.ranges[7] = {clip, clip + 1e-9};
    options.ranges[8] = {0.1, 1};
    options.ranges[9] = {0.1, 1};
    check(R"(
^bb0(%p: $M, %g: $M, %m: $M, %v: $M, %norm: $S, %lr: $S, %wd: $S, %clip: $S,
     %c1: $S, %c2: $S):
  %np, %nm, %nv = wav.adamw %p, %g moments(%m, %v) norm(%norm)
    settings(%lr, %wd, %clip, %c1, %c2)
    {beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64,
     decay_rows = 5 : i64}
    : ($M, $M, $M, $M, $S, $S, $S, $S, $S, $S) -> ($M, $M, $M)
  wav.yield %np, %nm, %nv : $M, $M, $M
)",
          GetParam(), options);
  }
}

TEST_P(RowWidth, Lion) {
  for (double clip : {0.0, 1.0, 100.0}) {
    KernelRunner::Options options;
    options.ranges[3] = {3, 4};
    options.ranges[6] = {clip, clip + 1e-9};
    check(R"(
^bb0(%p: $M, %g: $M, %m: $M, %norm: $S, %lr: $S, %wd: $S, %clip: $S):
  %np, %nm = wav.lion %p, %g moments(%m) norm(%norm) settings(%lr, %wd, %clip)
    {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 5 : i64}
    : ($M, $M, $M, $S, $S, $S, $S) -> ($M, $M)
  wav.yield %np, %nm : $M, $M
)",
          GetParam(), options);
  }
}

TEST_P(RowWidth, CombineVectors) {
  KernelRunner runner(expand(R"(
wav.kernel @k attributes {rows = $D : i64, partitions = 1 : i64} {
^bb0(%a: $V, %b: $V):
  %x = wav.combine %a, %b {coefficients = array<f64: 2.0, -1.0>}
    : ($V, $V) -> $V
  %y = arith.mulf %x, %b : $V
  wav.yield %x, %y : $V, $V
})",
                             GetParam()),
                      {});
  ASSERT_TRUE(runner.isCompiled());
  EXPECT_LT(runner.compare(), kLimit);
}

TEST_P(RowWidth, CombineOneRow) {
  std::string header =
      "wav.kernel @k attributes {rows = 1 : i64, partitions = 1 : i64} {\n";
  KernelRunner runner(expand(header + R"(
^bb0(%s: $S, %p: tensor<9x$Dxf32>, %q: tensor<9xf32>):
  %z = wav.combine %s, %s {coefficients = array<f64: 0.5, 1.0>} : ($S, $S) -> $S
  %u = math.sqrt %z : $S
  %v = wav.sum_partials %p : (tensor<9x$Dxf32>) -> $V
  %w = wav.sum_partials %q : (tensor<9xf32>) -> $S
  wav.yield %z, %u, %v, %w : $S, $S, $V, $S
})",
                             GetParam()),
                      {.ranges = {{0, {0.5, 1}}}});
  ASSERT_TRUE(runner.isCompiled());
  EXPECT_LT(runner.compare(), kLimit);
}

TEST(Kernel, Rope) {
  for (int64_t width : {24, 80, 128}) // Head widths 12, 40, 64.
    for (bool inverse : {false, true}) {
      std::string text = R"(
wav.kernel @k attributes {rows = 26 : i64, partitions = 4 : i64} {
^bb0(%x: $M, %t: tensor<9x$Hxf32>, %at: tensor<1xi32>):
  %y = wav.rope %x, %t at %at
    {heads = 2 : i64, sequence_length = 5 : i64$INVERSE}
    : ($M, tensor<9x$Hxf32>, tensor<1xi32>) -> $M
  wav.yield %y : $M
})";
      for (size_t at; (at = text.find("$H")) != std::string::npos;)
        text.replace(at, 2, std::to_string(width / 2));
      text.replace(text.find("$INVERSE"), 8, inverse ? ", inverse" : "");
      KernelRunner runner(expand(text, width), {.ranges = {{2, {4, 5}}}});
      ASSERT_TRUE(runner.isCompiled());
      EXPECT_LT(runner.compare(), kLimit);
    }
}

//===----------------------------------------------------------------------===//
// The read
//===----------------------------------------------------------------------===//

/// Banks of every size around a chunk of the lists.
class BankSize : public testing::TestWithParam<std::tuple<int64_t, int64_t>> {};
INSTANTIATE_TEST_SUITE_P(Sizes, BankSize,
                         testing::Combine(testing::Values(1, 8, 15, 16, 33),
                                          testing::Values(20, 128)));

TEST_P(BankSize, Read) {
  auto [size, width] = GetParam();
  check(R"(
^bb0(%q: $V, %b: tensor<2xf32>, %bank: $FULL, %u: $M, %v: $M, %s: $N, %g: $V,
     %stream: $M, %i: tensor<i32>):
  %sum = wav.write %u into %v {coefficient = -1.0 : f64} : ($M, $M) -> $M
  %0 = wav.source %sum : ($M) -> $OPEN
  %1 = wav.source %v scaled %s bias %i : ($M, $N, tensor<i32>) -> $OPENFULL
  %mix, %max, %inverse = wav.read query(%q bias %b) bank(%bank) open(%0, %1)
    {epsilon = 1.0e-6 : f64}
    : ($V, tensor<2xf32>, $FULL, $OPEN, $OPENFULL) -> ($M, $N, $N)
  %y = arith.addf %mix, %stream : $M
  %x = wav.rms_norm %y, %g {epsilon = 1.0e-6 : f64} : ($M, $V) -> $M
  wav.yield %sum, %y, %x : $M, $M, $M
)",
        width, {.bankSize = size, .ranges = {{8, {1, 2}}}}, 4e-6);
}

TEST_P(BankSize, ReadWithoutBias) {
  auto [size, width] = GetParam();
  check(R"(
^bb0(%q: $V, %bank: $SCALED):
  %y, %max, %sum = wav.read query(%q) bank(%bank) {epsilon = 1.0e-6 : f64}
    : ($V, $SCALED) -> ($M, $N, $N)
  wav.yield %y, %max, %sum : $M, $N, $N
)",
        width, {.bankSize = size}, 4e-6);
}

TEST_P(BankSize, ReadOfRowsAlone) {
  auto [size, width] = GetParam();
  check(R"(
^bb0(%q: $V, %bank: $BANK):
  %y, %max, %sum = wav.read query(%q) bank(%bank) {epsilon = 1.0e-6 : f64}
    : ($V, $BANK) -> ($M, $N, $N)
  wav.yield %y : $M
)",
        width, {.bankSize = size}, 4e-6);
}

TEST_P(BankSize, ReadOfTwoRoles) {
  auto [size, width] = GetParam();
  check(R"(
^bb0(%q: $V, %r: $V, %b: tensor<2xf32>, %c: tensor<2xf32>, %bank: $FULL, %u: $M):
  %0 = wav.source %u : ($M) -> $OPEN
  %y:6 = wav.read query(%q, %r bias %b, %c) bank(%bank) open(%0)
    {epsilon = 1.0e-6 : f64}
    : ($V, $V, tensor<2xf32>, tensor<2xf32>, $FULL, $OPEN)
    -> ($M, $M, $N, $N, $N, $N)
  wav.yield %y#0, %y#1, %y#2, %y#3, %y#4, %y#5 : $M, $M, $N, $N, $N, $N
)",
        width, {.bankSize = size}, 4e-6);
}

TEST_P(BankSize, ReadGrad) {
  auto [size, width] = GetParam();
  KernelRunner::Options options{.bankSize = size};
  options.ranges[0] = {-0.1, 0.1};
  options.ranges[10] = {1, 2};
  // The gradient comes from an op of the kernel, and the rows' gradients go to
  // one.
  check(R"(
^bb0(%q: $V, %b: tensor<2xf32>, %bank: $FULL, %u: $M, %v: $M, %s: $N, %gain: $V,
     %y: $M, %dx: $M, %acc: $BANK, %i: tensor<i32>):
  %dy, %dgain = wav.rms_norm_grad %y, %gain, %dx {epsilon = 1.0e-6 : f64}
    : ($M, $V, $M) -> ($M, $V)
  %0 = wav.source %u : ($M) -> $OPEN
  %1 = wav.source %v scaled %s bias %i : ($M, $N, tensor<i32>) -> $OPENFULL
  %dq, %db, %dbank, %du, %dv = wav.read_grad query(%q bias %b) bank(%bank)
    open(%0, %1) grad(%dy) into(%acc)
    {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 1, 2, 0, 0, 0>}
    : ($V, tensor<2xf32>, $FULL, $OPEN, $OPENFULL, $M, $BANK)
    -> ($V, tensor<2xf32>, $BANK, $M, $M)
  %c = wav.combine %du, %dv, %u {coefficients = array<f64: 1.0, -2.0, 0.5>}
    : ($M, $M, $M) -> $M
  wav.yield %dgain, %dq, %db, %dbank, %dv, %c
    : $V, $V, tensor<2xf32>, $BANK, $M, $M
)",
        width, options, 1e-5);
}

TEST_P(BankSize, ReadGradOfScales) {
  auto [size, width] = GetParam();
  KernelRunner::Options options{.bankSize = size};
  options.ranges[0] = {-0.1, 0.1};
  options.ranges[3] = {0.5, 2};
  check(R"(
^bb0(%q: $V, %bank: $SCALED, %u: $M, %s: $N, %dy: $M):
  %0 = wav.source %u scaled %s : ($M, $N) -> $OPENSCALED
  %dq, %dbank, %du, %ds = wav.read_grad query(%q) bank(%bank) open(%0) grad(%dy)
    {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 1, 1, 0, 0>}
    : ($V, $SCALED, $OPENSCALED, $M) -> ($V, $SCALED, $M, $N)
  wav.yield %dq, %dbank, %du, %ds : $V, $SCALED, $M, $N
)",
        width, options, 1e-5);
}

/// More roles than have their sums in registers at once.
TEST_P(BankSize, ReadOfManyRoles) {
  auto [size, width] = GetParam();
  check(R"(
^bb0(%q: $V, %r: $V, %bank: $SCALED):
  %y:21 = wav.read query(%q, %r, %q, %r, %q, %r, %r) bank(%bank)
    {epsilon = 1.0e-6 : f64}
    : ($V, $V, $V, $V, $V, $V, $V, $SCALED)
    -> ($M, $M, $M, $M, $M, $M, $M,
        $N, $N, $N, $N, $N, $N, $N, $N, $N, $N, $N, $N, $N, $N)
  wav.yield %y#0, %y#5, %y#6, %y#12, %y#20 : $M, $M, $M, $N, $N
)",
        width, {.bankSize = size}, 4e-6);
}

/// A read without a bank that continues a part, as one kernel with what
/// follows.
TEST_P(BankSize, ReadAfterPart) {
  auto [size, width] = GetParam();
  KernelRunner::Options options{.bankSize = size};
  options.ranges[0] = {-0.1, 0.1};
  options.ranges[6] = {-2, 2};
  options.ranges[7] = {0.1, 1};
  options.ranges[8] = {1, 2};
  check(R"(
^bb0(%q: $V, %r: $V, %b: tensor<2xf32>, %u: $M, %p: $M, %s: $N, %m: $N, %l: $N,
     %i: tensor<i32>, %bank: $FULL):
  %0 = wav.source %u scaled %s bias %i : ($M, $N, tensor<i32>) -> $OPENFULL
  %y:6 = wav.read query(%q, %r bias %b, %b) open(%0)
    after(%p, %u max %m, %m sum %l, %l) {epsilon = 1.0e-6 : f64}
    : ($V, $V, tensor<2xf32>, tensor<2xf32>, $OPENFULL, $M, $M, $N, $N, $N, $N)
    -> ($M, $M, $N, $N, $N, $N)
  %z:3 = wav.read query(%r bias %b) bank(%bank) after(%y#1 max %y#3 sum %y#5)
    {epsilon = 1.0e-6 : f64}
    : ($V, tensor<2xf32>, $FULL, $M, $N, $N) -> ($M, $N, $N)
  wav.yield %y#0, %y#2, %y#4, %z#0, %z#1, %z#2 : $M, $N, $N, $M, $N, $N
)",
        width, options, 4e-6);
}

TEST_P(BankSize, ReadGradOfTwoRoles) {
  auto [size, width] = GetParam();
  KernelRunner::Options options{.bankSize = size};
  options.ranges[0] = options.ranges[1] = {-0.1, 0.1};
  options.ranges[6] = {0.5, 2};
  check(R"(
^bb0(%q: $V, %r: $V, %b: tensor<2xf32>, %c: tensor<2xf32>, %bank: $FULL, %u: $M,
     %s: $N, %dy: $M, %dz: $M, %acc: $SCALED):
  %0 = wav.source %u scaled %s : ($M, $N) -> $OPENSCALED
  %d:7 = wav.read_grad query(%q, %r bias %b, %c) bank(%bank) open(%0)
    grad(%dy, %dz) into(%acc) {epsilon = 1.0e-6 : f64,
    resultSegmentSizes = array<i32: 2, 2, 1, 1, 1, 0, 0>}
    : ($V, $V, tensor<2xf32>, tensor<2xf32>, $FULL, $OPENSCALED, $M, $M,
       $SCALED)
    -> ($V, $V, tensor<2xf32>, tensor<2xf32>, $SCALED, $M, $N)
  wav.yield %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6
    : $V, $V, tensor<2xf32>, tensor<2xf32>, $SCALED, $M, $N
)",
        width, options, 1e-5);
}

/// The gradient in parts: of what continues a part, and of the part.
TEST_P(BankSize, ReadGradInParts) {
  auto [size, width] = GetParam();
  KernelRunner::Options options{.bankSize = size};
  options.ranges[0] = {-0.1, 0.1};
  options.ranges[6] = {-2, 2};
  options.ranges[7] = {0.1, 1};
  check(R"(
^bb0(%q: $V, %b: tensor<2xf32>, %bank: $FULL, %u: $M, %p: $M, %dy: $M, %m: $N,
     %l: $N, %acc: $BANK):
  %0 = wav.source %u : ($M) -> $OPEN
  %dq, %db, %du, %w, %lse = wav.read_grad query(%q bias %b) open(%0)
    after(%p max %m sum %l) grad(%dy) {epsilon = 1.0e-6 : f64,
    resultSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 1>}
    : ($V, tensor<2xf32>, $OPEN, $M, $N, $N, $M)
    -> ($V, tensor<2xf32>, $M, $N, $N)
  %dq1, %db1, %dbank = wav.read_grad query(%q bias %b) bank(%bank)
    grad(%dy weight %w lse_grad %lse) into(%acc) {epsilon = 1.0e-6 : f64,
    resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>}
    : ($V, tensor<2xf32>, $FULL, $M, $N, $N, $BANK) -> ($V, tensor<2xf32>, $BANK)
  wav.yield %dq, %db, %du, %w, %lse, %dq1, %db1, %dbank
    : $V, tensor<2xf32>, $M, $N, $N, $V, tensor<2xf32>, $BANK
)",
        width, options, 1e-5);
}

/// All strips of a row at once, one at a time, and in the narrow registers.
TEST(Kernel, VectorWidths) {
  for (int64_t vectorWidth : {4, 8, 16})
    for (int64_t unroll : {1, 3}) {
      KernelRunner::Options options{
          .vectorWidth = vectorWidth, .unroll = unroll, .bankSize = 9};
      check(R"(
^bb0(%q: $V, %bank: $SCALED, %dy: $M):
  %y, %max, %sum = wav.read query(%q) bank(%bank) {epsilon = 1.0e-6 : f64}
    : ($V, $SCALED) -> ($M, $N, $N)
  %dq, %dbank = wav.read_grad query(%q) bank(%bank) grad(%dy)
    {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
    : ($V, $SCALED, $M) -> ($V, $BANK)
  wav.yield %y, %dq, %dbank : $M, $V, $BANK
)",
            52, options, 1e-5);
    }
}

} // namespace
