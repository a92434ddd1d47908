//===- RowEmitter.h - How an op states its row program ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `RowOpInterface::emitRow` states what an op does to one row. It writes
// formulas on `RowValue`s and knows nothing of lanes, strips, loops over rows,
// or whether an operand comes from memory or from an op of the same kernel:
//
//   LogicalResult RMSNormOp::emitRow(RowEmitter &emit) {
//     RowValue x = emit.row(getInput());
//     RowValue gain = emit.whole(getGain());
//     RowValue meanSquare = emit.mean(x * x);
//     RowValue rho = emit.rsqrt(meanSquare + getEpsilon());
//     emit.define(getResult(), gain * x * rho);
//     return success();
//   }
//
// C++ leaves the order of operands open, and each operator appends an op: build
// at most one operand of an operator inside an expression, so that the IR does
// not depend on the C++ compiler.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_ROWS_ROWEMITTER_H
#define WAV_ROWS_ROWEMITTER_H

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavInterfaces.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::wav {

/// One row, `vector<width x f32>`, or one f32 number of the current row. The
/// arithmetic operators work elementwise; a number meets a row as a row of
/// equal elements.
class RowValue {
public:
  RowValue() = default;
  RowValue(RowEmitter &emitter, Value value)
      : emitter(&emitter), value(value) {}

  Value get() const { return value; }
  RowEmitter &getEmitter() const { return *emitter; }
  bool isRow() const { return isa<VectorType>(value.getType()); }
  /// The number of elements; 1 for a number.
  int64_t getWidth() const;

private:
  RowEmitter *emitter = nullptr;
  Value value;
};

RowValue operator+(RowValue lhs, RowValue rhs);
RowValue operator-(RowValue lhs, RowValue rhs);
RowValue operator*(RowValue lhs, RowValue rhs);
RowValue operator/(RowValue lhs, RowValue rhs);
RowValue operator+(RowValue lhs, double rhs);
RowValue operator-(RowValue lhs, double rhs);
RowValue operator*(RowValue lhs, double rhs);
RowValue operator/(double lhs, RowValue rhs);
RowValue operator-(RowValue value);

/// How row programs are phrased.
enum class RowForm {
  /// For a CPU: rows lie in the first-level cache, where reading them again is
  /// cheap, and numbers of each row of a bank are kept in lists. Sums over the
  /// row space are accumulated in memory.
  Lists,
  /// For a GPU: rows and sums over the row space lie in registers, and there
  /// are no lists. An op visits the rows of a bank as few times as it can.
  OnePass,
};

/// Emits the row programs of one kernel, op after op, into the body of its loop
/// over rows. All arithmetic is in f32; bf16 buffers are converted as they are
/// read and written. A misuse (a value that has no buffer, say) is reported at
/// the op and makes the lowering of the kernel fail.
class RowEmitter {
public:
  /// `builder` inserts into the body of `rowLoop`, whose row is `row`;
  /// `partition` is the kernel's. `location` is that of the first op.
  RowEmitter(OpBuilder &builder, Location location, Operation *rowLoop,
             Value row, Value partition, RowForm form);

  RowForm getForm() const { return form; }

  //===--------------------------------------------------------------------===//
  // Operands
  //===--------------------------------------------------------------------===//

  // What reads an operand in another way than the op says (`getRowOperand`) is
  // reported, since fusion relied on that.

  /// By row: the current row of a matrix; in a row space of one row, a vector
  /// or a 0-D tensor.
  RowValue row(Value tensor);
  /// By row: the current row's element of a 1-D tensor.
  RowValue scalar(Value tensor);
  /// By row: the current row's element of a 1-D integer tensor.
  Value index(Value tensor);
  /// Whole: a vector, or the value of a 0-D tensor.
  RowValue whole(Value tensor);
  /// Whole or gathered: `width` elements of a tensor from the element `indices`
  /// on.
  RowValue load(Value tensor, ValueRange indices, int64_t width);
  /// Whole or gathered: the element `indices` of a tensor. Integers become
  /// indices.
  Value element(Value tensor, ValueRange indices);

  //===--------------------------------------------------------------------===//
  // Results
  //===--------------------------------------------------------------------===//

  /// Says what `result` is for the current row: a row of a matrix, an element
  /// of a 1-D tensor, or (if there is only one row) a whole tensor. Stores it
  /// if the kernel yields it; ops of the same kernel use it directly, rounded
  /// to its type, so that what is fused does not show in results.
  void define(Value result, RowValue value);
  /// Stores a part of the current row. For results that only a later kernel
  /// reads.
  void store(Value result, ValueRange indices, RowValue value);
  /// Adds the current row's share to a sum over the row space.
  void accumulate(Value rowSum, RowValue value);
  /// The same for one element of a 1-D sum; with lists only.
  void accumulate(Value rowSum, Value index, RowValue value);
  /// A sum over the rows before the current one, to be carried through a loop
  /// and replaced by `setSum`; in one-pass form only.
  RowValue getSum(Value rowSum);
  void setSum(Value rowSum, RowValue value) { sums[rowSum] = value.get(); }

  //===--------------------------------------------------------------------===//
  // Banks
  //===--------------------------------------------------------------------===//

  /// The number of sources of a bank (of none, if null) plus `more`: an index
  /// that is known before the row loop.
  Value bankSize(Value bank, int64_t more = 0);
  /// The current row of source `k`'s row or scale: a row of a matrix, an
  /// element of a 1-D tensor.
  RowValue bankRow(Value bank, Value k, BankPart part = BankPart::Row);
  /// The same as it is stored. A GPU goes on until something looks at what it
  /// loads: this is for a source to come, and `widen` for when it has come.
  Value loadBankRow(Value bank, Value k, BankPart part = BankPart::Row);
  /// What is stored as bf16 in f32; anything else as it is.
  RowValue widen(Value stored);
  /// Replaces it.
  void setBankRow(Value bank, Value k, RowValue value,
                  BankPart part = BankPart::Row);
  /// The index of source `k`'s bias.
  Value bankIndex(Value bank, Value k);

  //===--------------------------------------------------------------------===//
  // Loops and lists
  //===--------------------------------------------------------------------===//

  /// `for k in [from, to) step step`, carrying values. With lists, a loop that
  /// carries or stores rows must not reduce them: state a reduction's loop of
  /// its own.
  SmallVector<RowValue>
  loop(Value from, Value to, int64_t step, ArrayRef<RowValue> init,
       function_ref<SmallVector<RowValue>(Value k, ArrayRef<RowValue>)> body);

  /// With lists only: a list of at least `size` numbers (an index value that is
  /// known before the row loop), filled with `fill` once a call of the kernel.
  /// Its true size is rounded up to chunks of `kChunk`, so that it can be
  /// treated chunk by chunk; nothing but whole chunks touches the padding.
  Value list(Value size, double fill);
  static constexpr int64_t kChunk = 16;
  RowValue get(Value list, Value index);
  void set(Value list, Value index, RowValue value);
  /// The elements `[index, index + kChunk)`.
  RowValue getChunk(Value list, Value index);
  void setChunk(Value list, Value index, RowValue value);

  /// What `body` emits is computed once a call of the kernel, before the first
  /// row; it must not depend on the row.
  RowValue beforeRows(function_ref<RowValue()> body);

  //===--------------------------------------------------------------------===//
  // Arithmetic
  //===--------------------------------------------------------------------===//

  RowValue constant(double value);
  /// Where in a row of `width` elements the element `index` is:
  /// `vector<width x i1>`.
  Value isElement(Value index, int64_t width);
  RowValue sum(RowValue row);
  RowValue mean(RowValue row);
  RowValue max(RowValue row);
  RowValue larger(RowValue lhs, RowValue rhs);
  RowValue exp(RowValue value);
  RowValue log(RowValue value);
  RowValue sqrt(RowValue value);
  RowValue rsqrt(RowValue value);
  /// `a * b + c` in one rounding. Whether a product and a sum are fused depends
  /// on what else uses the product: a value that is computed twice and must be
  /// the same bits both times, such as the exponent of a softmax and of its
  /// gradient, says so with this.
  RowValue fma(RowValue a, RowValue b, RowValue c);
  /// `<lhs, rhs>`.
  RowValue dot(RowValue lhs, RowValue rhs);
  RowValue select(Value condition, RowValue ifTrue, RowValue ifFalse);
  /// A row with all elements equal to a number; a row is left as it is.
  RowValue broadcast(RowValue value, int64_t width);

  /// The current row's number in the row space.
  Value getRow() const { return rowIndex; }
  Value constantIndex(int64_t value);
  /// For integer arithmetic, in upstream dialects.
  ImplicitLocOpBuilder &getBuilder() { return builder; }

  //===--------------------------------------------------------------------===//
  // For the pass that drives the emission
  //===--------------------------------------------------------------------===//

  /// Where a tensor or bank of the kernel lives. Sums over the row space have a
  /// leading dimension of partitions.
  void setStorage(Value value, Value buffer) { storage[value] = buffer; }
  /// The op whose `emitRow` comes next.
  void setOp(RowOpInterface next) {
    op = next;
    builder.setLoc(next.getLoc());
  }
  /// Whether a misuse was reported.
  bool failed() const { return hasFailed; }

private:
  /// The buffer of a value, or null after reporting that it has none.
  Value getBuffer(Value value);
  /// Reports an operand that the op does not read by row if `byRow`, or does.
  void checkOperand(Value value, bool byRow);
  /// A row or vector if `asRow`, else a number, from memory.
  RowValue loadOperand(Value tensor, bool asRow);
  Value loadElement(Value tensor, ValueRange indices);
  /// The opposite of `widen`.
  Value narrow(RowValue value, Type element);
  RowValue loadRow(Value buffer, ValueRange indices, int64_t width);
  RowValue loadScalar(Value buffer, ValueRange indices);
  void storeValue(Value buffer, ValueRange indices, RowValue value);
  void storeNarrow(Value buffer, ValueRange indices, Value value);
  /// The indices of the current row: `[row, 0]`, or `[0]` for a vector.
  SmallVector<Value> indicesOfRow(MemRefType type, bool asRow);

  ImplicitLocOpBuilder builder;
  /// Ops before it run once a call of the kernel.
  Operation *rowLoop;
  Value rowIndex;
  Value partition;
  RowForm form;
  RowOpInterface op;
  DenseMap<Value, Value> storage;
  /// The sums over the rows so far, in one-pass form.
  DenseMap<Value, Value> sums;
  /// What `define` said, in the type of the tensor.
  DenseMap<Value, Value> defined;
  bool hasFailed = false;
};

} // namespace mlir::wav

#endif // WAV_ROWS_ROWEMITTER_H
