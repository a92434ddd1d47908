//===- DistributeRows.cpp - Rows to groups of lanes -------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../RowGroups.h"
#include "RowLayout.h"

#include "wav/Codegen/GPU.h"
#include "wav/IR/WavAttributes.h"
#include "wav/Passes.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::wav {
#define GEN_PASS_DEF_DISTRIBUTEROWSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

/// Lanes that share a row without a barrier.
static constexpr int64_t kWarp = 32;
/// The elements of live rows that a thread holds in registers (of 255), so that
/// what else it needs finds room.
static constexpr int64_t kMaxLiveElements = 144;
/// The registers that a thread needs besides, and those of an SM.
static constexpr int64_t kOtherRegisters = 60, kRegisters = 64 * 1024;
/// Neighbouring lanes of a row should access at least so much memory together.
static constexpr int64_t kSegmentBytes = 64;
/// Shared memory for the sums of a block; more would cost resident blocks.
static constexpr int64_t kMaxSumBytes = 32 * 1024;

//===----------------------------------------------------------------------===//
// How many lanes
//===----------------------------------------------------------------------===//

/// Whether a row takes registers: not if all its elements are equal or follow
/// from their positions.
static bool takesRegisters(Value row) {
  Operation *op = row.getDefiningOp();
  return getRowWidth(row.getType()) &&
         !isa_and_nonnull<arith::ConstantOp, vector::BroadcastOp,
                          vector::StepOp>(op);
}

/// The elements of rows (in units of 32 bits) that are live at once at most,
/// where those in `live` are needed after the block.
static int64_t getLiveElements(Block &block, llvm::SetVector<Value> live) {
  auto add = [&](Value value) {
    if (takesRegisters(value))
      live.insert(value);
  };
  auto count = [&] {
    int64_t bytes = 0;
    for (Value row : live) {
      auto type = cast<VectorType>(row.getType());
      bytes += type.getDimSize(0) * std::min<int64_t>(4, getElementBytes(type));
    }
    return bytes / 4;
  };
  int64_t most = count();
  for (Operation &op : llvm::reverse(block)) {
    for (Value result : op.getResults())
      live.remove(result);
    for (Value operand : op.getOperands())
      add(operand);
    visitUsedValuesDefinedAbove(
        op.getRegions(), [&](OpOperand *operand) { add(operand->get()); });
    most = std::max(most, count());
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        most = std::max(most, getLiveElements(inner, live));
  }
  return most;
}

namespace {
/// How a block's threads share the rows of a partition.
struct RowDistribution {
  int64_t lanes, groups;
  /// Blocks whose registers fit an SM together; 2 is as good as more.
  int64_t residentBlocks;
};
} // namespace

/// The rows of a partition.
static int64_t getNumRows(scf::ForOp rowLoop) {
  auto rows = rowLoop->getAttrOfType<IntegerAttr>(kRowLoopAttr);
  return rows ? rows.getInt() : std::numeric_limits<int32_t>::max();
}

/// The most numbers that a loop carries; each lane has them all.
static int64_t getCarriedNumbers(func::FuncOp function) {
  int64_t most = 0;
  function.walk([&](scf::ForOp loop) {
    most = std::max<int64_t>(
        most, llvm::count_if(loop.getResultTypes(),
                             [](Type type) { return !isa<VectorType>(type); }));
  });
  return most;
}

