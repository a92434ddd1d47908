//===- Attention.cpp - Causal attention on a GPU --------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// FlashAttention-2 (Dao 2023): a block owns some rows of one head and streams
// tiles of the rows that they meet through shared memory; scores exist in
// registers only. Three kernels of one shape,
//
//                owns      streams   for its own rows
//   forward      Q         K, V      S = Q K^T, O += P V, online softmax
//   query grad   Q, dO     K, V      S = Q K^T, dP = dO V^T, dQ += dS K
//   key grad     K, V      Q, dO     S^T = K Q^T, dV += P^T dO,
//                                    dP^T = V dO^T, dK += dS^T Q
//
// where P = 2^(E - max) / sum with E = scale log2(e) S, dS = P (dP - D),
// D = rowsum(dO * O), which the query gradient forms for its own rows and
// leaves to the key gradient. The gradient computes S and dP twice, once for
// each of the two, so that no sum crosses blocks: nothing is atomic and results
// do not depend on the order of blocks. S is the same sum of products in the
// same order in all three, and E - max the same expression, so that P is that
// of the forward pass however large the scores are. The next tile is copied
// while this one is used; tiles that the causal mask hides entirely are
// skipped, and only those that it cuts are masked.
//
//===----------------------------------------------------------------------===//

#include "AttentionBlock.h"
#include "CallsToKernels.h"

using namespace mlir;
using namespace mlir::wav;

/// Turns scores into exponents of 2. max comes out of these, so that it is
/// subtracted in its own units and digits.
static void scaleScores(KernelBuilder &b, const AttentionSizes &sizes,
                        Fragment &scores) {
  constexpr double kLog2E = 1.4426950408889634;
  Scalar scale = b.number(sizes.scale() * kLog2E);
  for (Scalar &score : scores)
    score = roundedProduct(score, scale);
}

/// dS = P (dP - D). Where one key has all the weight, dP is D; that their sums
/// are formed in different orders must not show.
static Scalar getScoreGrad(KernelBuilder &b, Scalar weight, Scalar weightGrad,
                           Scalar rowProduct) {
  return select(b.number(1) <= weight, b.number(0),
                weight * (weightGrad - rowProduct));
}

namespace {
/// What a kernel forms. KeyGrad is of keys and values in one; where their sums
/// do not fit registers, OnlyKeyGrad and ValueGrad each form one of the two.
enum class Role { Forward, QueryGrad, KeyGrad, OnlyKeyGrad, ValueGrad };
} // namespace

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// The rows of this block, slot by slot, `firstRow` added.
static SmallVector<Scalar> getRows(AttentionBlock &block, Scalar firstRow) {
  SmallVector<Scalar> rows;
  for (int64_t slot = 0; slot < block.products().numSlots(); ++slot)
    rows.push_back(firstRow + block.products().getRow(slot));
  return rows;
}

/// The same rows counted from row `by` on.
static SmallVector<Scalar> shift(ArrayRef<Scalar> rows, Scalar by) {
  SmallVector<Scalar> shifted;
  for (Scalar row : rows)
    shifted.push_back(row - by);
  return shifted;
}

/// Which tiles of keys the block's queries from `firstQuery` on see, given that
/// query i sees keys up to i + position: those before the second result, of
/// which the mask cuts none before the first.
static std::pair<Scalar, Scalar>
getVisibleTiles(KernelBuilder &b, AttentionBlock &block, Scalar firstQuery,
                Scalar position, int64_t queries) {
  Scalar lastQuery = firstQuery + block.numRows();
  Scalar numKeys = min(lastQuery, b.integer(queries)) + position;
  Scalar end = (numKeys + (block.numColumns() - 1)) / block.numColumns();
  Scalar uncut = (firstQuery + position + 1) / block.numColumns();
  return {min(uncut, end), end};
}

