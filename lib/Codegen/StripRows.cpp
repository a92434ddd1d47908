//===- StripRows.cpp - Row programs become loops over strips ------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavDialect.h"
#include "wav/Passes.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::wav {
#define GEN_PASS_DEF_STRIPROWSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

/// What is left of 32 registers when each strip also has a few rows in flight.
static constexpr int64_t kMaxAccumulators = 12;

/// The most reductions of one loop: each has an accumulator, for all strips of
/// a trip if need be. AVX-512 has 32 registers, narrower vectors have 16.
static int64_t getMaxReductions(int64_t vectorWidth) {
  return vectorWidth >= 16 ? 20 : 10;
}

namespace {
/// A part of a row: elements `[base + offset, base + offset + width)`, where
/// `base` is that of the trip.
struct Strip {
  int64_t offset, width;
};

/// One accumulator a strip; null before the first value.
using Accumulators = SmallVector<Value>;

/// Rewrites one function according to its groups.
class Stripper {
public:
  Stripper(func::FuncOp function, const RowGroups &plan, int64_t vectorWidth,
           int64_t unroll, bool forLanes)
      : function(function), plan(plan), vectorWidth(vectorWidth),
        unroll(unroll), forLanes(forLanes),
        builder(function.getLoc(), function.getContext()) {}

  void run();

private:
  /// The strips of each row value in the trip that is being emitted.
  using Rows = DenseMap<Value, SmallVector<Value>>;

  void emitBlock(Block &block);
  void emitNest(scf::ForOp loop);
  void emitGroup(unsigned group);
  SmallVector<Strip> getStripsOf(int64_t size);
  SmallVector<Operation *> getSlice(ArrayRef<Operation *> roots,
                                    unsigned group);
  void emitTrip(ArrayRef<Operation *> slice, unsigned group, Value base,
                ArrayRef<Strip> strips,
                DenseMap<Operation *, Accumulators> &accumulators);
  void emitOp(Operation *op, Rows &rows, Value base, ArrayRef<Strip> strips);
  void emitRowLoop(scf::ForOp loop, Rows &rows, Value base,
                   ArrayRef<Strip> strips);
  Value emitElementwise(Operation *op, const Rows &rows, unsigned index,
                        Value base, Strip strip);
  SmallVector<Value> getStripIndices(ValueRange indices, Value base,
                                     Strip strip);
  Value getPosition(Value base, int64_t offset);
  /// The strips of an operand: computed in this trip, or kept earlier.
  const SmallVector<Value> &getStrips(Value row, Rows &rows, Value base,
                                      ArrayRef<Strip> strips);
  Value getScratch(Value row);
  Value reduceLanes(vector::CombiningKind kind, Value vector);
  Value combine(vector::CombiningKind kind, Value lhs, Value rhs);
  /// Combines pairwise: a tree whose form depends on the number alone.
  Value combineTree(vector::CombiningKind kind, SmallVector<Value> values);

  func::FuncOp function;
  const RowGroups &plan;
  int64_t vectorWidth, unroll;
  bool forLanes;
  ImplicitLocOpBuilder builder;
  /// Values that are no rows.
  IRMapping scalars;
  DenseMap<Value, Value> scratch;
  unsigned openGroup = 0;
  /// Of each reduction of the group, for strips of full width.
  int64_t numAccumulators = 1;
};
} // namespace

//===----------------------------------------------------------------------===//
// The program outside rows
//===----------------------------------------------------------------------===//

void Stripper::run() {
  Region body;
  Block *entry = &body.emplaceBlock();
  for (BlockArgument argument : function.getArguments())
    scalars.map(argument,
                entry->addArgument(argument.getType(), argument.getLoc()));
  builder.setInsertionPointToStart(entry);
  emitBlock(function.getBody().front());
  function.getBody().takeBody(body);
}

void Stripper::emitBlock(Block &block) {
  for (Operation &op : block) {
    if (unsigned group = plan.getGroup(&op); group != openGroup) {
      emitGroup(openGroup);
      openGroup = group;
    }
    builder.setLoc(op.getLoc());
    switch (plan.getKind(&op)) {
    case RowGroups::Kind::Scalar:
      // Loops without carried values have their terminator already.
      if (!isa<scf::YieldOp>(op) || op.getNumOperands() > 0)
        builder.clone(op, scalars);
      break;
    case RowGroups::Kind::Nest:
      emitNest(cast<scf::ForOp>(op));
      break;
    case RowGroups::Kind::Row:
    case RowGroups::Kind::RowLoop:
      break; // In the loop of its group.
    }
  }
}

