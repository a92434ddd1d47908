//===- AttentionBlock.cpp - What attention kernels share ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionBlock.h"

using namespace mlir;
using namespace mlir::wav;

AttentionBlock::AttentionBlock(KernelBuilder &b, const AttentionSizes &sizes,
                               const AttentionPlan &plan)
    : b(b), sizes(sizes), plan(plan),
      access(std::gcd(sizes.headDim, 16 / plan.tiles.elementBytes())) {
  // Chunk by chunk, over all heads: a kernel numbers the chunks so that the
  // longest go first.
  head = b.block() % sizes.allHeads;
  chunk = b.block() / sizes.allHeads;
  tileProducts =
      plan.tiles.element.isF32()
          ? createMultiplyAdds(b, plan.tiles,
                               b.shared(plan.scratch(), b.getF32Type()))
          : createTensorCoreProducts(b, plan.tiles);
  clearPadding();
}

Pointer AttentionBlock::getHeadRows(Pointer matrix, int64_t length) {
  Scalar column = head % sizes.heads * sizes.headDim;
  Scalar sequence = head / sizes.heads;
  return matrix.at(sequence * (length * sizes.stride()) + column);
}

/// Columns behind the head dimension take part in products as zeros.
void AttentionBlock::clearPadding() {
  int64_t padding = plan.tiles.width - sizes.headDim;
  if (padding == 0)
    return;
  // Tiles lie one behind the other.
  int64_t rows = plan.numOwn * plan.tiles.rows +
                 AttentionPlan::kStages * 2 * plan.tiles.columns;
  Pointer tiles = getOwnTile(0).at(sizes.headDim);
  b.forEachItem(rows * padding, [&](Scalar item) {
    Scalar column = item % padding;
    Scalar row = item / padding;
    tiles.at(row * plan.tiles.stride() + column).store(b.number(0));
  });
}

void AttentionBlock::forEachAccess(int64_t tileRows,
                                   function_ref<void(Scalar, Scalar)> body) {
  int64_t accesses = sizes.headDim / access;
  b.forEachItem(tileRows * accesses, [&](Scalar item) {
    Scalar row = item / accesses;
    body(row, item % accesses * access);
  });
}

void AttentionBlock::copyRows(Pointer source, Scalar firstRow, int64_t length,
                              Pointer tile, int64_t tileRows) {
  forEachAccess(tileRows, [&](Scalar tileRow, Scalar column) {
    Scalar row = firstRow + tileRow, inside;
    if (length % tileRows != 0) {
      inside = row < length;
      row = min(row, b.integer(length - 1));
    }
    Pointer from = source.at(row * sizes.stride() + column);
    Pointer to = tile.at(tileRow * plan.tiles.stride() + column);
    b.copyAsync(to, from, access, inside);
  });
}

void AttentionBlock::forEachPart(
    function_ref<void(int64_t, Scalar, Scalar)> body) {
  // Neighbouring lanes take neighbouring accesses, in turns.
  int64_t accesses = sizes.headDim / access;
  int64_t lanes = products().getLanesPerRow();
  SmallVector<std::pair<Scalar, Scalar>> turns;
  for (int64_t first = 0; first < accesses; first += lanes) {
    Scalar item = products().getLaneOfRow() + first, inside;
    if (first + lanes > accesses) {
      inside = item < accesses;
      item = min(item, b.integer(accesses - 1));
    }
    turns.emplace_back(item * access, inside);
  }
  for (int64_t slot = 0; slot < products().numSlots(); ++slot)
    for (auto [column, inside] : turns)
      body(slot, column, inside);
}

SmallVector<Scalar> AttentionBlock::loadParts(Pointer source, Scalar firstRow,
                                              int64_t length) {
  SmallVector<Scalar> parts;
  forEachPart([&](int64_t slot, Scalar column, Scalar /*inside*/) {
    Scalar row = firstRow + products().getRow(slot);
    row = min(row, b.integer(length - 1));
    parts.push_back(source.at(row * sizes.stride() + column).load(access));
  });
  return parts;
}

