//===- Occupancy.h - How many threads an SM holds ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_OCCUPANCY_H
#define WAV_TARGET_OCCUPANCY_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mlir::wav {

/// The threads of a kernel that an SM (streaming multiprocessor) of `chip`
/// holds at once, in percent of those it can hold, given the threads of a
/// block, the registers of a thread and the bytes of shared memory of a block.
/// None if the chip is not known, 0 if a block does not fit. Limits are those
/// of the CUDA C++ Programming Guide, "Technical Specifications per Compute
/// Capability"; registers are handed out 256 a warp at a time, shared memory
/// 128 bytes at a time, and each block costs 1 KiB more of it.
std::optional<double> getOccupancy(StringRef chip, int64_t threads,
                                   int64_t registers, int64_t sharedBytes);

/// The bytes of shared memory that a block can have on `chip`, by the same
/// table; for a chip that is not known, what all have.
int64_t getBlockSharedBytes(StringRef chip);

/// The SMs of the GPUs that `chip` usually is (sm_90: 132 of an H100), by which
/// work is divided; 128 for a chip that is not known. One with fewer or more
/// computes the same, less evenly.
int64_t getMultiprocessors(StringRef chip);

} // namespace mlir::wav

#endif // WAV_TARGET_OCCUPANCY_H