void Stripper::emitNest(scf::ForOp loop) {
  auto map = [&](Value value) { return scalars.lookup(value); };
  auto newLoop = scf::ForOp::create(
      builder, map(loop.getLowerBound()), map(loop.getUpperBound()),
      map(loop.getStep()), llvm::map_to_vector(loop.getInitArgs(), map));
  newLoop->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  scalars.map(loop.getInductionVar(), newLoop.getInductionVar());
  scalars.map(loop.getRegionIterArgs(), newLoop.getRegionIterArgs());
  scalars.map(loop.getResults(), newLoop.getResults());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(newLoop.getBody());
  emitBlock(*loop.getBody());
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// Strips of falling width for `size` elements: whole registers, then powers of
/// two. Lanes can share a strip of any width.
SmallVector<Strip> Stripper::getStripsOf(int64_t size) {
  SmallVector<Strip> strips;
  int64_t offset = 0;
  if (forLanes && size < vectorWidth)
    return {{offset, size}};
  for (int64_t width = vectorWidth; width > 0; width /= 2)
    for (; size - offset >= width; offset += width)
      strips.push_back({offset, width});
  return strips;
}

void Stripper::emitGroup(unsigned group) {
  ArrayRef<Operation *> roots = plan.getRoots(group);
  if (roots.empty())
    return;
  SmallVector<Operation *> slice = getSlice(roots, group);
  builder.setLoc(roots.front()->getLoc());
  int64_t width = getRowWidth(roots.front());

  SmallVector<vector::ReductionOp> reductions;
  for (Operation *op : roots)
    if (auto reduction = dyn_cast<vector::ReductionOp>(op))
      reductions.push_back(reduction);
  // With many reductions the strips of a trip share accumulators, which keeps
  // all of them in registers.
  numAccumulators = unroll;
  if (!reductions.empty())
    numAccumulators =
        std::clamp<int64_t>(kMaxAccumulators / reductions.size(), 1, unroll);
  int64_t tripWidth = vectorWidth * unroll;
  int64_t trips = width / tripWidth;
  SmallVector<Strip> strips = getStripsOf(tripWidth);
  DenseMap<Operation *, Accumulators> accumulators;
  for (vector::ReductionOp reduction : reductions)
    accumulators[reduction].resize(numAccumulators);

  if (trips > 1) {
    // The accumulators of all reductions, one after the other, are carried.
    SmallVector<Value> init;
    for (vector::ReductionOp reduction : reductions) {
      auto type = VectorType::get(
          vectorWidth, reduction.getVector().getType().getElementType());
      TypedAttr neutral = DenseElementsAttr::get(
          type, arith::getIdentityValueAttr(
                    vector::CombiningKind::ADD == reduction.getKind()
                        ? arith::AtomicRMWKind::addf
                        : arith::AtomicRMWKind::maximumf,
                    type.getElementType(), builder, builder.getLoc()));
      init.append(numAccumulators, arith::ConstantOp::create(builder, neutral));
    }
    Value from = arith::ConstantIndexOp::create(builder, 0);
    Value to = arith::ConstantIndexOp::create(builder, trips * tripWidth);
    Value step = arith::ConstantIndexOp::create(builder, tripWidth);
    auto loop = scf::ForOp::create(builder, from, to, step, init);
    auto unpack = [&](ValueRange values) {
      for (vector::ReductionOp reduction : reductions) {
        llvm::copy(values.take_front(numAccumulators),
                   accumulators[reduction].begin());
        values = values.drop_front(numAccumulators);
      }
    };
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      unpack(loop.getRegionIterArgs());
      emitTrip(slice, group, loop.getInductionVar(), strips, accumulators);
      SmallVector<Value> next;
      for (vector::ReductionOp reduction : reductions)
        llvm::append_range(next, accumulators[reduction]);
      if (!next.empty())
        scf::YieldOp::create(builder, next);
    }
    unpack(loop.getResults());
  } else if (trips == 1) {
    emitTrip(slice, group, /*base=*/Value(), strips, accumulators);
  }

  if (int64_t rest = width % tripWidth) {
    strips = getStripsOf(rest);
    for (Strip &strip : strips)
      strip.offset += trips * tripWidth;
    // Narrow strips have accumulators of their own.
    for (vector::ReductionOp reduction : reductions)
      accumulators[reduction].resize(numAccumulators + strips.size());
    emitTrip(slice, group, /*base=*/Value(), strips, accumulators);
  }

  for (vector::ReductionOp reduction : reductions) {
    vector::CombiningKind kind = reduction.getKind();
    // One vector of each width, then its lanes; widest first.
    SmallVector<Value> numbers;
    ArrayRef<Value> values = accumulators[reduction];
    SmallVector<Value> present(llvm::make_filter_range(
        values, [](Value value) { return bool(value); }));
    for (auto it = present.begin(); it != present.end();) {
      auto end = std::find_if(it, present.end(), [&](Value value) {
        return value.getType() != it->getType();
      });
      numbers.push_back(
          reduceLanes(kind, combineTree(kind, SmallVector<Value>(it, end))));
      it = end;
    }
    if (reduction.getAcc())
      numbers.push_back(scalars.lookup(reduction.getAcc()));
    Value result = numbers.front();
    for (Value number : llvm::drop_begin(numbers))
      result = combine(kind, result, number);
    scalars.map(reduction.getDest(), result);
  }
}

