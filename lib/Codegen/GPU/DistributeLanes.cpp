//===- DistributeLanes.cpp - Elements of rows to lanes ------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's structural type conversion cannot do this: what a row becomes,
// several `vector<chunk>`, may look like a row itself.
//
//===----------------------------------------------------------------------===//

#include "../RowGroups.h"
#include "RowLayout.h"

#include "wav/Codegen/GPU.h"
#include "wav/IR/WavAttributes.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::wav {
#define GEN_PASS_DEF_DISTRIBUTELANESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

static constexpr int64_t kWarp = 32;
/// Reductions that share barriers.
static constexpr int64_t kMaxPending = 8;
/// The shared numbers of the warps of a block: one a warp and reduction.
static constexpr StringLiteral kNumbersName = "wav_warp_numbers";

namespace {
/// Rewrites one function: emits it anew for one lane.
class LaneDistributor {
public:
  LaneDistributor(func::FuncOp function, int64_t lanes)
      : function(function), lanes(lanes), chunks(getRowChunks(function)),
        builder(function.getLoc(), function.getContext()) {}

  void run();

private:
  using Pieces = SmallVector<Value>;

  RowLayout getLayout(Type row) const {
    int64_t width = getRowWidth(row);
    return getRowLayout(width, chunks.lookup(width), lanes);
  }
  VectorType getPieceType(Type row) const {
    return VectorType::get(getLayout(row).chunk,
                           cast<VectorType>(row).getElementType());
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, value);
  }
  Value integer(int32_t value) {
    return arith::ConstantIntOp::create(builder, value, 32);
  }

  // The program.
  void emitBlock(Block &block);
  void emitOp(Operation *op);
  void emitFor(scf::ForOp loop);
  void emitIf(scf::IfOp branch);
  void emitLoad(vector::LoadOp load);
  Value emitPiece(vector::LoadOp load, VectorType type, Value position);
  void emitStore(vector::StoreOp store);
  void emitReduction(vector::ReductionOp reduction);
  void emitElementwise(Operation *op);

  // Values of the function and what they have become.
  SmallVector<Value> lookup(ValueRange values);
  SmallVector<Type> convert(TypeRange types);
  void map(ValueRange values, ValueRange converted);

  // Positions.
  struct Positions {
    /// Of each piece, if the lane has it.
    Pieces pieces;
    /// Whether the lane has the last piece; null if all have it.
    Value hasLast;
  };
  const Positions &getPositions(int64_t width);
  SmallVector<Value> getIndices(ValueRange indices, Value position,
                                int64_t offset);

  // Reductions.
  Value combine(vector::CombiningKind kind, Value lhs, Value rhs);
  Value reduceChunk(vector::CombiningKind kind, Value chunk);
  /// Over `count` neighbouring lanes of a warp; all get the result.
  Value reduceLanes(vector::CombiningKind kind, Value number, int64_t count);
  /// Over the warps of the block.
  void reduceWarps();
  /// Ends the pending reductions.
  void finishReductions();
  Value getNumbers();

  func::FuncOp function;
  int64_t lanes;
  llvm::MapVector<int64_t, int64_t> chunks;
  ImplicitLocOpBuilder builder;
  IRMapping numbers;
  DenseMap<Value, Pieces> rows;
  DenseMap<int64_t, Positions> positions;
  /// Reductions so far of each lane alone.
  struct Pending {
    vector::ReductionOp op;
    Value number;
  };
  SmallVector<Pending> pending;
  /// The lane within the row, and the lanes of its warp that share the row, as
  /// a mask.
  Value lane, mask;
  /// The last op of the part that is executed once.
  Operation *prologue = nullptr;
};
} // namespace

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

void LaneDistributor::run() {
  Region body;
  Block *entry = &body.emplaceBlock();
  for (BlockArgument argument : function.getArguments())
    numbers.map(argument,
                entry->addArgument(argument.getType(), argument.getLoc()));
  builder.setInsertionPointToStart(entry);
  Value thread = gpu::ThreadIdOp::create(builder, gpu::Dimension::x);
  lane = arith::RemUIOp::create(builder, thread, constant(lanes));
  mask = integer(-1);
  if (lanes < kWarp) {
    Value ofWarp = arith::RemUIOp::create(builder, thread, constant(kWarp));
    Value first = arith::SubIOp::create(builder, ofWarp, lane);
    Value shift =
        arith::IndexCastOp::create(builder, builder.getI32Type(), first);
    mask = arith::ShLIOp::create(builder, integer((1u << lanes) - 1), shift);
  }
  prologue = mask.getDefiningOp();
  emitBlock(function.getBody().front());
  function.getBody().takeBody(body);
}