/// slots = {Q, K, V, O, max, 1 / sum} and position, if there is one.
static void emitForward(KernelBuilder &b, const AttentionSizes &sizes,
                        const AttentionPlan &plan, int64_t chunks,
                        ArrayRef<Pointer> slots) {
  AttentionBlock block(b, sizes, plan);
  TileProducts &products = block.products();
  int64_t columns = block.numColumns(), width = plan.tiles.width;
  // Later queries see more keys.
  Scalar chunk = b.integer(chunks - 1) - block.getChunk();
  Scalar firstQuery = chunk * block.numRows();
  Scalar position = b.integer(0);
  if (slots.size() > 6) {
    // A position that is out of range must not lead out of the buffers.
    Scalar given = max(slots[6].load(), position);
    position = min(given, b.integer(sizes.keys - sizes.queries));
  }
  SmallVector<Scalar> rows = getRows(block, firstQuery);
  SmallVector<Scalar> lastKeys;
  for (Scalar row : rows)
    lastKeys.push_back(row + position);

  Pointer queries = block.getHeadRows(slots[0], sizes.queries);
  block.copyOwn(queries, firstQuery, sizes.queries, 0);
  AttentionBlock::Source source;
  source.rows[0] = block.getHeadRows(slots[1], sizes.keys);
  source.rows[1] = block.getHeadRows(slots[2], sizes.keys);
  source.length = sizes.keys;

  Fragment output = products.zeros(width);
  Fragment largest(products.numSlots(),
                   b.number(-std::numeric_limits<double>::infinity()));
  Fragment total(products.numSlots(), b.number(0));
  OwnRows own;
  auto [uncut, end] =
      getVisibleTiles(b, block, firstQuery, position, sizes.queries);
  block.stream(
      source, b.integer(0), uncut, end, /*maskFirst=*/false,
      {&output, &largest, &total},
      [&] { own = products.loadOwn(block.getOwnTile(0), plan.tiles.keepOwn); },
      [&](Scalar index, const AttentionBlock::Stage &stage, bool masked) {
        Fragment scores = products.scores(own, stage.tiles[0]);
        if (masked)
          block.mask(scores, shift(lastKeys, index * columns), /*below=*/true);
        scaleScores(b, sizes, scores);

        Fragment top = largest;
        for (auto [i, score] : llvm::enumerate(scores)) {
          Scalar &slot = top[products.getSlot(i, columns)];
          slot = max(slot, score);
        }
        Fragment rescale;
        for (auto [slot, value] : llvm::enumerate(top)) {
          value = products.reduceRow(value, max);
          rescale.push_back(exp2(largest[slot] - value));
          total[slot] = total[slot] * rescale.back();
        }
        largest = top;
        for (auto [i, score] : llvm::enumerate(scores)) {
          int64_t slot = products.getSlot(i, columns);
          score = exp2(score - top[slot]);
          total[slot] = total[slot] + score;
        }
        for (auto [i, value] : llvm::enumerate(output))
          value = value * rescale[products.getSlot(i, width)];
        products.accumulate(output, scores, stage.tiles[1]);
      });

  Fragment inverse;
  Scalar statistics = block.getHead() * sizes.queries;
  Pointer maximum = slots[4].at(statistics),
          inverseSum = slots[5].at(statistics);
  for (auto [slot, row] : llvm::enumerate(rows)) {
    Scalar sum = products.reduceRow(total[slot],
                                    [](Scalar x, Scalar y) { return x + y; });
    inverse.push_back(b.number(1) / sum);
    block.whenFirstOfRow(row, sizes.queries, [&] {
      maximum.at(row).store(largest[slot]);
      inverseSum.at(row).store(inverse[slot]);
    });
  }
  for (auto [i, value] : llvm::enumerate(output))
    value = value * inverse[products.getSlot(i, width)];
  Pointer target = block.getHeadRows(slots[3], sizes.queries);
  block.write(output, 0, target, firstQuery, sizes.queries);
}