SmallVector<Operation *> Stripper::getSlice(ArrayRef<Operation *> roots,
                                            unsigned group) {
  llvm::SetVector<Operation *> slice(roots.begin(), roots.end());
  for (unsigned i = 0; i < slice.size(); ++i) {
    auto visit = [&](Value value) {
      Operation *op = value.getDefiningOp();
      if (!op || !isa<VectorType>(value.getType()))
        return;
      if (slice[i]->isProperAncestor(op))
        return;
      if (!plan.isKept(value) || plan.getGroup(op) == group)
        slice.insert(op);
    };
    for (Value operand : slice[i]->getOperands())
      visit(operand);
    visitUsedValuesDefinedAbove(
        slice[i]->getRegions(),
        [&](OpOperand *operand) { visit(operand->get()); });
  }
  SmallVector<Operation *> result = slice.takeVector();
  llvm::sort(result, [&](Operation *lhs, Operation *rhs) {
    return plan.isBefore(lhs, rhs);
  });
  return result;
}

void Stripper::emitTrip(ArrayRef<Operation *> slice, unsigned group, Value base,
                        ArrayRef<Strip> strips,
                        DenseMap<Operation *, Accumulators> &accumulators) {
  Rows rows;
  for (Operation *op : slice) {
    builder.setLoc(op->getLoc());
    if (auto reduction = dyn_cast<vector::ReductionOp>(op)) {
      Accumulators &values = accumulators[op];
      ArrayRef<Value> parts =
          getStrips(reduction.getVector(), rows, base, strips);
      unsigned numWide = 0;
      for (auto [part, strip] : llvm::zip(parts, strips)) {
        // Registers of full width share the accumulators of whole trips.
        Value &value = strip.width == vectorWidth
                           ? values[numWide++ % numAccumulators]
                           : values[values.size() - strips.size() +
                                    (&strip - strips.begin())];
        value = value ? combine(reduction.getKind(), value, part) : part;
      }
      continue;
    }
    emitOp(op, rows, base, strips);
    for (Value result : op->getResults()) {
      if (!plan.isKept(result) || plan.getGroup(op) != group)
        continue;
      Value buffer = getScratch(result);
      for (auto [part, strip] : llvm::zip(rows[result], strips))
        vector::StoreOp::create(builder, part, buffer,
                                getPosition(base, strip.offset));
    }
  }
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Value Stripper::getPosition(Value base, int64_t offset) {
  Value constant = arith::ConstantIndexOp::create(builder, offset);
  if (!base)
    return constant;
  return builder.createOrFold<arith::AddIOp>(base, constant);
}

SmallVector<Value> Stripper::getStripIndices(ValueRange indices, Value base,
                                             Strip strip) {
  SmallVector<Value> result = llvm::map_to_vector(
      indices, [&](Value index) { return scalars.lookup(index); });
  Value position = getPosition(base, strip.offset);
  result.back() = builder.createOrFold<arith::AddIOp>(result.back(), position);
  return result;
}

Value Stripper::getScratch(Value row) {
  Value &buffer = scratch[row];
  if (!buffer) {
    // Once a call: in the entry block.
    OpBuilder::InsertionGuard guard(builder);
    Region *region = builder.getInsertionBlock()->getParent();
    while (Operation *parent = region->getParentOp())
      region = parent->getParentRegion();
    builder.setInsertionPointToStart(&region->front());
    auto type = cast<VectorType>(row.getType());
    buffer = memref::AllocaOp::create(
        builder, MemRefType::get(type.getShape(), type.getElementType()),
        builder.getI64IntegerAttr(64));
  }
  return buffer;
}

const SmallVector<Value> &Stripper::getStrips(Value row, Rows &rows, Value base,
                                              ArrayRef<Strip> strips) {
  SmallVector<Value> &parts = rows[row];
  if (parts.empty()) {
    Type element = cast<VectorType>(row.getType()).getElementType();
    Value buffer = getScratch(row);
    for (Strip strip : strips)
      parts.push_back(
          vector::LoadOp::create(builder, VectorType::get(strip.width, element),
                                 buffer, getPosition(base, strip.offset)));
  }
  return parts;
}

void Stripper::emitOp(Operation *op, Rows &rows, Value base,
                      ArrayRef<Strip> strips) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return emitRowLoop(loop, rows, base, strips);
  if (auto store = dyn_cast<vector::StoreOp>(op)) {
    ArrayRef<Value> parts =
        getStrips(store.getValueToStore(), rows, base, strips);
    for (auto [part, strip] : llvm::zip(parts, strips))
      vector::StoreOp::create(builder, part, scalars.lookup(store.getBase()),
                              getStripIndices(store.getIndices(), base, strip));
    return;
  }
  for (Value operand : op->getOperands())
    if (isa<VectorType>(operand.getType()))
      getStrips(operand, rows, base, strips);
  SmallVector<Value> parts;
  for (auto [index, strip] : llvm::enumerate(strips))
    parts.push_back(emitElementwise(op, rows, index, base, strip));
  rows[op->getResult(0)] = std::move(parts);
}