static RowDistribution chooseDistribution(func::FuncOp function,
                                          scf::ForOp rowLoop, int64_t threads) {
  // The widest row decides.
  RowLayout layout = {0, 1, 1};
  for (auto [width, chunk] : getRowChunks(function))
    if (width > layout.width)
      layout = {width, chunk, 1};
  WalkResult reductions = function.walk(
      [](vector::ReductionOp) { return WalkResult::interrupt(); });
  bool reduces = reductions.wasInterrupted();
  int64_t rows = getNumRows(rowLoop);

  int64_t live = getLiveElements(*rowLoop.getBody(), {});
  int64_t numbers = getCarriedNumbers(function);
  int64_t least = std::min<int64_t>(
      kMaxThreads, llvm::PowerOf2Ceil(std::max<int64_t>(
                       1, llvm::divideCeil(live, kMaxLiveElements - numbers))));
  // A lone row gets what it can use. Other rows with reductions should do with
  // a warp, which needs no barriers; if they cannot, they have the block.
  // Numbers alone take one.
  int64_t most = threads;
  if (layout.width == 0)
    most = 1;
  else if (rows == 1)
    most = kMaxThreads;
  else if (reduces && least <= kWarp)
    most = kWarp;
  most = std::max(least, most);
  int64_t lanes = least;
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (layout.lanes = least; layout.lanes <= most; layout.lanes *= 2) {
    bool isNarrow = layout.lanes * layout.chunk * 4 < kSegmentBytes &&
                    layout.lanes < layout.getNumChunks();
    int64_t slots = rows == 1 ? layout.getNumPieces()
                              : layout.getNumPieces() * layout.lanes;
    if (isNarrow || slots > fewest || (rows == 1 && slots == fewest))
      continue;
    fewest = slots;
    lanes = layout.lanes;
  }

  int64_t groups = std::max<int64_t>(1, threads / lanes);
  // The barriers of a reduction must be the same for all groups.
  if (reduces && lanes > kWarp)
    groups = 1;
  groups = std::min<int64_t>(groups, llvm::PowerOf2Ceil(rows));
  int64_t sumBytes = 4;
  for (Type type : rowLoop.getResultTypes())
    sumBytes = std::max(sumBytes, 4 * getRowWidth(type));
  groups = std::min<int64_t>(
      groups,
      llvm::bit_floor<uint64_t>(std::max<int64_t>(1, kMaxSumBytes / sumBytes)));
  groups = std::max<int64_t>(groups, llvm::divideCeil(kWarp, lanes));
  int64_t registers =
      lanes * groups *
      (llvm::divideCeil(live, lanes) + numbers + kOtherRegisters);
  // A lone row is one block.
  return {lanes, groups, rows > 1 && 2 * registers <= kRegisters ? 2 : 1};
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// Whether `number` is only used to form numbers that are stored.
static bool isOnlyStored(Value number) {
  return llvm::all_of(number.getUsers(), [](Operation *user) {
    if (isa<memref::StoreOp>(user))
      return true;
    return user->hasTrait<OpTrait::Elementwise>() &&
           !isa<VectorType>(user->getResult(0).getType()) &&
           isOnlyStored(user->getResult(0));
  });
}

/// The stores of numbers, and the loads of numbers that the function stores.
static SmallVector<Operation *> getStoredNumbers(func::FuncOp function) {
  SmallVector<Operation *> accesses;
  llvm::DenseSet<Value> stored;
  function.walk([&](memref::StoreOp store) {
    accesses.push_back(store);
    stored.insert(getBase(store.getMemRef()));
  });
  function.walk([&](memref::LoadOp load) {
    if (stored.contains(getBase(load.getMemRef())))
      accesses.push_back(load);
  });
  return accesses;
}

/// One lane stores the numbers of a row, so only its own later loads see them.
static LogicalResult checkNumbers(func::FuncOp function) {
  for (Operation *access : getStoredNumbers(function)) {
    auto load = dyn_cast<memref::LoadOp>(access);
    if (load && !isOnlyStored(load))
      return load.emitOpError(
          "reads numbers that the kernel stores, but the lanes of a row do not "
          "see each other's stores; use the value that is stored, or a kernel "
          "of its own");
  }
  return success();
}

/// What the loop carries are sums.
static LogicalResult checkSums(scf::ForOp rowLoop) {
  for (Type type : rowLoop.getResultTypes())
    if (!getElementTypeOrSelf(type).isF32())
      return rowLoop.emitOpError("carries ")
             << type
             << " from row to row; only sums of f32 can be added over the rows "
                "of a block";
  return success();
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// Distributes the rows of one function.
class RowDistributor {
public:
  RowDistributor(func::FuncOp function, scf::ForOp rowLoop,
                 RowDistribution distribution)
      : function(function), rowLoop(rowLoop), lanes(distribution.lanes),
        groups(distribution.groups),
        residentBlocks(distribution.residentBlocks),
        builder(function.getLoc(), function.getContext()) {}

  void run();

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, value);
  }
  Value isZero(Value index) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, index,
                                 constant(0));
  }
  void distributeLoop();
  void addSums();
  Value addSum(Value sum, Value buffer);
  /// Lets only some threads execute `op`; for others, its result is zero.
  void predicate(Operation *op, Value condition);

  func::FuncOp function;
  scf::ForOp rowLoop;
  int64_t lanes, groups, residentBlocks;
  ImplicitLocOpBuilder builder;
  /// Of the thread.
  Value lane, group;
  Value isFirstLane, isFirstGroup;
};
} // namespace

void RowDistributor::run() {
  function->setAttr(kThreadsAttr, builder.getI64IntegerAttr(lanes * groups));
  function->setAttr(kLanesAttr, builder.getI64IntegerAttr(lanes));
  // Left to itself, ptxas spills registers to fit yet another block.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(residentBlocks));
  builder.setInsertionPointToStart(&function.getBody().front());
  Value thread = gpu::ThreadIdOp::create(builder, gpu::Dimension::x);
  lane = thread;
  group = constant(0);
  if (groups > 1) {
    lane = arith::RemUIOp::create(builder, thread, constant(lanes));
    group = arith::DivUIOp::create(builder, thread, constant(lanes));
  }
  isFirstLane = isZero(lane);
  isFirstGroup = isZero(group);

  // All lanes of a row know its numbers; one stores them, and reads what it
  // adds to them.
  for (Operation *access : getStoredNumbers(function))
    predicate(access, isFirstLane);
  // What comes after the rows is done once.
  for (Operation &op : llvm::make_early_inc_range(llvm::make_range(
           std::next(rowLoop->getIterator()), rowLoop->getBlock()->end())))
    if (isa<vector::StoreOp, scf::IfOp>(op))
      predicate(&op, isFirstGroup);
  distributeLoop();
  if (groups > 1 && rowLoop.getNumResults() > 0)
    addSums();
}

