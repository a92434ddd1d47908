//===- Buffers.h - Which values share memory --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_PLAN_BUFFERS_H
#define WAV_LIB_TRANSFORMS_PLAN_BUFFERS_H

#include "Constants.h"
#include "wav/Analysis/ParameterLayout.h"
#include "wav/Analysis/ValueBuffers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::wav {

/// Every buffer starts at a cache line.
inline constexpr int64_t kBufferAlignment = 64;

/// Where memory lies in the running program.
struct Placement {
  Arena arena;
  int64_t offset; ///< bytes
  bool operator==(const Placement &) const = default;
};

/// Memory whose place is the same in every entry point.
class FixedMemory {
public:
  explicit FixedMemory(ModuleOp module);

  const ParameterLayout &getLayout() const { return layout; }
  /// Where a value of `type` lies at `place`; none if what lies there is not of
  /// that type.
  std::optional<Placement> find(const Place &place, Type type) const;
  /// The place of an input or output. Those of several entry points that have
  /// one name and type share it.
  Placement getIO(StringRef name, RankedTensorType type);

private:
  ParameterLayout layout;
  struct Symbol {
    Placement placement;
    Type type;
  };
  llvm::StringMap<Symbol> symbols;
  llvm::MapVector<std::pair<Attribute, Type>, int64_t> io;
  int64_t ioSize = 0;
};

/// A piece of memory that holds one value at a time.
struct Buffer {
  int64_t bytes;
  /// Absent for scratch until `placeScratch`.
  std::optional<Placement> placement;
  /// The contents of a buffer in the constants arena, which is laid out after
  /// all entry points have been analysed.
  DenseElementsAttr constant;
  /// Whether an op may update it in place.
  bool isWritable = true;
  /// The first and the last op that touches it, counted from the start of the
  /// function.
  unsigned first = ~0u, last = 0;
};

/// The memory of all values of an entry point, by the rules of ValueBuffers.
///
/// Copies are inserted where values that must share memory are live together.
class BufferAssignment {
public:
  BufferAssignment(func::FuncOp function, FixedMemory &fixed)
      : function(function), fixed(fixed) {}

  LogicalResult run();

  /// Gives scratch buffers that are not live together the same memory.
  /// Returns the bytes needed.
  int64_t placeScratch();

  func::FuncOp getFunction() const { return function; }
  ArrayRef<unsigned> getBuffers(Value value) const { return values.get(value); }
  const Buffer &getBuffer(unsigned index) const { return buffers[index]; }
  ArrayRef<Buffer> getAllBuffers() const { return buffers; }

private:
  LogicalResult visit(Operation *op);
  LogicalResult visitCompute(Operation *op);
  LogicalResult visitPlaced(PlacedOpInterface op);
  LogicalResult visitReturn(func::ReturnOp op);
  FailureOr<Placement> find(Operation *op, const Place &place, Type type);

  unsigned create(int64_t bytes);
  /// The buffer at a fixed place.
  unsigned getFixed(Placement placement, int64_t bytes, bool isWritable);

  bool canOverwrite(OpOperand &tied);
  LogicalResult copy(OpOperand &operand);
  LogicalResult place(OpOperand &operand, Placement placement);
  void computeLiveness();

  func::FuncOp function;
  FixedMemory &fixed;
  ValueBuffers values;
  /// As many as `values` has.
  std::vector<Buffer> buffers;
  /// What some op replaces.
  SmallVector<Place> replaced;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_PLAN_BUFFERS_H