static bool touchesRows(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), llvm::IsaPred<VectorType>) ||
         llvm::any_of(op->getResultTypes(), llvm::IsaPred<VectorType>);
}

void LaneDistributor::emitBlock(Block &block) {
  for (Operation &op : block) {
    builder.setLoc(op.getLoc());
    emitOp(&op);
  }
}

void LaneDistributor::emitOp(Operation *op) {
  // Reductions wait for one another until something needs a result.
  bool isNeeded = llvm::any_of(pending, [&](Pending &reduction) {
    return llvm::is_contained(op->getOperands(), reduction.op.getDest());
  });
  if (isNeeded || op->getNumRegions() > 0 ||
      op->hasTrait<OpTrait::IsTerminator>())
    finishReductions();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return emitFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return emitIf(branch);
  if (isa<scf::YieldOp>(op)) {
    scf::YieldOp::create(builder, lookup(op->getOperands()));
    return;
  }
  if (!touchesRows(op)) {
    builder.clone(*op, numbers);
    return;
  }
  if (auto load = dyn_cast<vector::LoadOp>(op))
    return emitLoad(load);
  if (auto store = dyn_cast<vector::StoreOp>(op))
    return emitStore(store);
  if (auto reduction = dyn_cast<vector::ReductionOp>(op))
    return emitReduction(reduction);
  emitElementwise(op);
}

void LaneDistributor::emitFor(scf::ForOp loop) {
  auto newLoop = scf::ForOp::create(
      builder, numbers.lookup(loop.getLowerBound()),
      numbers.lookup(loop.getUpperBound()), numbers.lookup(loop.getStep()),
      lookup(loop.getInitArgs()));
  map(loop.getInductionVar(), newLoop.getInductionVar());
  map(loop.getRegionIterArgs(), newLoop.getRegionIterArgs());
  map(loop.getResults(), newLoop.getResults());
  if (newLoop.getNumResults() == 0)
    newLoop.getBody()->getTerminator()->erase();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(newLoop.getBody());
  emitBlock(*loop.getBody());
}

void LaneDistributor::emitIf(scf::IfOp branch) {
  auto newBranch = scf::IfOp::create(
      builder, convert(branch.getResultTypes()),
      numbers.lookup(branch.getCondition()), /*addThenBlock=*/true,
      /*addElseBlock=*/!branch.getElseRegion().empty());
  map(branch.getResults(), newBranch.getResults());
  OpBuilder::InsertionGuard guard(builder);
  for (auto [region, newRegion] :
       llvm::zip(branch->getRegions(), newBranch->getRegions())) {
    if (region.empty())
      continue;
    builder.setInsertionPointToStart(&newRegion.front());
    emitBlock(region.front());
  }
}

SmallVector<Value> LaneDistributor::lookup(ValueRange values) {
  SmallVector<Value> result;
  for (Value value : values) {
    if (getRowWidth(value.getType()))
      llvm::append_range(result, rows[value]);
    else
      result.push_back(numbers.lookup(value));
  }
  return result;
}

SmallVector<Type> LaneDistributor::convert(TypeRange types) {
  SmallVector<Type> result;
  for (Type type : types) {
    if (getRowWidth(type))
      result.append(getLayout(type).getNumPieces(), getPieceType(type));
    else
      result.push_back(type);
  }
  return result;
}