/// slots = {Q, K, V, max, 1 / sum, D, dO, O, dQ}.
static void emitQueryGrad(KernelBuilder &b, const AttentionSizes &sizes,
                          const AttentionPlan &plan, int64_t chunks,
                          ArrayRef<Pointer> slots) {
  AttentionBlock block(b, sizes, plan);
  TileProducts &products = block.products();
  int64_t columns = block.numColumns(), length = sizes.queries;
  Scalar chunk = b.integer(chunks - 1) - block.getChunk();
  Scalar firstQuery = chunk * block.numRows();
  SmallVector<Scalar> rows = getRows(block, firstQuery);

  block.copyOwn(block.getHeadRows(slots[0], length), firstQuery, length, 0);
  block.copyOwn(block.getHeadRows(slots[6], length), firstQuery, length, 1);
  // They arrive while the first tiles do.
  SmallVector<Scalar> output =
      block.loadParts(block.getHeadRows(slots[7], length), firstQuery, length);
  AttentionBlock::Source source;
  source.rows[0] = block.getHeadRows(slots[1], length);
  source.rows[1] = block.getHeadRows(slots[2], length);
  source.length = length;

  Fragment largest, inverseSums, rowProducts;
  Scalar statistics = block.getHead() * length;
  for (Scalar row : rows) {
    Scalar index = statistics + min(row, b.integer(length - 1));
    largest.push_back(slots[3].at(index).load());
    inverseSums.push_back(slots[4].at(index).load());
  }

  Fragment result = products.zeros(plan.tiles.width);
  OwnRows query, grad;
  auto [uncut, end] =
      getVisibleTiles(b, block, firstQuery, b.integer(0), length);
  block.stream(
      source, b.integer(0), uncut, end, /*maskFirst=*/false, {&result},
      [&] {
        query = products.loadOwn(block.getOwnTile(0), /*keep=*/false);
        grad = products.loadOwn(block.getOwnTile(1), /*keep=*/false);
        rowProducts = block.multiplyParts(output, 1);
        for (auto [slot, row] : llvm::enumerate(rows))
          block.whenFirstOfRow(row, length, [&] {
            slots[5].at(statistics + row).store(rowProducts[slot]);
          });
      },
      [&](Scalar index, const AttentionBlock::Stage &stage, bool masked) {
        Fragment scores = products.scores(query, stage.tiles[0]);
        if (masked)
          block.mask(scores, shift(rows, index * columns), /*below=*/true);
        scaleScores(b, sizes, scores);
        Fragment weightGrads = products.scores(grad, stage.tiles[1]);
        for (auto [i, score] : llvm::enumerate(scores)) {
          int64_t slot = products.getSlot(i, columns);
          Scalar weight = exp2(score - largest[slot]) * inverseSums[slot];
          score = getScoreGrad(b, weight, weightGrads[i], rowProducts[slot]);
        }
        products.accumulate(result, scores, stage.tiles[0]);
      });

  for (Scalar &value : result)
    value = value * sizes.scale();
  Pointer target = block.getHeadRows(slots[8], length);
  block.write(result, 0, target, firstQuery, length);
}