Value Stripper::emitElementwise(Operation *op, const Rows &rows, unsigned index,
                                Value base, Strip strip) {
  auto type = VectorType::get(
      strip.width,
      cast<VectorType>(op->getResult(0).getType()).getElementType());
  if (auto load = dyn_cast<vector::LoadOp>(op))
    return vector::LoadOp::create(
        builder, type, scalars.lookup(load.getBase()),
        getStripIndices(load.getIndices(), base, strip));
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    return arith::ConstantOp::create(builder, splat.resizeSplat(type));
  }
  if (isa<vector::StepOp>(op)) {
    if (forLanes) {
      Value first = vector::BroadcastOp::create(
          builder, type, getPosition(base, strip.offset));
      Value step = vector::StepOp::create(builder, type);
      return arith::AddIOp::create(builder, first, step);
    }
    SmallVector<APInt> lanes;
    for (int64_t lane = 0; lane < strip.width; ++lane)
      lanes.push_back(APInt(64, strip.offset + lane));
    Value step =
        arith::ConstantOp::create(builder, DenseElementsAttr::get(type, lanes));
    if (!base)
      return step;
    Value start = vector::BroadcastOp::create(builder, type, base);
    return arith::AddIOp::create(builder, start, step);
  }
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, isa<VectorType>(operand.getType())
                             ? rows.lookup(operand)[index]
                             : scalars.lookup(operand));
  Operation *part = builder.clone(*op, mapping);
  part->getResult(0).setType(type);
  return part->getResult(0);
}

