//===- ProcessorTest.cpp --------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/processor.h"

#include "gtest/gtest.h"

using namespace wavrt;

/// No processor has had all of these.
static const std::vector<std::string> never = {"xop", "avx512f"};

TEST(Processor, HasAName) { EXPECT_GT(processorName().size(), 3u); }

TEST(Processor, AgreesWithTheCompiler) {
  EXPECT_EQ(missingFeatures({"avx512f"}).empty(),
            bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(missingFeatures({"avx512vbmi2"}).empty(),
            bool(__builtin_cpu_supports("avx512vbmi2")));
  EXPECT_EQ(missingFeatures({"avx512bf16"}).empty(),
            bool(__builtin_cpu_supports("avx512bf16")));
  EXPECT_EQ(missingFeatures({"gfni"}).empty(),
            bool(__builtin_cpu_supports("gfni")));
  EXPECT_EQ(missingFeatures({"xop"}).empty(),
            bool(__builtin_cpu_supports("xop")));
  EXPECT_FALSE(missingFeatures(never).empty());
  EXPECT_TRUE(missingFeatures({"unheard_of"}).empty());
}

TEST(Processor, IsRequiredBeforeAnythingRuns) {
  Manifest manifest;
  EXPECT_NO_THROW(requireProcessor(manifest));
  manifest.features = never;
  try {
    requireProcessor(manifest);
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code, ExitCode::Device);
    std::string message = error.what();
    EXPECT_NE(message.find(processorName()), message.npos) << message;
    EXPECT_NE(message.find("wavc --cpu=x86-64-v"), message.npos) << message;
  }
  EXPECT_THROW(Session(Program(manifest, {}, {}), 1), Error);
}

TEST(Processor, RunsTheTilesThatItIsToldTo) {
  Manifest manifest;
  manifest.target = "cpu x86-64-v3";
  Program empty(manifest, {}, {});
  EXPECT_EQ(Session(empty, 1, "avx2").tiles(), "avx2");
  EXPECT_EQ(Session(empty, 1).tiles() == "avx512_bf16",
            bool(__builtin_cpu_supports("x86-64-v4") &&
                 __builtin_cpu_supports("avx512bf16")));
  try {
    Session(empty, 1, "sse9");
    FAIL();
  } catch (const Error &error) {
    std::string message = error.what();
    EXPECT_NE(message.find("has no sse9 tiles; it runs "), message.npos)
        << message;
    EXPECT_NE(message.find("avx2"), message.npos) << message;
  }
}