/// slots = {Q, K, V, max, 1 / sum, D, dO, dK, dV}; of the last two only those
/// that the role forms are used.
static void emitKeyGrad(KernelBuilder &b, const AttentionSizes &sizes,
                        const AttentionPlan &plan, Role role,
                        ArrayRef<Pointer> slots) {
  bool formsKey = role != Role::ValueGrad,
       formsValue = role != Role::OnlyKeyGrad;
  AttentionBlock block(b, sizes, plan);
  TileProducts &products = block.products();
  int64_t columns = block.numColumns(), length = sizes.keys;
  // Earlier keys are seen by more queries.
  Scalar firstKey = block.getChunk() * block.numRows();
  SmallVector<Scalar> rows = getRows(block, firstKey);

  block.copyOwn(block.getHeadRows(slots[1], length), firstKey, length, 0);
  if (formsKey)
    block.copyOwn(block.getHeadRows(slots[2], length), firstKey, length, 1);
  AttentionBlock::Source source;
  source.rows[0] = block.getHeadRows(slots[0], length);
  source.rows[1] = block.getHeadRows(slots[6], length);
  Scalar statistics = block.getHead() * length;
  for (int i : {0, 1, 2})
    source.statistics[i] = slots[3 + i].at(statistics);
  source.length = length;

  Fragment keyGrad, valueGrad;
  if (formsKey)
    keyGrad = products.zeros(plan.tiles.width);
  if (formsValue)
    valueGrad = products.zeros(plan.tiles.width);
  OwnRows key, value;
  // Tiles of queries from the first that sees the first key; from `split` on
  // they see all keys of this block.
  Scalar end = b.integer(llvm::divideCeil(length, columns));
  Scalar begin = firstKey / columns;
  Scalar lastKey = firstKey + (block.numRows() - 1);
  Scalar split = min((lastKey + (columns - 1)) / columns, end);
  block.stream(
      source, begin, split, end, /*maskFirst=*/true, {&keyGrad, &valueGrad},
      [&] {
        key = products.loadOwn(block.getOwnTile(0), /*keep=*/false);
        if (formsKey)
          value = products.loadOwn(block.getOwnTile(1), /*keep=*/false);
      },
      [&](Scalar index, const AttentionBlock::Stage &stage, bool masked) {
        Fragment scores = products.scores(key, stage.tiles[0]);
        if (masked)
          block.mask(scores, shift(rows, index * columns), /*below=*/false);
        scaleScores(b, sizes, scores);
        // Elements of one column lie one behind the other only in some
        // layouts; CSE merges the loads.
        auto getStatistic = [&](int which, int64_t element) {
          Pointer lane = stage.statistics[which].at(products.getLaneColumn());
          return lane.at(products.getColumn(element, columns)).load();
        };
        for (auto [i, score] : llvm::enumerate(scores)) {
          Scalar weight = exp2(score - getStatistic(0, i));
          score = weight * getStatistic(1, i);
        }
        if (formsValue)
          products.accumulate(valueGrad, scores, stage.tiles[1]);
        if (!formsKey)
          return;
        Fragment weightGrads = products.scores(value, stage.tiles[1]);
        for (auto [i, score] : llvm::enumerate(scores))
          score = getScoreGrad(b, score, weightGrads[i], getStatistic(2, i));
        products.accumulate(keyGrad, scores, stage.tiles[0]);
      });

  if (formsKey) {
    for (Scalar &element : keyGrad)
      element = element * sizes.scale();
    Pointer target = block.getHeadRows(slots[7], length);
    block.write(keyGrad, 0, target, firstKey, length);
  }
  if (formsValue) {
    // Tiles of the kernel that forms both: the first may still be read.
    int64_t tile = formsKey ? 1 : 0;
    Pointer target = block.getHeadRows(slots[8], length);
    block.write(valueGrad, tile, target, firstKey, length);
  }
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// A warp of tensor cores holds the sums of 16 keys and 16 values up to here.
static constexpr int64_t kWidestKeyGrad = 128;

/// Tile sizes by what fits registers without spills, as `ptxas -v` reports it
/// for head dimensions from 16 to 256, and then by what fits shared memory.
/// `length` is the number of rows that are to be shared among blocks.
static FailureOr<AttentionPlan> choosePlan(CallLowering &call,
                                           const AttentionSizes &sizes,
                                           Role role, int64_t length) {
  constexpr int64_t kBand = 16;
  AttentionPlan plan;
  bool streamsQueries = role != Role::Forward && role != Role::QueryGrad;
  plan.numOwn = role == Role::Forward || role == Role::ValueGrad ? 1 : 2;
  plan.numStatistics = streamsQueries ? AttentionPlan::kMaxStatistics : 0;
  TileShape &tiles = plan.tiles;
  tiles.element = call.getType(0).getElementType();
  tiles.width = llvm::alignTo(sizes.headDim, kBand);
  int64_t most = llvm::alignTo(length, kBand);
  auto setRows = [&](int64_t rows) {
    // Two bands a warp halve its reads of streamed tiles.
    bool two = role == Role::Forward && tiles.width <= 64 && rows > 64;
    tiles.rows = rows;
    tiles.threads = tiles.element.isF32()
                        ? kMultiplyAddThreads
                        : rows / kBand / (two ? 2 : 1) * KernelBuilder::kWarp;
  };
  if (tiles.element.isF32()) {
    tiles.columns = 32;
    int64_t rows = tiles.width <= 64 ? 64 : 32;
    setRows(std::min<int64_t>(rows, llvm::PowerOf2Ceil(most)));
  } else {
    if (sizes.headDim % 2 != 0)
      return call.emitError()
             << "has heads of " << sizes.headDim
             << " columns; in bf16 their number must be even, since memory is "
                "copied 4 bytes at a time";
    int64_t wide = role == Role::Forward ? 128 : 64;
    tiles.columns = tiles.width <= wide                           ? 64
                    : role == Role::Forward || tiles.width <= 224 ? 32
                                                                  : 16;
    tiles.keepOwn = role == Role::Forward && tiles.width <= 128;
    int64_t rows = role == Role::Forward && tiles.width <= 64 ? 128 : 64;
    setRows(std::min<int64_t>(rows, llvm::PowerOf2Ceil(most)));
  }
  while (plan.sharedBytes() > call.getSharedBytes()) {
    if (tiles.columns > kBand)
      tiles.columns /= 2;
    else if (tiles.rows > kBand)
      setRows(tiles.rows / 2);
    else
      return call.emitError()
             << "has heads of " << sizes.headDim
             << " columns, too many for the " << call.getSharedBytes()
             << " bytes of shared memory of a block; use more heads";
  }
  return plan;
}

static KernelLaunch getLaunch(StringRef name, const AttentionSizes &sizes,
                              const AttentionPlan &plan, int64_t chunks,
                              int64_t flops) {
  // Left alone, ptxas spills to make room for one more: with wide heads and
  // with padding, where there is room for one, in f32, where there is for two,
  // and in bf16 at widths that are no power of two.
  int64_t width = plan.tiles.width, blocksPerSM = 1;
  if (width <= 128 && width == sizes.headDim) {
    if (plan.tiles.element.isF32())
      blocksPerSM = 2;
    else if (llvm::isPowerOf2_64(width))
      blocksPerSM = 0;
  }
  return {.name = name,
          .blocks = chunks * sizes.allHeads,
          .threads = plan.tiles.threads,
          .sharedBytes = plan.sharedBytes(),
          .blocksPerSM = blocksPerSM,
          .flops = flops};
}

LogicalResult wav::lowerAttention(CallLowering &call) {
  AttentionSizes sizes(call.getParams());
  FailureOr<AttentionPlan> plan =
      choosePlan(call, sizes, Role::Forward, sizes.queries);
  if (failed(plan))
    return failure();
  int64_t chunks = llvm::divideCeil(sizes.queries, plan->tiles.rows);
  SmallVector<Value> slots = {call.getBuffer(0), call.getBuffer(1),
                              call.getBuffer(2), call.getBuffer(4),
                              call.getBuffer(5), call.getBuffer(6)};
  if (Value position = call.getBuffer(3))
    slots.push_back(position);
  call.launch(getLaunch("attention", sizes, *plan, chunks, call.getFlops()),
              slots, [&](KernelBuilder &b, ArrayRef<Pointer> pointers) {
                emitForward(b, sizes, *plan, chunks, pointers);
              });
  return success();
}

LogicalResult wav::lowerAttentionGrad(CallLowering &call) {
  AttentionSizes sizes(call.getParams());
  if (sizes.queries != sizes.keys)
    return call.emitError() << "has " << sizes.queries << " queries for "
                            << sizes.keys << " keys; they must be as many";
  FailureOr<AttentionPlan> queryPlan =
      choosePlan(call, sizes, Role::QueryGrad, sizes.queries);
  if (failed(queryPlan))
    return failure();
  SmallVector<std::pair<Role, AttentionPlan>> keyPlans;
  SmallVector<Role> roles = {Role::KeyGrad};
  if (!queryPlan->tiles.element.isF32() &&
      queryPlan->tiles.width > kWidestKeyGrad)
    roles = {Role::OnlyKeyGrad, Role::ValueGrad};
  for (Role role : roles) {
    FailureOr<AttentionPlan> plan = choosePlan(call, sizes, role, sizes.keys);
    if (failed(plan))
      return failure();
    keyPlans.emplace_back(role, *plan);
  }

  // Buffers of the call: Q, K, V, O, max, 1 / sum, dO, dQ, dK, dV.
  Value rowProducts = call.createScratch(MemRefType::get(
      {sizes.queries * sizes.allHeads}, call.getType(4).getElementType()));
  SmallVector<Value> slots = {call.getBuffer(0), call.getBuffer(1),
                              call.getBuffer(2), call.getBuffer(4),
                              call.getBuffer(5), rowProducts,
                              call.getBuffer(6)};
  // The work is as 4 products to 3; of the call's operations, S and dP count
  // once.
  int64_t keyFlops = call.getFlops() / 7 * 4;

  // Queries first: keys read the sums that they leave.
  int64_t chunks = llvm::divideCeil(sizes.queries, queryPlan->tiles.rows);
  SmallVector<Value> querySlots = slots;
  querySlots.append({call.getBuffer(3), call.getBuffer(7)});
  call.launch(getLaunch("attention_grad_queries", sizes, *queryPlan, chunks,
                        call.getFlops() - keyFlops),
              querySlots, [&](KernelBuilder &b, ArrayRef<Pointer> pointers) {
                emitQueryGrad(b, sizes, *queryPlan, chunks, pointers);
              });

  slots.append({call.getBuffer(8), call.getBuffer(9)});
  for (auto [role, plan] : keyPlans) {
    int64_t chunks = llvm::divideCeil(sizes.keys, plan.tiles.rows);
    call.launch(getLaunch(role == Role::ValueGrad ? "attention_grad_values"
                                                  : "attention_grad_keys",
                          sizes, plan, chunks,
                          keyFlops / int64_t(keyPlans.size())),
                slots, [&](KernelBuilder &b, ArrayRef<Pointer> pointers) {
                  emitKeyGrad(b, sizes, plan, role, pointers);
                });
  }
  return success();
}