void Stripper::emitRowLoop(scf::ForOp loop, Rows &rows, Value base,
                           ArrayRef<Strip> strips) {
  auto map = [&](Value value) { return scalars.lookup(value); };
  // The strips of all carried rows, one row after the other.
  SmallVector<Value> init;
  for (Value row : loop.getInitArgs())
    llvm::append_range(init, getStrips(row, rows, base, strips));
  // Rows from outside are the same in each trip.
  visitUsedValuesDefinedAbove(loop->getRegions(), [&](OpOperand *operand) {
    if (isa<VectorType>(operand->get().getType()))
      getStrips(operand->get(), rows, base, strips);
  });
  auto newLoop =
      scf::ForOp::create(builder, map(loop.getLowerBound()),
                         map(loop.getUpperBound()), map(loop.getStep()), init);
  auto unpack = [&](ValueRange oldRows, ValueRange parts) {
    for (Value row : oldRows) {
      rows[row] = llvm::to_vector(parts.take_front(strips.size()));
      parts = parts.drop_front(strips.size());
    }
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(newLoop.getBody());
    scalars.map(loop.getInductionVar(), newLoop.getInductionVar());
    unpack(loop.getRegionIterArgs(), newLoop.getRegionIterArgs());
    for (Operation &op : loop.getBody()->without_terminator()) {
      builder.setLoc(op.getLoc());
      if (getRowWidth(&op)) {
        emitOp(&op, rows, base, strips);
        continue;
      }
      // Once for each group of strips: block arguments that are mapped already
      // would be dropped.
      IRMapping mapping = scalars;
      Operation *clone = builder.clone(op, mapping);
      scalars.map(op.getResults(), clone->getResults());
    }
    SmallVector<Value> next;
    for (Value row : loop.getYieldedValues())
      llvm::append_range(next, getStrips(row, rows, base, strips));
    if (!next.empty())
      scf::YieldOp::create(builder, next);
  }
  unpack(loop.getResults(), newLoop.getResults());
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value Stripper::combine(vector::CombiningKind kind, Value lhs, Value rhs) {
  if (kind == vector::CombiningKind::ADD)
    return arith::AddFOp::create(builder, lhs, rhs);
  // In the form that is one instruction on x86.
  Value isLarger =
      arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT, lhs, rhs);
  return arith::SelectOp::create(builder, isLarger, lhs, rhs);
}

Value Stripper::combineTree(vector::CombiningKind kind,
                            SmallVector<Value> values) {
  while (values.size() > 1) {
    SmallVector<Value> sums;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      sums.push_back(combine(kind, values[i], values[i + 1]));
    if (values.size() % 2)
      sums.push_back(values.back());
    values = std::move(sums);
  }
  return values.front();
}

Value Stripper::reduceLanes(vector::CombiningKind kind, Value vector) {
  if (forLanes)
    return vector::ReductionOp::create(builder, kind, vector);
  int64_t width = cast<VectorType>(vector.getType()).getDimSize(0);
  while (width > 1) {
    width /= 2;
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, width));
    auto high = llvm::to_vector(llvm::seq<int64_t>(width, 2 * width));
    Value lower = vector::ShuffleOp::create(builder, vector, vector, low);
    Value upper = vector::ShuffleOp::create(builder, vector, vector, high);
    vector = combine(kind, lower, upper);
  }
  return vector::ExtractOp::create(builder, vector, 0);
}

namespace {
struct StripRows : wav::impl::StripRowsPassBase<StripRows> {
  using StripRowsPassBase::StripRowsPassBase;

  void runOnOperation() override {
    if (!llvm::isPowerOf2_64(vectorWidth) || unroll < 1) {
      getOperation().emitError("vector-width must be a power of two and unroll "
                               "at least 1");
      return signalPassFailure();
    }
    if (getOperation().isExternal() || getWidestRow() <= maxWhole)
      return;
    if (failed(checkRowProgram(getOperation())))
      return signalPassFailure();
    if (forLanes && mustStayWhole())
      return;
    sinkScalars(getOperation().getBody().front());
    RowGroups groups(/*keepDear=*/!forLanes,
                     forLanes ? std::numeric_limits<int64_t>::max()
                              : getMaxReductions(vectorWidth));
    if (failed(groups.run(getOperation())))
      return signalPassFailure();
    Stripper(getOperation(), groups, vectorWidth, unroll, forLanes).run();
  }

private:
  int64_t getWidestRow() {
    int64_t widest = 0;
    getOperation().walk(
        [&](Operation *op) { widest = std::max(widest, getRowWidth(op)); });
    return widest;
  }

  /// Whether a loop carries rows and reduces others, or goes over rows.
  bool mustStayWhole() {
    WalkResult result = getOperation().walk([](scf::ForOp loop) {
      if (!llvm::any_of(loop.getResultTypes(), llvm::IsaPred<VectorType>))
        return WalkResult::advance();
      if (loop->hasAttr(kRowLoopAttr))
        return WalkResult::interrupt();
      return loop.getBody()->walk(
          [](vector::ReductionOp) { return WalkResult::interrupt(); });
    });
    return result.wasInterrupted();
  }
};
} // namespace
