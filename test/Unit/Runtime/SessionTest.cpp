//===- SessionTest.cpp - Tests of programs and sessions ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/program.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace wavrt;

namespace {

/// A program of two entries: `double` writes 2 x to y, in four partitions;
/// `fail` returns OUT_OF_RANGE.
const char manifestText[] = R"({
  "abi": 5,
  "model": {"vocab_size": 5, "num_hidden_layers": 1},
  "batch": 1, "context": 4, "precision": "f32", "target": "cpu",
  "arenas": {"parameters": 100, "gradients": 100, "first_moment": 100,
             "second_moment": 100, "state": 8, "io": 128, "scratch": 32,
             "constants": 16},
  "parameters": [
    {"name": "f32", "shape": [4], "dtype": "f32", "offset": 0,
     "init": {"kind": "constant", "value": 1}, "decay": false},
    {"name": "f64", "shape": [4], "dtype": "f64", "offset": 16,
     "init": {"kind": "constant", "value": 1}, "decay": false},
    {"name": "bf16", "shape": [4], "dtype": "bf16", "offset": 48,
     "init": {"kind": "constant", "value": 1}, "decay": false}],
  "entries": [
    {"name": "double",
     "inputs": [{"name": "x", "shape": [4], "dtype": "f32", "arena": "io",
                 "offset": 0},
                {"name": "i", "shape": [4], "dtype": "i32", "arena": "io",
                 "offset": 64}],
     "outputs": [{"name": "y", "shape": [4], "dtype": "f32", "arena": "io",
                  "offset": 16}],
     "launches": [{"name": "k", "category": "other", "bytes": 32,
                   "flops": 4}]},
    {"name": "fail", "inputs": [], "outputs": [], "launches": []}]})";

void doubleKernel(void *const *args, int64_t partition) {
  static_cast<float *>(args[1])[partition] =
      2 * static_cast<const float *>(args[0])[partition];
}

/// A bank of two rows, then the kernel's slots x and y, then the bank.
const int64_t addresses[] = {WAVRT_BASE_ZERO,  2, WAVRT_IO, 0, //
                             WAVRT_CONSTANTS,  4,              //
                             WAVRT_IO,         0, WAVRT_IO, 16,
                             WAVRT_BASE_TABLE, 0};

int32_t runDouble(wavrt_context *context, void *const *resolved) {
  wavrt_launch(context, 0, doubleKernel, resolved + 3, 4);
  return WAVRT_OK;
}

/// Fails unless the addresses are what the table says.
int32_t runFail(wavrt_context *context, void *const *resolved) {
  auto *io = static_cast<float *>(context->arenas[WAVRT_IO]);
  auto *constants = static_cast<float *>(context->arenas[WAVRT_CONSTANTS]);
  bool good = reinterpret_cast<uintptr_t>(resolved[0]) == 2 &&
              resolved[1] == io && resolved[2] == constants + 1 &&
              resolved[3] == io && resolved[4] == io + 4 &&
              resolved[5] == resolved;
  return good ? WAVRT_OUT_OF_RANGE : WAVRT_OK;
}

const wavrt_entry entries[] = {{"double", runDouble, 6, addresses},
                               {"fail", runFail, 6, addresses}};
const float constants[] = {1, 2, 3, 4};
const wavrt_program compiled = {WAVRT_MAGIC,
                                WAVRT_ABI_VERSION,
                                2,
                                entries,
                                manifestText,
                                sizeof(manifestText) - 1,
                                constants,
                                /*device=*/nullptr,
                                0,
                                nullptr};

template <typename Body> std::string messageOf(const Body &body) {
  try {
    body();
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

} // namespace

TEST(Program, ChecksTheCompiledHeader) {
  wavrt_program bad = compiled;
  bad.magic = 0;
  EXPECT_NE(messageOf([&] { Program::fromCompiled(bad); }).find("magic"),
            std::string::npos);
  bad = compiled;
  bad.abi_version = 7;
  EXPECT_NE(messageOf([&] { Program::fromCompiled(bad); }).find("version 7"),
            std::string::npos);
  bad = compiled;
  bad.num_entries = 1;
  EXPECT_NE(messageOf([&] { Program::fromCompiled(bad); }).find("2 entry"),
            std::string::npos);
  const wavrt_entry swapped[] = {entries[1], entries[0]};
  bad = compiled;
  bad.entries = swapped;
  EXPECT_NE(messageOf([&] { Program::fromCompiled(bad); }).find("'fail'"),
            std::string::npos);
}

TEST(Session, StartsWithZeroedAlignedArenas) {
  Session session(Program::fromCompiled(compiled), 2);
  for (int i = 0; i < WAVRT_CONSTANTS; ++i) {
    auto arena = static_cast<wavrt_arena>(i);
    auto *bytes = static_cast<const char *>(session.arena(arena));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % 64, 0u);
    for (size_t j = 0; j < session.manifest().arenaBytes[i]; ++j)
      EXPECT_EQ(bytes[j], 0);
  }
  EXPECT_EQ(std::memcmp(session.arena(WAVRT_CONSTANTS), constants, 16), 0);
}

