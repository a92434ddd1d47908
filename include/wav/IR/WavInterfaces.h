//===- WavInterfaces.h - What ops say of themselves -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVINTERFACES_H
#define WAV_IR_WAVINTERFACES_H

#include "wav/IR/WavDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::wav {
/// Accumulates gradients during differentiation; see wav/Autodiff/Gradients.h.
class Gradients;
/// Emits the body of a row program; see wav/Rows/RowEmitter.h.
class RowEmitter;
/// Values during reference evaluation; see wav/Reference/Reference.h.
class ReferenceFrame;

/// How a row program reads an operand.
enum class RowOperand {
  /// At the row being treated: a row of a matrix, a number of a vector that has
  /// one a row, or (in a row space of one row) all of it.
  ByRow,
  /// The same for every row: a gain, a query, a setting.
  Whole,
  /// At places that the op computes: a table, the tensors of a bank.
  Gathered
};

/// What a row program makes of a result.
enum class RowResult {
  /// Its part at the row being treated, which later programs of the same kernel
  /// may read by row.
  ByRow,
  /// A sum over all rows, complete after the last one. Its type has no row
  /// dimension.
  Sum,
  /// Stored at places that the op computes: heads of a token, tensors of a
  /// bank. Only later kernels can read it.
  Scattered
};

/// A fixed place: all of an arena, or the part of it that belongs to a
/// parameter or state.
struct Place {
  Arena arena;
  /// Empty: all of the arena.
  StringRef symbol;
  bool operator==(const Place &) const = default;
};

/// One tensor of an operand; see `getTensorTypes`.
struct ViewedTensor {
  unsigned operand, tensor;
};

template <typename ConcreteOp>
class RepeatedInKernels
    : public OpTrait::TraitBase<ConcreteOp, RepeatedInKernels> {};

/// Whether `op` works on tensors and banks, as opposed to numbers and vectors.
bool isOnTensors(Operation *op);
} // namespace mlir::wav

#include "wav/WavInterfaces.h.inc"

namespace mlir::wav {
/// The tensors that a value of this type holds: itself, or those of a bank's
/// sources, source after source. None for other types, and where the size is
/// not known.
SmallVector<RankedTensorType> getTensorTypes(Type type);

/// Bytes in memory, elements packed; the second is the sum over all tensors of
/// a value.
int64_t getSizeInBytes(ShapedType type);
int64_t getTotalBytes(Type type);

/// The operand that `result` is tied to (TiedOpInterface), or null.
OpOperand *getTiedOperand(OpResult result);

/// The argument of the enclosing block that `value` updates in place, found by
/// following TiedOpInterface from its definition, or null.
BlockArgument getTiedArgument(Value value);

/// What the row program that defines a value makes of it; none if no row
/// program does.
std::optional<RowResult> getRowResult(Value value);
inline bool isRowSum(Value value) {
  return getRowResult(value) == RowResult::Sum;
}

/// Whether `op` is repeated in each kernel that needs its result.
inline bool isRepeatedInKernels(Operation *op) {
  return op && op->hasTrait<RepeatedInKernels>();
}

/// Gives each row program of the block its own copy, in front of it, of what is
/// repeated in kernels, but not of what it gathers from: that lies in memory.
void repeatInKernels(
    Block &block, function_ref<void(Operation *copy)> onCopy = [](auto) {});

/// Calls `visit` for each value that a kernel with `op` in it reads for `op`:
/// its operands, and instead of what is repeated in kernels, the operands of
/// that. `use` is the operand of `op` in either case.
void forEachRead(Operation *op,
                 function_ref<void(OpOperand &use, Value value)> visit);

/// Why the row program `reader`, in one kernel with the row program that
/// defines `value`, which it reads through `use`, could not have it; empty if
/// it could.
StringRef whyNotReadInside(RowOpInterface reader, OpOperand &use, Value value);

/// Whether operand `index` is among `operands`; for `getRowOperand`.
bool isOneOf(unsigned index, ArrayRef<MutableOperandRange> operands);

/// The type of a row sum while it is split over `partitions`:
/// `[partitions, ...]`.
RankedTensorType getPartialsType(RankedTensorType sum, int64_t partitions);
} // namespace mlir::wav

#endif // WAV_IR_WAVINTERFACES_H
