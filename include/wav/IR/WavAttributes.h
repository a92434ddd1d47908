//===- WavAttributes.h - The names of discardable attributes ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What passes say to each other, and users to them, on ops that are not the
// dialect's own. The dialect verifies each by the table in lib/IR/
// WavAttributes.cpp: where it stands and what its value is. A new one is a name
// here and a row there.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVATTRIBUTES_H
#define WAV_IR_WAVATTRIBUTES_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::wav {

//===----------------------------------------------------------------------===//
// Of a module
//===----------------------------------------------------------------------===//

/// Sequences in a batch, an i64.
inline constexpr StringLiteral kBatchAttr = "wav.batch";
/// Tokens of a sequence, an i64.
inline constexpr StringLiteral kContextAttr = "wav.context";
/// The model configuration, one JSON object as a string.
inline constexpr StringLiteral kConfigAttr = "wav.config";
/// The level that the module is at (wav/IR/Level.h), a string.
inline constexpr StringLiteral kLevelAttr = "wav.level";
/// What `wav-update` updated with, for the manifest: a dictionary of the
/// optimizer's `name` and its constants.
inline constexpr StringLiteral kOptimizerAttr = "wav.optimizer";

//===----------------------------------------------------------------------===//
// Of a function, its arguments and results
//===----------------------------------------------------------------------===//

/// What `wav-differentiate` is to derive of a function, a string.
inline constexpr StringLiteral kGradientAttr = "wav.gradient";
/// Asks `wav-update` to update the parameters by their gradients. A unit
/// attribute.
inline constexpr StringLiteral kUpdateAttr = "wav.update";
/// What fills an argument (wav/IR/Fill.h), a dictionary.
inline constexpr StringLiteral kFillAttr = "wav.fill";
/// What an argument or result is called in the manifest, a string.
inline constexpr StringLiteral kNameAttr = "wav.name";
/// Where `wav-check` draws the elements of an argument from: [low, high].
inline constexpr StringLiteral kRangeAttr = "wav.range";

//===----------------------------------------------------------------------===//
// Of kernels, between the passes of code generation
//===----------------------------------------------------------------------===//

/// Threads of a block of a kernel; an i64. A block treats one partition.
inline constexpr StringLiteral kThreadsAttr = "wav.threads";
/// Bytes of dynamic shared memory that a kernel is launched with; an i64, 0 if
/// absent.
inline constexpr StringLiteral kSharedBytesAttr = "wav.shared_bytes";
/// Of a kernel whose only parameter is a table, of the slots of all instances
/// that it is launched for: the partitions of an instance and its slots; i64s.
inline constexpr StringLiteral kInstancesAttr = "wav.instances";
/// Between `wav-distribute-rows` and `wav-distribute-lanes`: how many threads,
/// a power of two, treat a row together; an i64.
inline constexpr StringLiteral kLanesAttr = "wav.lanes";
/// Marks the loop over the rows of a kernel, which is never moved inside a loop
/// over strips. Its value is the number of rows of a partition, an upper bound
/// of the loop's trips, an i64. What the loop carries are sums over the rows.
inline constexpr StringLiteral kRowLoopAttr = "wav.rows";
/// Marks a product or root that is the result of an op: it is rounded whether
/// or not the ops that use it are in the same kernel. A unit attribute.
inline constexpr StringLiteral kResultAttr = "wav.result";

} // namespace mlir::wav

#endif // WAV_IR_WAVATTRIBUTES_H
