//===- OccupancyTest.cpp --------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/Occupancy.h"

#include "gtest/gtest.h"

using namespace mlir::wav;

// Which limit decides is said in each case.
TEST(Occupancy, IsThatOfTheTightestLimit) {
  EXPECT_EQ(getOccupancy("sm_90a", 128, 32, 0), 100.0); // threads
  EXPECT_EQ(getOccupancy("sm_90a", 32, 16, 0), 50.0);   // 32 blocks
  // 72 registers: 2304 a warp, 9216 a block of four, 7 blocks.
  EXPECT_EQ(getOccupancy("sm_90a", 128, 72, 0), 100.0 * 7 * 128 / 2048);
  // 33 registers are handed out as 40.
  EXPECT_EQ(getOccupancy("sm_90a", 256, 33, 0), 100.0 * 6 * 256 / 2048);
  // 48 KiB and 1 KiB of the driver's: 4 blocks in 228 KiB.
  EXPECT_EQ(getOccupancy("sm_90a", 128, 32, 48 << 10), 25.0);
  EXPECT_EQ(getOccupancy("sm_80", 128, 32, 48 << 10), 100.0 * 3 * 128 / 2048);
  // Three blocks of 512 threads in 1536.
  EXPECT_EQ(getOccupancy("sm_86", 512, 32, 0), 100.0);
  EXPECT_EQ(getOccupancy("sm_86", 1024, 32, 0), 100.0 * 1024 / 1536);
  EXPECT_EQ(getOccupancy("sm_90a", 96, 16, 0), 100.0 * 21 * 96 / 2048);
}

TEST(Occupancy, IsZeroForABlockThatDoesNotFit) {
  EXPECT_EQ(getOccupancy("sm_86", 128, 32, 160 << 10), 0.0);
  EXPECT_EQ(getOccupancy("sm_90a", 1024, 255, 0), 0.0);
}

TEST(Occupancy, IsNotKnownForOtherChips) {
  EXPECT_EQ(getOccupancy("sm_999", 128, 32, 0), std::nullopt);
  EXPECT_EQ(getOccupancy("gfx90a", 128, 32, 0), std::nullopt);
}