TEST(Session, RunsAnEntry) {
  for (int threads : {1, 2, 3}) {
    Session session(Program::fromCompiled(compiled), threads);
    EXPECT_EQ(session.numThreads(), threads);
    const EntryInfo &entry = *session.manifest().findEntry("double");
    session.write(*entry.findInput("x"), std::vector<float>{1, 2, 3, 4});
    session.run("double");
    std::vector<float> y(4);
    session.read(*entry.findOutput("y"), std::span<float>(y));
    EXPECT_EQ(y, (std::vector<float>{2, 4, 6, 8}));
  }
}

TEST(Session, ExplainsFailures) {
  Session session(Program::fromCompiled(compiled), 1);
  EXPECT_NE(messageOf([&] { session.run("train_step"); }).find("double, fail"),
            std::string::npos);
  EXPECT_NE(messageOf([&] { session.run("fail"); }).find("out of range"),
            std::string::npos);
}

TEST(Session, TimesLaunchesOnlyWhileProfiling) {
  Session session(Program::fromCompiled(compiled), 2);
  session.run("double");
  EXPECT_EQ(session.profile("double").at(0).calls, 0);
  session.setProfiling(true);
  session.run("double");
  session.run("double");
  session.setProfiling(false);
  session.run("double");
  std::vector<LaunchTime> times = session.profile("double");
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].calls, 2);
  EXPECT_GT(times[0].seconds, 0);
}

TEST(Session, ConvertsBetweenFloatTypes) {
  Session session(Program::fromCompiled(compiled), 1);
  const std::vector<double> values = {1, -0.5, 1e-3, 3.14159265358979};
  for (const ParameterInfo &info : session.manifest().parameters) {
    double epsilon = info.dtype == DType::F64   ? 0
                     : info.dtype == DType::F32 ? 0x1p-24
                                                : 0x1p-8;
    session.write(info, std::span<const double>(values));
    std::vector<double> back(4);
    session.read(info, std::span<double>(back));
    for (int i = 0; i < 4; ++i)
      EXPECT_LE(std::abs(back[i] - values[i]), epsilon * std::abs(values[i]));
    std::vector<float> narrow(4);
    session.read(info, std::span<float>(narrow));
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(narrow[i], static_cast<float>(back[i]));
  }
}

TEST(Session, RoundsToBFloat16) {
  Session session(Program::fromCompiled(compiled), 1);
  const ParameterInfo &info = session.manifest().parameters[2];
  const float inf = std::numeric_limits<float>::infinity();
  // Ties go to even; beyond the largest value lies infinity; NaN stays NaN.
  session.write(info, std::vector<float>{1 + 0x1p-8f, 1 + 0x3p-8f,
                                         std::numeric_limits<float>::max(),
                                         std::nanf("")});
  std::vector<float> values(4);
  session.read(info, std::span<float>(values));
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 1 + 0x1p-6f);
  EXPECT_EQ(values[2], inf);
  EXPECT_TRUE(std::isnan(values[3]));
}

TEST(Session, ChecksTypesAndCounts) {
  Session session(Program::fromCompiled(compiled), 1);
  const EntryInfo &entry = *session.manifest().findEntry("double");
  const TensorInfo &x = *entry.findInput("x"), &i = *entry.findInput("i");
  session.write(i, std::vector<int32_t>{1, 2, 3, 4});
  EXPECT_EQ(session.data<int32_t>(i)[3], 4);
  EXPECT_NE(messageOf([&] { session.data<double>(x); }).find("'x' is f32"),
            std::string::npos);
  EXPECT_NE(messageOf([&] {
              session.write(x, std::vector<float>(3));
            }).find("4 elements, not 3"),
            std::string::npos);
  EXPECT_NE(
      messageOf([&] { session.write(i, std::vector<float>(4)); }).find("i32"),
      std::string::npos);
}

TEST(Symbols, CoverTheAbi) {
  std::vector<std::string> names;
  for (const Symbol &symbol : abiSymbols()) {
    names.push_back(symbol.name);
    EXPECT_NE(symbol.address, nullptr);
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "wavrt_launch", "wavrt_launch_device", "wavrt_call",
                       "wavrt_call_batch", "wavrt_matmul_f32",
                       "wavrt_matmul_bf16", "wavrt_matmul_bf16_f32",
                       "wavrt_attention_f32", "wavrt_attention_bf16",
                       "wavrt_attention_grad_f32", "wavrt_attention_grad_bf16",
                       "wavrt_embed_grad_f32", "wavrt_embed_grad_bf16",
                       "wavrt_cache_update_f32", "wavrt_cache_update_bf16"}));
}
