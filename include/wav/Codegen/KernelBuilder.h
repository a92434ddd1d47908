//===- KernelBuilder.h - Writing the kernels of a GPU -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a hand-written kernel needs, so that a generator reads as the kernel
// that it generates: arithmetic on numbers, memory behind typed pointers, loops
// that carry arrays of numbers, and the instructions that threads exchange data
// with. All integers are i32 and not negative where they are divided.
//
// C++ leaves the order of operands open, and each operator appends an op: build
// at most one operand of an operator inside an expression, so that the IR does
// not depend on the C++ compiler.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_CODEGEN_KERNELBUILDER_H
#define WAV_CODEGEN_KERNELBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::wav {

class KernelBuilder;

/// An i32, f32 or i1 of a kernel, or a short vector of f32.
class Scalar {
public:
  Scalar() = default;
  Scalar(KernelBuilder &builder, Value value)
      : builder(&builder), value(value) {}
  operator Value() const { return value; }
  KernelBuilder &getBuilder() const { return *builder; }
  /// Of a vector.
  Scalar getElement(int64_t index) const;

private:
  KernelBuilder *builder = nullptr;
  Value value;
};

Scalar operator+(Scalar lhs, Scalar rhs);
Scalar operator-(Scalar lhs, Scalar rhs);
Scalar operator*(Scalar lhs, Scalar rhs);
/// Quotient and remainder of i32 that are not negative.
Scalar operator/(Scalar lhs, Scalar rhs);
Scalar operator%(Scalar lhs, Scalar rhs);
Scalar operator&(Scalar lhs, Scalar rhs);
/// False where one is not a number.
Scalar operator<(Scalar lhs, Scalar rhs);
Scalar operator<=(Scalar lhs, Scalar rhs);
Scalar operator==(Scalar lhs, Scalar rhs);
Scalar min(Scalar lhs, Scalar rhs);
Scalar max(Scalar lhs, Scalar rhs);
Scalar select(Scalar condition, Scalar yes, Scalar no);
/// a * b + c in one rounding.
Scalar fma(Scalar a, Scalar b, Scalar c);
/// a * b for a sum whose bits matter: `*` and `+` become one rounding or two
/// depending on what else uses the product.
Scalar roundedProduct(Scalar a, Scalar b);
/// By the instructions of the hardware, which err by a few units in the last
/// place.
Scalar exp2(Scalar x);

/// `value` in the type of `like`.
Scalar constantLike(Scalar like, double value);

/// A number next to a scalar stands for a constant of its type.
#define WAV_SCALAR_WITH_CONSTANT(OP)                                           \
  template <typename T>                                                        \
    requires std::is_arithmetic_v<T>                                           \
  Scalar operator OP(Scalar lhs, T rhs) {                                      \
    return lhs OP constantLike(lhs, rhs);                                      \
  }
WAV_SCALAR_WITH_CONSTANT(+)
WAV_SCALAR_WITH_CONSTANT(-)
WAV_SCALAR_WITH_CONSTANT(*)
WAV_SCALAR_WITH_CONSTANT(/)
WAV_SCALAR_WITH_CONSTANT(%)
WAV_SCALAR_WITH_CONSTANT(&)
WAV_SCALAR_WITH_CONSTANT(<)
WAV_SCALAR_WITH_CONSTANT(<=)
WAV_SCALAR_WITH_CONSTANT(==)
#undef WAV_SCALAR_WITH_CONSTANT

/// What one thread holds of a matrix.
using Fragment = SmallVector<Scalar>;

/// An address in global or shared memory of elements of one type.
class Pointer {
public:
  Pointer() = default;
  Pointer(KernelBuilder &builder, Value pointer, Type element)
      : builder(&builder), pointer(pointer), element(element) {}
  operator Value() const { return pointer; }
  Type getElementType() const { return element; }
  int64_t getElementBytes() const {
    return element.getIntOrFloatBitWidth() / 8;
  }

  /// The address `index` elements on.
  Pointer at(Scalar index) const;
  Pointer at(int64_t index) const;

  /// An i32, or an f32 converted from the element type.
  Scalar load() const;
  /// `count` elements as a vector of f32, at an address aligned to their size,
  /// which is at most 16 bytes.
  Scalar load(int64_t count) const;
  /// Converts from f32.
  void store(Scalar value) const;
  /// Copies `count` elements as one access, as above, from `source`.
  void copy(Pointer source, int64_t count) const;

private:
  KernelBuilder *builder = nullptr;
  Value pointer;
  Type element;
};

/// Builds the body of a kernel function `(args, partition)`, whose partition is
/// a block.
class KernelBuilder : public ImplicitLocOpBuilder {
public:
  static constexpr int64_t kWarp = 32;

  /// `threads` of a block.
  KernelBuilder(func::FuncOp function, int64_t threads);

  Scalar integer(int64_t value);
  Scalar number(double value);

  Scalar block() const { return blockIndex; }
  Scalar thread() const { return threadIndex; }
  int64_t getThreads() const { return threads; }
  Scalar lane() { return threadIndex % kWarp; }
  Scalar warp() { return threadIndex / kWarp; }

  /// The buffer in slot `index`.
  Pointer argument(int64_t index, MemRefType type);
  /// `offset` bytes into the block's dynamic shared memory.
  Pointer shared(int64_t offset, Type element);

  /// Runs `body` for each i in [from, to) by `step`. The arrays `carried` hold
  /// what an iteration leaves to the next, and afterwards what the last left.
  void loop(Scalar from, Scalar to, int64_t step, ArrayRef<Fragment *> carried,
            function_ref<void(Scalar)> body);
  void loop(int64_t to, int64_t step, ArrayRef<Fragment *> carried,
            function_ref<void(Scalar)> body) {
    Scalar zero = integer(0);
    loop(zero, integer(to), step, carried, body);
  }
  void when(Scalar condition, function_ref<void()> body);
  /// Deals items [0, count) to the threads of the block, neighbours to
  /// neighbours.
  void forEachItem(int64_t count, function_ref<void(Scalar)> body);

  /// All threads of the block, or of the warp, and what they wrote.
  void barrier();
  void warpBarrier();
  /// The value of the lane whose number differs by the bits of `mask`.
  Scalar shuffleXor(Scalar value, int64_t mask);
  /// Bit i says whether the condition holds in lane i.
  Scalar ballot(Scalar condition);

  /// Starts to copy `count` elements, 4, 8 or 16 bytes, to shared memory, or
  /// as many zeros where `inside` is given and false; `source` must be valid
  /// all the same.
  void copyAsync(Pointer target, Pointer source, int64_t count, Scalar inside);
  /// Closes a group of copies; waits until all but the newest `pending` groups
  /// of this thread have arrived.
  void commitCopies();
  void waitForCopies(int64_t pending);

private:
  int64_t threads;
  Value table;
  Scalar blockIndex, threadIndex;
  Value sharedMemory;
};

} // namespace mlir::wav

#endif // WAV_CODEGEN_KERNELBUILDER_H