void LaneDistributor::map(ValueRange values, ValueRange converted) {
  for (Value value : values) {
    int64_t count = 1;
    if (getRowWidth(value.getType())) {
      count = getLayout(value.getType()).getNumPieces();
      rows[value] = llvm::to_vector(converted.take_front(count));
    } else {
      numbers.map(value, converted.front());
    }
    converted = converted.drop_front(count);
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

const LaneDistributor::Positions &LaneDistributor::getPositions(int64_t width) {
  auto [it, isNew] = positions.try_emplace(width);
  Positions &result = it->second;
  if (!isNew)
    return result;
  // Once a call, as they are the same for all rows.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(prologue);
  RowLayout layout = getRowLayout(width, chunks.lookup(width), lanes);
  Value first = arith::MulIOp::create(builder, lane, constant(layout.chunk));
  for (int64_t k = 0; k < layout.getNumPieces(); ++k) {
    Value offset = constant(k * lanes * layout.chunk);
    Value position = arith::AddIOp::create(builder, first, offset);
    if (layout.isPartial(k))
      result.hasLast =
          arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, lane,
                                constant(layout.getLastLanes()));
    result.pieces.push_back(position);
  }
  return result;
}

SmallVector<Value> LaneDistributor::getIndices(ValueRange indices,
                                               Value position, int64_t offset) {
  SmallVector<Value> result = lookup(indices);
  result.back() = arith::AddIOp::create(builder, result.back(), position);
  if (offset)
    result.back() =
        arith::AddIOp::create(builder, result.back(), constant(offset));
  return result;
}

/// The elements of `type`, a chunk, that are accessed at once.
static VectorType getAccessType(VectorType type) {
  int64_t bytes = getElementBytes(type);
  return VectorType::get(std::min(type.getDimSize(0), kAccessBytes / bytes),
                         type.getElementType());
}

static llvm::Align getAlignment(VectorType type) {
  return llvm::Align(type.getDimSize(0) * getElementBytes(type));
}

void LaneDistributor::emitLoad(vector::LoadOp load) {
  VectorType type = getPieceType(load.getType());
  RowLayout layout = getLayout(load.getType());
  const Positions &positions = getPositions(layout.width);
  Pieces pieces;
  for (auto [k, position] : llvm::enumerate(positions.pieces)) {
    if (!layout.isPartial(k)) {
      pieces.push_back(emitPiece(load, type, position));
      continue;
    }
    // Zero where there is none.
    auto branch = scf::IfOp::create(builder, type, positions.hasLast,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(builder, emitPiece(load, type, position));
    builder.setInsertionPointToStart(branch.elseBlock());
    Value zero = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
    scf::YieldOp::create(builder, zero);
    pieces.push_back(branch.getResult(0));
  }
  rows[load] = std::move(pieces);
}

Value LaneDistributor::emitPiece(vector::LoadOp load, VectorType type,
                                 Value position) {
  Value base = numbers.lookup(load.getBase());
  VectorType part = getAccessType(type);
  Value piece;
  for (int64_t offset = 0; offset < type.getDimSize(0);
       offset += part.getDimSize(0)) {
    Value next = vector::LoadOp::create(
        builder, part, base, getIndices(load.getIndices(), position, offset),
        /*nontemporal=*/false, getAlignment(part));
    if (!piece) {
      piece = next;
      continue;
    }
    auto all =
        llvm::to_vector(llvm::seq<int64_t>(0, offset + part.getDimSize(0)));
    piece = vector::ShuffleOp::create(builder, piece, next, all);
  }
  return piece;
}

void LaneDistributor::emitStore(vector::StoreOp store) {
  Value base = numbers.lookup(store.getBase());
  VectorType row = store.getVectorType();
  VectorType type = getPieceType(row);
  VectorType part = getAccessType(type);
  RowLayout layout = getLayout(row);
  const Positions &positions = getPositions(layout.width);
  Pieces pieces = lookup(store.getValueToStore());
  for (auto [k, piece] : llvm::enumerate(pieces)) {
    OpBuilder::InsertionGuard guard(builder);
    if (layout.isPartial(k)) {
      auto branch = scf::IfOp::create(builder, positions.hasLast);
      builder.setInsertionPointToStart(branch.thenBlock());
    }
    for (int64_t offset = 0; offset < type.getDimSize(0);
         offset += part.getDimSize(0)) {
      Value value = piece;
      if (part != type)
        value = vector::ShuffleOp::create(
            builder, piece, piece,
            llvm::to_vector(
                llvm::seq<int64_t>(offset, offset + part.getDimSize(0))));
      vector::StoreOp::create(
          builder, value, base,
          getIndices(store.getIndices(), positions.pieces[k], offset),
          /*nontemporal=*/false, getAlignment(part));
    }
  }
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

void LaneDistributor::emitElementwise(Operation *op) {
  Value row = op->getResult(0);
  VectorType type = getPieceType(row.getType());
  int64_t numPieces = getLayout(row.getType()).getNumPieces();
  // All pieces of these are equal.
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    Value piece = arith::ConstantOp::create(builder, splat.resizeSplat(type));
    rows[row] = Pieces(numPieces, piece);
    return;
  }
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    Value piece = vector::BroadcastOp::create(
        builder, type, numbers.lookup(broadcast.getSource()));
    rows[row] = Pieces(numPieces, piece);
    return;
  }
  Pieces pieces;
  for (int64_t k = 0; k < numPieces; ++k) {
    if (isa<vector::StepOp>(op)) {
      Value first = vector::BroadcastOp::create(
          builder, type, getPositions(getRowWidth(row.getType())).pieces[k]);
      SmallVector<APInt> steps;
      for (int64_t i = 0; i < type.getDimSize(0); ++i)
        steps.push_back(APInt(64, i));
      Value step = arith::ConstantOp::create(
          builder, DenseElementsAttr::get(type, steps));
      pieces.push_back(arith::AddIOp::create(builder, first, step));
      continue;
    }
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, getRowWidth(operand.getType())
                               ? rows[operand][k]
                               : numbers.lookup(operand));
    Operation *piece = builder.clone(*op, mapping);
    piece->getResult(0).setType(type);
    pieces.push_back(piece->getResult(0));
  }
  rows[row] = std::move(pieces);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value LaneDistributor::combine(vector::CombiningKind kind, Value lhs,
                               Value rhs) {
  if (kind == vector::CombiningKind::ADD)
    return arith::AddFOp::create(builder, lhs, rhs);
  return arith::MaximumFOp::create(builder, lhs, rhs);
}

void LaneDistributor::emitReduction(vector::ReductionOp reduction) {
  vector::CombiningKind kind = reduction.getKind();
  VectorType row = reduction.getSourceVectorType();
  Pieces pieces = lookup(reduction.getVector());
  if (Value hasLast = getPositions(row.getDimSize(0)).hasLast) {
    // What leaves the result as it is.
    VectorType type = getPieceType(row);
    auto neutral = arith::getIdentityValueAttr(
        kind == vector::CombiningKind::ADD ? arith::AtomicRMWKind::addf
                                           : arith::AtomicRMWKind::maximumf,
        type.getElementType(), builder, builder.getLoc());
    Value none = arith::ConstantOp::create(
        builder, DenseElementsAttr::get(type, cast<FloatAttr>(neutral)));
    pieces.back() =
        arith::SelectOp::create(builder, hasLast, pieces.back(), none);
  }
  // Piece by piece, so that products are multiply-adds; the elements of a chunk
  // are independent.
  Value chunk = pieces.front();
  for (Value piece : llvm::drop_begin(pieces))
    chunk = combine(kind, chunk, piece);
  pending.push_back({reduction, reduceChunk(kind, chunk)});
  if (pending.size() == kMaxPending)
    finishReductions();
}

void LaneDistributor::finishReductions() {
  for (Pending &reduction : pending)
    reduction.number = reduceLanes(reduction.op.getKind(), reduction.number,
                                   std::min(lanes, kWarp));
  if (lanes > kWarp && !pending.empty())
    reduceWarps();
  for (auto [op, number] : pending) {
    Value result = number;
    if (op.getAcc())
      result = combine(op.getKind(), number, numbers.lookup(op.getAcc()));
    numbers.map(op.getDest(), result);
  }
  pending.clear();
}

Value LaneDistributor::reduceChunk(vector::CombiningKind kind, Value chunk) {
  int64_t width = getRowWidth(chunk.getType());
  while (width > 1) {
    width /= 2;
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, width));
    auto high = llvm::to_vector(llvm::seq<int64_t>(width, 2 * width));
    Value lower = vector::ShuffleOp::create(builder, chunk, chunk, low);
    Value upper = vector::ShuffleOp::create(builder, chunk, chunk, high);
    chunk = combine(kind, lower, upper);
  }
  return vector::ExtractOp::create(builder, chunk, 0);
}

