//===- CPUTest.cpp --------------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/CPU.h"

#include "wavrt/processor.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace mlir::wav;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

static std::vector<std::string> neededFeatures(llvm::StringRef cpu) {
  llvm::Expected<CPUTarget> target = CPUTarget::create(cpu);
  EXPECT_TRUE(bool(target));
  return target->getNeededFeatures();
}

TEST(CPUTarget, NeedsWhatTheProcessorHas) {
  EXPECT_THAT(neededFeatures("x86-64-v3"), IsEmpty());
  EXPECT_THAT(
      neededFeatures("x86-64-v4"),
      ElementsAre("avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"));
  EXPECT_THAT(neededFeatures("bdver4"), Contains("xop"));
}

TEST(CPUTarget, EveryFeatureIsKnownToLLVM) {
  llvm::Expected<CPUTarget> target = CPUTarget::create("x86-64-v3");
  ASSERT_TRUE(bool(target));
  std::unique_ptr<llvm::TargetMachine> machine = target->createMachine();
  std::vector<std::string> known;
  for (const llvm::SubtargetFeatureKV &feature :
       machine->getMCSubtargetInfo()->getAllProcessorFeatures())
    known.push_back(feature.Key);
#define WAV_FEATURE(NAME, ...) EXPECT_THAT(known, Contains(NAME));
  WAVRT_FOR_EACH_FEATURE(WAV_FEATURE)
#undef WAV_FEATURE
}

// What this machine is said to need, it must have.
TEST(CPUTarget, NativeCodeRunsHere) {
  EXPECT_THAT(wavrt::missingFeatures(neededFeatures("native")), IsEmpty());
}
