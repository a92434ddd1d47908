//===- TileProducts.h - Products of tiles in shared memory ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of an attention kernel owns rows (queries or keys) and streams tiles
// of other rows past them. All that it needs of matrix products is
//
//   S = A B^T        A its own rows, B a streamed tile: scores
//   C += P B         P what became of the scores: accumulate
//
// with S, P and C in registers. The two implementations, fused multiply-adds on
// f32 and tensor cores on bf16, differ in which elements of them a thread
// holds; the kernels learn it from here and are otherwise the same.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_GPU_TILEPRODUCTS_H
#define WAV_LIB_CODEGEN_GPU_TILEPRODUCTS_H

#include "wav/Codegen/KernelBuilder.h"

namespace mlir::wav {

/// Sizes of the tiles of a block.
struct TileShape {
  /// Rows that the block owns, and rows of a streamed tile.
  int64_t rows, columns;
  /// Columns of both in memory, a multiple of 16; the last may be zeros.
  int64_t width;
  int64_t threads;
  /// Whether a warp keeps the first of its own tiles in registers.
  bool keepOwn = false;
  Type element;

  int64_t elementBytes() const { return element.getIntOrFloatBitWidth() / 8; }
  /// Elements from one row to the next. Rows start 16 bytes further round the
  /// banks of shared memory than their predecessors, so that the 16-byte
  /// accesses of 8 threads to 8 rows meet no bank twice.
  int64_t stride() const { return width + 16 / elementBytes(); }
  int64_t bytes(int64_t numRows) const {
    return numRows * stride() * elementBytes();
  }
};

/// Own rows as the left side of a product.
struct OwnRows {
  Pointer tile;
  /// Not empty if they are kept in registers.
  SmallVector<Value> registers;
};

/// The products of the threads of one block. A thread holds elements of a few
/// rows, which are numbered by *slots*; `lanesPerRow` neighbouring lanes
/// share a row. An element's column is that of the lane plus a constant.
class TileProducts {
public:
  virtual ~TileProducts() = default;

  const TileShape &getShape() const { return shape; }

  //===--------------------------------------------------------------------===//
  // Which elements a thread holds of a matrix [rows, width]
  //===--------------------------------------------------------------------===//

  virtual int64_t numElements(int64_t width) const = 0;
  virtual int64_t getSlot(int64_t element, int64_t width) const = 0;
  virtual int64_t getColumn(int64_t element, int64_t width) const = 0;
  int64_t numSlots() const { return static_cast<int64_t>(rows.size()); }
  Scalar getRow(int64_t slot) const { return rows[slot]; }
  Scalar getLaneColumn() const { return laneColumn; }
  /// The lanes that share a row, and the number of this one among them.
  int64_t getLanesPerRow() const { return lanesPerRow; }
  Scalar getLaneOfRow() { return b.lane() % lanesPerRow; }
  Fragment zeros(int64_t width) {
    return Fragment(numElements(width), b.number(0));
  }
  /// Combines the values of all lanes that share a row.
  Scalar reduceRow(Scalar value, function_ref<Scalar(Scalar, Scalar)> combine) {
    for (int64_t mask = 1; mask < lanesPerRow; mask *= 2)
      value = combine(value, b.shuffleXor(value, mask));
    return value;
  }

  //===--------------------------------------------------------------------===//
  // Products
  //===--------------------------------------------------------------------===//

  /// Own rows that products are to be formed with, which are in memory.
  virtual OwnRows loadOwn(Pointer tile, bool keep) = 0;
  /// own * tile^T, [rows, columns].
  virtual Fragment scores(const OwnRows &own, Pointer tile) = 0;
  /// result [rows, width] += weights [rows, columns] * tile. All threads of a
  /// warp at once.
  virtual void accumulate(Fragment &result, const Fragment &weights,
                          Pointer tile) = 0;
  /// Writes [rows, width] to a tile.
  virtual void store(const Fragment &fragment, Pointer tile) = 0;

protected:
  TileProducts(KernelBuilder &b, const TileShape &shape, int64_t lanesPerRow)
      : b(b), shape(shape), lanesPerRow(lanesPerRow) {}

  KernelBuilder &b;
  TileShape shape;
  int64_t lanesPerRow;
  SmallVector<Scalar> rows;
  Scalar laneColumn;
};

/// Multiply-adds: a thread holds a few rows times every 16th column. `scratch`
/// is where weights are passed from thread to thread.
std::unique_ptr<TileProducts>
createMultiplyAdds(KernelBuilder &b, const TileShape &shape, Pointer scratch);
inline constexpr int64_t kMultiplyAddThreads = 256;
/// Bytes of `scratch`.
int64_t getMultiplyAddScratch(const TileShape &shape);

/// Tensor cores: a warp holds 16 rows, or a multiple.
std::unique_ptr<TileProducts> createTensorCoreProducts(KernelBuilder &b,
                                                       const TileShape &shape);

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_GPU_TILEPRODUCTS_H