Value LaneDistributor::reduceLanes(vector::CombiningKind kind, Value number,
                                   int64_t count) {
  // In each exchange both lanes add the same two numbers, so all lanes end
  // with the same bits.
  for (int64_t distance = count / 2; distance > 0; distance /= 2) {
    Value other = NVVM::ShflOp::create(builder, number.getType(), mask, number,
                                       integer(distance), integer(kWarp - 1),
                                       NVVM::ShflKind::bfly, UnitAttr());
    number = combine(kind, number, other);
  }
  return number;
}

void LaneDistributor::reduceWarps() {
  Value shared = getNumbers();
  Value size = constant(kWarp), zero = constant(0);
  Value warp = arith::DivUIOp::create(builder, lane, size);
  Value ofWarp = arith::RemUIOp::create(builder, lane, size);
  Value isFirst =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, ofWarp, zero);
  auto branch = scf::IfOp::create(builder, isFirst);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    for (auto [i, reduction] : llvm::enumerate(pending))
      memref::StoreOp::create(builder, reduction.number, shared,
                              ValueRange{constant(i), warp});
  }
  gpu::BarrierOp::create(builder);
  int64_t warps = lanes / kWarp;
  Value other = arith::RemUIOp::create(builder, lane, constant(warps));
  for (auto [i, reduction] : llvm::enumerate(pending))
    reduction.number =
        memref::LoadOp::create(builder, shared, ValueRange{constant(i), other});
  // The next reductions write to the same place.
  gpu::BarrierOp::create(builder);
  for (Pending &reduction : pending)
    reduction.number =
        reduceLanes(reduction.op.getKind(), reduction.number, warps);
}

