//===- AttentionBlock.h - What attention kernels share ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of an attention kernel owns rows of one head and streams tiles of
// other rows past them, copying the next while it uses one.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_GPU_ATTENTIONBLOCK_H
#define WAV_LIB_CODEGEN_GPU_ATTENTIONBLOCK_H

#include "TileProducts.h"

#include <cmath>

namespace mlir::wav {

/// The parameters of wavrt_attention.
struct AttentionSizes {
  explicit AttentionSizes(ArrayRef<int64_t> params)
      : queries(params[1]), keys(params[2]), heads(params[3]),
        headDim(params[4]), allHeads(params[0] * heads) {}

  int64_t queries, keys, heads, headDim;
  /// Of all sequences.
  int64_t allHeads;
  /// Elements from a token's row to the next.
  int64_t stride() const { return heads * headDim; }
  double scale() const { return 1 / std::sqrt(double(headDim)); }
};

/// How a kernel uses shared memory: its own tiles, then two stages of two
/// streamed tiles, then two stages of f32 vectors about streamed rows, then
/// what the products need.
struct AttentionPlan {
  TileShape tiles;
  int64_t numOwn;
  /// Numbers about a streamed row: 0 or kMaxStatistics.
  int64_t numStatistics;

  static constexpr int64_t kStages = 2, kMaxStatistics = 3;
  int64_t ownTile(int64_t index) const {
    return index * tiles.bytes(tiles.rows);
  }
  int64_t stages() const { return ownTile(numOwn); }
  int64_t statistics() const {
    return stages() + kStages * 2 * tiles.bytes(tiles.columns);
  }
  int64_t scratch() const {
    return statistics() +
           kStages * numStatistics * tiles.columns * int64_t(sizeof(float));
  }
  int64_t sharedBytes() const {
    return scratch() +
           (tiles.element.isF32() ? getMultiplyAddScratch(tiles) : 0);
  }
};

/// One block at work.
class AttentionBlock {
public:
  AttentionBlock(KernelBuilder &b, const AttentionSizes &sizes,
                 const AttentionPlan &plan);

  TileProducts &products() { return *tileProducts; }
  int64_t numRows() const { return plan.tiles.rows; }
  int64_t numColumns() const { return plan.tiles.columns; }
  /// The head, over all sequences, and the chunk of own rows of this block.
  Scalar getHead() const { return head; }
  Scalar getChunk() const { return chunk; }
  /// Where the rows of this head start in `matrix`, whose sequences have
  /// `length` rows.
  Pointer getHeadRows(Pointer matrix, int64_t length);
  Pointer getOwnTile(int64_t index) {
    return b.shared(plan.ownTile(index), plan.tiles.element);
  }

  /// What is streamed together.
  struct Stage {
    Pointer tiles[2], statistics[AttentionPlan::kMaxStatistics];
  };
  /// What to copy into a stage: rows of `length` a head, and as many statistics
  /// as the plan has, one number a row.
  struct Source {
    Pointer rows[2], statistics[AttentionPlan::kMaxStatistics];
    int64_t length;
  };

  /// Starts to copy rows `firstRow`, ... of a head of `length` rows to an own
  /// tile.
  void copyOwn(Pointer source, Scalar firstRow, int64_t length, int64_t index) {
    copyRows(source, firstRow, length, getOwnTile(index), numRows());
  }
  /// Loads own rows from global memory to registers, in parts, a part of each
  /// row a lane.
  SmallVector<Scalar> loadParts(Pointer source, Scalar firstRow,
                                int64_t length);
  /// The sums of products of those with the rows of own tile `index`, slot by
  /// slot; every lane that shares a row has the same bits.
  Fragment multiplyParts(ArrayRef<Scalar> parts, int64_t index);
  /// Streams tiles [begin, end) of `source`. Those before `split`, or from it
  /// on if not `maskFirst`, are cut by the mask. `prepare` runs when the own
  /// tiles have arrived.
  void stream(const Source &source, Scalar begin, Scalar split, Scalar end,
              bool maskFirst, ArrayRef<Fragment *> carried,
              function_ref<void()> prepare,
              function_ref<void(Scalar, const Stage &, bool)> body);
  /// Hides the scores of all columns but those up to `bounds[slot]` if `below`,
  /// or from there on.
  void mask(Fragment &scores, ArrayRef<Scalar> bounds, bool below);

  /// Runs `body` in one lane of those that share own row `row` of a head of
  /// `length` rows, if there is that row.
  void whenFirstOfRow(Scalar row, int64_t length, function_ref<void()> body);
  /// Writes own rows, by way of own tile `index`, which must be dead.
  void write(const Fragment &result, int64_t index, Pointer target,
             Scalar firstRow, int64_t length);

private:
  void copyRows(Pointer source, Scalar firstRow, int64_t length, Pointer tile,
                int64_t tileRows);
  void copyStage(const Source &source, Scalar index);
  Stage getStage(Scalar index);
  void clearPadding();
  void forEachAccess(int64_t tileRows, function_ref<void(Scalar, Scalar)> body);
  /// Calls `body` for each access to this lane's part of each own row, slot by
  /// slot, with the row and the column. `inside` is null if no lane's part is
  /// shorter than others'; where it is false, the access is one of another
  /// part.
  void forEachPart(
      function_ref<void(int64_t slot, Scalar column, Scalar inside)> body);

  KernelBuilder &b;
  AttentionSizes sizes;
  AttentionPlan plan;
  std::unique_ptr<TileProducts> tileProducts;
  Scalar head, chunk;
  /// Elements of an access to global memory: rows of a head start at
  /// multiples of it.
  int64_t access;
};

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_GPU_ATTENTIONBLOCK_H
