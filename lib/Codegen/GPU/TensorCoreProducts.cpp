//===- TensorCoreProducts.cpp - Products of tiles on tensor cores ---------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mma.sync.m16n8k16 on bf16 with f32 sums. Where the elements of its fragments
// lie is laid down in the PTX ISA, "Matrix Fragments for mma.m16n8k16 with
// floating point type"; with g = lane / 4 and t = lane % 4,
//
//   A [16, 16]  registers of (row g, columns 2t..2t+1), (g + 8, 2t..),
//               (g, 2t + 8..), (g + 8, 2t + 8..)
//   B [16, 8]   registers of (rows 2t..2t+1, column g), (2t + 8.., g)
//   C [16, 8]   (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)
//
// Two C fragments side by side, rounded to bf16, are an A fragment, so the
// weights of `accumulate` stay in registers. A and B come from shared memory
// by ldmatrix ("Warp-level matrix load instruction: ldmatrix"): lanes 8i to
// 8i + 7 give the addresses of the 8 rows of the i-th 8x8 matrix, and register
// i of a lane receives elements (g, 2t..2t+1) of it, or (2t..2t+1, g) with
// .trans.
//
//===----------------------------------------------------------------------===//

#include "TileProducts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

class TensorCoreProducts : public TileProducts {
public:
  TensorCoreProducts(KernelBuilder &b, const TileShape &shape)
      : TileProducts(b, shape, /*lanesPerRow=*/4) {
    int64_t warps = shape.threads / KernelBuilder::kWarp;
    bands = shape.rows / (16 * warps);
    Scalar lane = b.lane();
    Scalar group = lane / 4;
    laneColumn = lane % 4 * 2;
    firstRow = b.warp() * (16 * bands);
    Scalar row = firstRow + group;
    for (int64_t i = 0; i < 2 * bands; ++i)
      rows.push_back(row + i * 8);

    // The two orders of the four 8x8 matrices of a 16x16 one.
    Scalar downThenRight = lane / 16 * 8;
    downFirst = lane % 16 * shape.stride() + downThenRight;
    Scalar lowerMatrix = lane / 16 * 8;
    Scalar matrixRow = lowerMatrix + lane % 8;
    Scalar matrixColumn = lane / 8 % 2 * 8;
    rightFirst = matrixRow * shape.stride() + matrixColumn;
  }

  int64_t numElements(int64_t width) const override {
    return bands * (width / 8) * 4;
  }
  int64_t getSlot(int64_t element, int64_t width) const override {
    return element / (width / 8 * 4) * 2 + element / 2 % 2;
  }
  int64_t getColumn(int64_t element, int64_t width) const override {
    return element / 4 % (width / 8) * 8 + element % 2;
  }

  OwnRows loadOwn(Pointer tile, bool keep) override {
    OwnRows own{tile.at(firstRow * shape.stride() + downFirst), {}};
    if (keep)
      for (int64_t k = 0; k < shape.width; k += 16)
        for (int64_t band = 0; band < bands; ++band)
          llvm::append_range(own.registers, loadA(own, band, k));
    return own;
  }

  Fragment scores(const OwnRows &own, Pointer tile) override {
    Fragment result = zeros(shape.columns);
    Pointer lane = tile.at(rightFirst);
    for (int64_t k = 0; k < shape.width; k += 16) {
      SmallVector<SmallVector<Value>> left;
      for (int64_t band = 0; band < bands; ++band)
        left.push_back(getA(own, band, k));
      for (int64_t column = 0; column < shape.columns; column += 16) {
        SmallVector<Value> right = loadMatrices(
            lane.at(column * shape.stride() + k), /*transposed=*/false);
        multiply(result, left, right, column, shape.columns);
      }
    }
    return result;
  }

  void accumulate(Fragment &result, const Fragment &weights,
                  Pointer tile) override {
    Pointer lane = tile.at(downFirst);
    for (int64_t k = 0; k < shape.columns; k += 16) {
      SmallVector<SmallVector<Value>> left;
      for (int64_t band = 0; band < bands; ++band)
        left.push_back(toA(weights, band, k));
      for (int64_t column = 0; column < shape.width; column += 16) {
        SmallVector<Value> right = loadMatrices(
            lane.at(k * shape.stride() + column), /*transposed=*/true);
        multiply(result, left, right, column, shape.width);
      }
    }
  }