void RowDistributor::predicate(Operation *op, Value condition) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  bool hasResult = op->getNumResults() > 0;
  auto branch = scf::IfOp::create(builder, op->getResultTypes(), condition,
                                  /*withElseRegion=*/hasResult);
  op->replaceAllUsesWith(branch);
  if (!hasResult)
    return op->moveBefore(branch.thenBlock()->getTerminator());
  op->moveBefore(branch.thenBlock(), branch.thenBlock()->end());
  builder.setInsertionPointToEnd(branch.thenBlock());
  scf::YieldOp::create(builder, op->getResults());
  builder.setInsertionPointToEnd(branch.elseBlock());
  Type type = op->getResult(0).getType();
  Value zero = arith::ConstantOp::create(builder, builder.getZeroAttr(type));
  scf::YieldOp::create(builder, zero);
}

void RowDistributor::distributeLoop() {
  builder.setInsertionPoint(rowLoop);
  rowLoop.setLowerBound(
      arith::AddIOp::create(builder, rowLoop.getLowerBound(), group));
  rowLoop.setStep(constant(groups));
}

/// Adds what the groups carried, in order, through shared memory. Only the
/// first group gets the result.
void RowDistributor::addSums() {
  // Rows of the buffer are aligned as those of other buffers are.
  int64_t width = 1;
  for (Type type : rowLoop.getResultTypes())
    width = std::max(width, getRowWidth(type));
  width = llvm::alignTo(width, kAccessBytes / 4);
  auto type = MemRefType::get({groups, width}, builder.getF32Type(),
                              AffineMap(), builder.getI64IntegerAttr(3));
  std::string name = (function.getSymName() + "_sums").str();
  builder.setInsertionPoint(function);
  memref::GlobalOp::create(builder, name, builder.getStringAttr("private"),
                           type, /*initial_value=*/Attribute(),
                           /*constant=*/false,
                           builder.getI64IntegerAttr(kAccessBytes));

  builder.setInsertionPointAfter(rowLoop);
  Value buffer = memref::GetGlobalOp::create(builder, type, name);
  for (OpResult sum : rowLoop.getResults()) {
    if (sum.getResultNumber() > 0)
      gpu::BarrierOp::create(builder); // The buffer is read no more.
    SmallVector<OpOperand *> uses =
        llvm::map_to_vector(sum.getUses(), [](OpOperand &use) { return &use; });
    Value total = addSum(sum, buffer);
    for (OpOperand *use : uses)
      use->set(total);
  }
}

Value RowDistributor::addSum(Value sum, Value buffer) {
  bool isRow = isa<VectorType>(sum.getType());
  Value zero = constant(0);
  if (isRow)
    vector::StoreOp::create(builder, sum, buffer, ValueRange{group, zero});
  else
    predicate(
        memref::StoreOp::create(builder, sum, buffer, ValueRange{group, zero}),
        isFirstLane);
  gpu::BarrierOp::create(builder);

  auto branch = scf::IfOp::create(builder, sum.getType(), isFirstGroup,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, sum);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value one = constant(1), end = constant(groups);
  auto loop = scf::ForOp::create(builder, one, end, one, sum);
  scf::YieldOp::create(builder, loop.getResults());
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> indices = {loop.getInductionVar(), zero};
  Value next =
      isRow ? vector::LoadOp::create(builder, cast<VectorType>(sum.getType()),
                                     buffer, indices)
                  .getResult()
            : memref::LoadOp::create(builder, buffer, indices).getResult();
  Value total =
      arith::AddFOp::create(builder, loop.getRegionIterArgs()[0], next);
  scf::YieldOp::create(builder, total);
  return branch.getResult(0);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static scf::ForOp getRowLoop(func::FuncOp function) {
  if (!function.isExternal())
    for (auto loop : function.getBody().front().getOps<scf::ForOp>())
      if (loop->hasAttr(kRowLoopAttr))
        return loop;
  return {};
}

namespace {
struct DistributeRows : wav::impl::DistributeRowsPassBase<DistributeRows> {
  using DistributeRowsPassBase::DistributeRowsPassBase;

  void runOnOperation() override {
    if (!llvm::isPowerOf2_64(threads) || threads < kWarp ||
        threads > kMaxThreads) {
      getOperation().emitError(
          "threads must be a power of two from 32 to 1024");
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      scf::ForOp rowLoop = getRowLoop(function);
      if (!rowLoop || function->hasAttr(kThreadsAttr))
        continue;
      if (failed(checkRowProgram(function)) || failed(checkSums(rowLoop)) ||
          failed(checkNumbers(function)))
        return signalPassFailure();
      RowDistribution distribution =
          chooseDistribution(function, rowLoop, threads);
      RowDistributor(function, rowLoop, distribution).run();
    }
  }
};
} // namespace