Value LaneDistributor::getNumbers() {
  auto type = MemRefType::get({kMaxPending, kWarp}, builder.getF32Type(),
                              AffineMap(), builder.getI64IntegerAttr(3));
  auto module = function->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(kNumbersName)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(builder, kNumbersName,
                             builder.getStringAttr("private"), type,
                             /*initial_value=*/Attribute(), /*constant=*/false,
                             /*alignment=*/IntegerAttr());
  }
  return memref::GetGlobalOp::create(builder, type, kNumbersName);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Whether `op` works on rows in a way that can be distributed.
static bool isSupported(Operation *op) {
  if (!touchesRows(op))
    return op->getNumRegions() == 0 ||
           isa<func::FuncOp, scf::ForOp, scf::IfOp>(op);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return !isa<VectorType>(broadcast.getSourceType());
  if (auto reduction = dyn_cast<vector::ReductionOp>(op))
    return reduction.getDest().getType().isF32() &&
           (reduction.getKind() == vector::CombiningKind::ADD ||
            reduction.getKind() == vector::CombiningKind::MAXNUMF);
  return op->hasTrait<OpTrait::Elementwise>() ||
         isa<vector::LoadOp, vector::StoreOp, vector::StepOp, scf::ForOp,
             scf::IfOp, scf::YieldOp>(op);
}

/// What `wav-distribute-rows` makes.
static LogicalResult checkFunction(func::FuncOp function, int64_t lanes) {
  if (failed(checkRowProgram(function)))
    return failure();
  if (!llvm::isPowerOf2_64(lanes) || lanes > kMaxThreads)
    return function.emitOpError("'")
           << kLanesAttr << "' is " << lanes
           << "; it must be a power of two, at most " << kMaxThreads;
  WalkResult result = function.walk([](Operation *op) {
    if (isSupported(op))
      return WalkResult::advance();
    op->emitOpError("cannot be distributed over lanes");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {
struct DistributeLanes : wav::impl::DistributeLanesPassBase<DistributeLanes> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto lanes = function->getAttrOfType<IntegerAttr>(kLanesAttr);
      if (!lanes)
        continue;
      if (failed(checkFunction(function, lanes.getInt())))
        return signalPassFailure();
      sinkScalars(function.getBody().front());
      LaneDistributor(function, lanes.getInt()).run();
      function->removeAttr(kLanesAttr);
    }
  }
};
} // namespace
