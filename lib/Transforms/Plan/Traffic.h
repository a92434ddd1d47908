//===- Traffic.h - Bytes that a launch moves --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_PLAN_TRAFFIC_H
#define WAV_LIB_TRANSFORMS_PLAN_TRAFFIC_H

#include "Buffers.h"

#include "wav/IR/WavStructureOps.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::wav {

/// What one launch or library call reads and writes: each tensor in memory
/// once each way, however many of its ops use it, so that what is updated in
/// place counts twice and what stays in a kernel does not count. A bank is all
/// its tensors; what is gathered is all of the table.
///
/// The bytes of a tensor are filed under the category of the ops that read, or
/// write, it (`CostOpInterface`); of several, under the one that comes first in
/// routing, norm, attention, matmul, other.
class Traffic {
public:
  Traffic(const BufferAssignment &assignment, Operation *op);

  int64_t getBytes() const;
  /// As `bytes_by_category` of a step of `category` says it: null if all bytes
  /// are of that.
  DictionaryAttr getBytesByCategory(MLIRContext *context,
                                    StringRef category) const;

private:
  enum class Direction { Read, Write };

  void addFusion(FusionOp fusion);
  void add(Value value, Direction direction, StringRef category);

  struct Access {
    int64_t bytes = 0;
    StringRef category;
  };
  const BufferAssignment &assignment;
  llvm::MapVector<std::pair<unsigned, Direction>, Access> accesses;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_PLAN_TRAFFIC_H