  void store(const Fragment &fragment, Pointer tile) override {
    Pointer lane = tile.at(rows[0] * shape.stride() + laneColumn);
    for (int64_t i = 0; i < int64_t(fragment.size()); i += 2) {
      Value pair = pack(fragment[i], fragment[i + 1]);
      Pointer target = lane.at(8 * getSlot(i, shape.width) * shape.stride() +
                               getColumn(i, shape.width));
      LLVM::StoreOp::create(b, pair, target, /*alignment=*/4);
    }
  }

private:
  /// The index of the C fragment at `column` of a band.
  int64_t getIndex(int64_t band, int64_t column, int64_t width) const {
    return (band * (width / 8) + column / 8) * 4;
  }

  SmallVector<Value> unpack(Value result, int64_t count) {
    SmallVector<Value> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(LLVM::ExtractValueOp::create(b, result, i));
    return values;
  }

  /// ldmatrix of four 8x8 matrices.
  SmallVector<Value> loadMatrices(Pointer address, bool transposed) {
    auto type = LLVM::LLVMStructType::getLiteral(
        b.getContext(), SmallVector<Type>(4, b.getI32Type()));
    auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
    Value result = NVVM::LdMatrixOp::create(
        b, type, address, 4,
        transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row, shape,
        NVVM::LdStMatrixEltType::B16);
    return unpack(result, 4);
  }

  SmallVector<Value> loadA(const OwnRows &own, int64_t band, int64_t k) {
    return loadMatrices(own.tile.at(band * 16 * shape.stride() + k),
                        /*transposed=*/false);
  }
  SmallVector<Value> getA(const OwnRows &own, int64_t band, int64_t k) {
    if (own.registers.empty())
      return loadA(own, band, k);
    return llvm::to_vector(
        ArrayRef(own.registers).slice((k / 16 * bands + band) * 4, 4));
  }

  /// Two f32 as bf16, the first in the low half.
  Value pack(Scalar low, Scalar high) {
    Value pair = vector::FromElementsOp::create(
        b, VectorType::get(2, b.getF32Type()), ValueRange{low, high});
    Value rounded =
        arith::TruncFOp::create(b, VectorType::get(2, b.getBF16Type()), pair);
    return LLVM::BitcastOp::create(b, b.getI32Type(), rounded);
  }

  /// The A fragment of columns k .. k + 15 of scores.
  SmallVector<Value> toA(const Fragment &scores, int64_t band, int64_t k) {
    SmallVector<Value> result;
    for (int64_t column : {k, k + 8}) {
      const Scalar *c = &scores[getIndex(band, column, shape.columns)];
      result.push_back(pack(c[0], c[1]));
      result.push_back(pack(c[2], c[3]));
    }
    return result;
  }

  /// Adds the products of A fragments, one a band, with the two B fragments
  /// that make columns `column` .. `column` + 15 of a result `width` wide.
  void multiply(Fragment &result, ArrayRef<SmallVector<Value>> left,
                ArrayRef<Value> right, int64_t column, int64_t width) {
    for (int64_t band = 0; band < bands; ++band)
      for (int64_t half = 0; half < 2; ++half)
        multiplyAdd(&result[getIndex(band, column + half * 8, width)],
                    left[band], right.slice(half * 2, 2));
  }

  void multiplyAdd(Scalar *c, ValueRange left, ValueRange right) {
    auto type = LLVM::LLVMStructType::getLiteral(
        b.getContext(), SmallVector<Type>(4, b.getF32Type()));
    using Layouts = std::array<NVVM::MMALayout, 2>;
    using Types = std::array<NVVM::MMATypes, 2>;
    Value result = NVVM::MmaOp::create(
        b, type, left, right, SmallVector<Value>{c[0], c[1], c[2], c[3]},
        {16, 8, 16}, std::nullopt, std::nullopt,
        Types{NVVM::MMATypes::bf16, NVVM::MMATypes::bf16},
        Layouts{NVVM::MMALayout::row, NVVM::MMALayout::col});
    for (auto [i, value] : llvm::enumerate(unpack(result, 4)))
      c[i] = {b, value};
  }

  /// Groups of 16 rows of a warp, and where they start.
  int64_t bands;
  Scalar firstRow;
  /// Where a lane's row of a 16x16 matrix starts that ldmatrix reads as
  /// matrices (top left, bottom left, top right, bottom right), or (top left,
  /// top right, bottom left, bottom right). The first are the registers of A,
  /// and of two B fragments side by side read with .trans; the second those of
  /// two B fragments stored as columns.
  Scalar downFirst, rightFirst;
};

} // namespace

std::unique_ptr<TileProducts>
wav::createTensorCoreProducts(KernelBuilder &b, const TileShape &shape) {
  return std::make_unique<TensorCoreProducts>(b, shape);
}