Fragment AttentionBlock::multiplyParts(ArrayRef<Scalar> parts, int64_t index) {
  Pointer tile = getOwnTile(index);
  Fragment sums(products().numSlots(), b.number(0));
  forEachPart([&](int64_t slot, Scalar column, Scalar inside) {
    Scalar row = products().getRow(slot);
    Scalar left = parts.front();
    parts = parts.drop_front();
    Scalar right = tile.at(row * plan.tiles.stride() + column).load(access);
    Scalar sum = sums[slot];
    for (int64_t i = 0; i < access; ++i) {
      Scalar factor = left.getElement(i);
      sum = fma(factor, right.getElement(i), sum);
    }
    sums[slot] = Value(inside) ? select(inside, sum, sums[slot]) : sum;
  });
  for (Scalar &sum : sums)
    sum = products().reduceRow(sum, [](Scalar x, Scalar y) { return x + y; });
  return sums;
}

AttentionBlock::Stage AttentionBlock::getStage(Scalar index) {
  int64_t tileElements = numColumns() * plan.tiles.stride();
  Scalar parity = index & (AttentionPlan::kStages - 1);
  Stage stage;
  stage.tiles[0] = b.shared(plan.stages(), plan.tiles.element)
                       .at(parity * (2 * tileElements));
  stage.tiles[1] = stage.tiles[0].at(tileElements);
  for (int64_t i = 0; i < plan.numStatistics; ++i)
    stage.statistics[i] =
        i == 0 ? b.shared(plan.statistics(), b.getF32Type())
                     .at(parity * (plan.numStatistics * numColumns()))
               : stage.statistics[0].at(i * numColumns());
  return stage;
}

void AttentionBlock::copyStage(const Source &source, Scalar index) {
  Stage stage = getStage(index);
  Scalar firstRow = index * numColumns();
  for (int i : {0, 1})
    copyRows(source.rows[i], firstRow, source.length, stage.tiles[i],
             numColumns());
  if (plan.numStatistics != 0)
    b.forEachItem(numColumns(), [&](Scalar item) {
      Scalar row = firstRow + item;
      Scalar inside = row < source.length;
      row = min(row, b.integer(source.length - 1));
      for (int64_t i = 0; i < plan.numStatistics; ++i) {
        Pointer from = source.statistics[i].at(row);
        b.copyAsync(stage.statistics[i].at(item), from, 1, inside);
      }
    });
}

void AttentionBlock::stream(
    const Source &source, Scalar begin, Scalar split, Scalar end,
    bool maskFirst, ArrayRef<Fragment *> carried, function_ref<void()> prepare,
    function_ref<void(Scalar, const Stage &, bool)> body) {
  copyStage(source, begin);
  b.commitCopies();
  b.waitForCopies(0);
  b.barrier();
  prepare();
  auto streamPart = [&](Scalar from, Scalar to, bool masked) {
    b.loop(from, to, 1, carried, [&](Scalar index) {
      Scalar next = index + 1;
      b.when(next < end, [&] { copyStage(source, next); });
      b.commitCopies();
      b.waitForCopies(1);
      b.barrier();
      body(index, getStage(index), masked);
      // The next copy goes where this tile lies.
      b.barrier();
    });
  };
  streamPart(begin, split, maskFirst);
  streamPart(split, end, !maskFirst);
}

void AttentionBlock::mask(Fragment &scores, ArrayRef<Scalar> bounds,
                          bool below) {
  SmallVector<Scalar> laneBounds;
  for (Scalar bound : bounds)
    laneBounds.push_back(bound - products().getLaneColumn());
  Scalar hidden = b.number(-std::numeric_limits<double>::infinity());
  for (auto [i, score] : llvm::enumerate(scores)) {
    Scalar bound = laneBounds[products().getSlot(i, numColumns())];
    Scalar column = b.integer(products().getColumn(i, numColumns()));
    Scalar visible = below ? column <= bound : bound <= column;
    score = select(visible, score, hidden);
  }
}

void AttentionBlock::whenFirstOfRow(Scalar row, int64_t length,
                                    function_ref<void()> body) {
  Scalar exists = row < length;
  b.when(exists & (products().getLaneColumn() == 0), body);
}

void AttentionBlock::write(const Fragment &result, int64_t index,
                           Pointer target, Scalar firstRow, int64_t length) {
  Pointer tile = getOwnTile(index);
  products().store(result, tile);
  b.barrier();
  forEachAccess(numRows(), [&](Scalar tileRow, Scalar column) {
    Scalar row = firstRow + tileRow;
    b.when(row < length, [&] {
      Pointer from = tile.at(tileRow * plan.tiles.stride() + column);
      target.at(row * sizes.stride() + column).copy(from, access);
    });
  });
}
