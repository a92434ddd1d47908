//===- RowGroups.cpp - Where a row program is cut ---------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "wav/IR/WavAttributes.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::wav;

/// A row is kept rather than recomputed from this many ops on.
static constexpr unsigned kDearCost = 8;
/// A loop over strips is the dearest of all.
static constexpr unsigned kLoopCost = 1000;
/// Rows beyond this many elements do not fit the first-level cache, and
/// computing them again is cheaper than keeping them.
static constexpr int64_t kMaxKeptWidth = 8192;

//===----------------------------------------------------------------------===//
// Facts about single ops
//===----------------------------------------------------------------------===//

static int64_t getWidth(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 0;
}

/// What is wrong with `op` in a row program, or nothing.
static StringRef getRowProgramFault(Operation *op) {
  for (Region &region : op->getRegions())
    // The else part of an if may be absent.
    if (!region.hasOneBlock() && !(isa<scf::IfOp>(op) && region.empty()))
      return "must have regions of one block";
  auto isOther = [](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && (vector.getRank() != 1 || vector.isScalable());
  };
  if (llvm::any_of(op->getOperandTypes(), isOther) ||
      llvm::any_of(op->getResultTypes(), isOther))
    return "works on vectors that are not rows: one-dimensional and of fixed "
           "size";
  auto rows = op->getAttrOfType<IntegerAttr>(kRowLoopAttr);
  if (rows && rows.getInt() < 1)
    return "has 'wav.rows', which must be positive";
  return "";
}

LogicalResult wav::checkRowProgram(func::FuncOp function) {
  if (llvm::any_of(function.getArgumentTypes(), llvm::IsaPred<VectorType>))
    return function.emitOpError("takes rows, but a row program loads them");
  WalkResult result = function.walk([&](Operation *op) {
    StringRef fault = getRowProgramFault(op);
    if (fault.empty())
      return WalkResult::advance();
    op->emitOpError("in a row program ") << fault;
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

int64_t wav::getRowWidth(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (int64_t width = getWidth(type))
      return width;
  for (Type type : op->getResultTypes())
    if (int64_t width = getWidth(type))
      return width;
  int64_t width = 0;
  op->walk([&](Operation *inner) {
    if (inner != op && !width)
      width = getRowWidth(inner);
  });
  return width;
}

Value wav::getBase(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  return buffer;
}

/// Calls `visit` for each access of `op` and the ops inside it.
static void forEachAccess(Operation *op,
                          function_ref<void(RowGroups::Access)> visit) {
  op->walk([&](Operation *inner) {
    llvm::TypeSwitch<Operation *>(inner)
        .Case<memref::LoadOp>([&](auto load) {
          visit({getBase(load.getMemRef()), false, false});
        })
        .Case<memref::StoreOp>([&](auto store) {
          visit({getBase(store.getMemRef()), true, false});
        })
        .Case<vector::LoadOp>(
            [&](auto load) { visit({getBase(load.getBase()), false, true}); })
        .Case<vector::StoreOp>(
            [&](auto store) { visit({getBase(store.getBase()), true, true}); });
  });
}

static bool writesMemory(Operation *op) {
  bool writes = false;
  forEachAccess(op, [&](auto access) { writes |= access.isWrite; });
  return writes;
}

/// Whether `op` must be computed in its own group whatever becomes of its
/// results.
static bool isRoot(Operation *op) {
  return isa<vector::ReductionOp>(op) || writesMemory(op);
}

/// The ops to compute a row again, in units of a cheap op or load.
static unsigned getOwnCost(Operation *op) {
  return llvm::TypeSwitch<Operation *, unsigned>(op)
      .Case<arith::ConstantOp, arith::ExtFOp, vector::BroadcastOp,
            vector::StepOp>([](auto) { return 0; })
      .Case<arith::DivFOp, math::SqrtOp, math::RsqrtOp>(
          [](auto) { return kDearCost; })
      .Case<math::ExpOp, math::LogOp>([](auto) { return kDearCost; })
      .Case<scf::ForOp>([](auto) { return kLoopCost; })
      .Default([](Operation *) { return 1; });
}

/// Whether `op`, or each op in the body of a loop, works on rows in a way that
/// can be cut.
static LogicalResult checkOps(Operation *op) {
  WalkResult result = op->walk([](Operation *inner) {
    bool isSupported =
        llvm::TypeSwitch<Operation *, bool>(inner)
            .Case<arith::ConstantOp>([](auto constant) {
              return isa<SplatElementsAttr>(constant.getValue());
            })
            .Case<vector::BroadcastOp>([](auto broadcast) {
              return !isa<VectorType>(broadcast.getSourceType());
            })
            .Case<vector::ReductionOp>([](auto reduction) {
              return isa<FloatType>(reduction.getDest().getType()) &&
                     (reduction.getKind() == vector::CombiningKind::ADD ||
                      reduction.getKind() == vector::CombiningKind::MAXNUMF);
            })
            .Case<vector::LoadOp, vector::StoreOp, vector::StepOp, scf::ForOp,
                  scf::YieldOp>([](auto) { return true; })
            .Default([](Operation *other) {
              return other->hasTrait<OpTrait::Elementwise>();
            });
    if (getRowWidth(inner) && !isSupported) {
      inner->emitOpError("cannot be cut into strips");
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<RowGroups::Kind> RowGroups::classify(Operation *op) {
  int64_t width = getRowWidth(op);
  if (!width)
    return Kind::Scalar;
  if (failed(checkOps(op)))
    return failure();
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop)
    return Kind::Row;

  bool carriesRows = llvm::any_of(loop.getResultTypes(), getWidth);
  bool isElementwise = !loop->hasAttr(kRowLoopAttr) &&
                       llvm::all_of(loop.getResultTypes(), getWidth);
  loop->walk([&](Operation *inner) {
    if (isa<vector::ReductionOp>(inner))
      isElementwise = false;
    int64_t innerWidth = getRowWidth(inner);
    if (innerWidth && innerWidth != width)
      isElementwise = false;
  });
  if (isElementwise)
    return Kind::RowLoop;
  if (carriesRows)
    return op->emitOpError("carries rows and reduces rows, so it cannot be cut "
                           "into strips; state the reductions in a loop of "
                           "their own");
  return Kind::Nest;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// The first op of the block behind `op` that needs it to be where it is, or
/// null if `op` must stay or nothing does.
static Operation *getFirstUser(Operation &op) {
  Block &block = *op.getBlock();
  if (auto store = dyn_cast<memref::StoreOp>(op)) {
    Operation *next = op.getNextNode();
    for (; next != block.getTerminator(); next = next->getNextNode()) {
      bool overlaps = false;
      forEachAccess(next, [&](RowGroups::Access access) {
        overlaps |= access.base == getBase(store.getMemRef());
      });
      if (overlaps)
        break;
    }
    return next;
  }
  if (op.getNumRegions() > 0 || !isPure(&op) || getRowWidth(&op))
    return nullptr;
  Operation *first = nullptr;
  for (Operation *user : op.getUsers()) {
    user = block.findAncestorOpInBlock(*user);
    if (!first || user->isBeforeInBlock(first))
      first = user;
  }
  return first;
}

void wav::sinkScalars(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        sinkScalars(inner);
    if (Operation *user = getFirstUser(op))
      op.moveBefore(user);
  }
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

LogicalResult RowGroups::run(func::FuncOp function) {
  openGroup(/*nest=*/nullptr);
  if (failed(visitBlock(function.getBody().front(), /*nest=*/nullptr)))
    return failure();
  decideKept();
  roots.resize(nests.size());
  for (Operation *op : program) {
    Kind kind = getKind(op);
    if (kind != Kind::Row && kind != Kind::RowLoop)
      continue;
    if (isRoot(op) ||
        llvm::any_of(op->getResults(), [&](Value v) { return isKept(v); }))
      roots[getGroup(op)].push_back(op);
  }
  return success();
}

void RowGroups::openGroup(Operation *nest) {
  nests.push_back(nest);
  pendingReductions.clear();
  pendingAccesses.clear();
  pendingWidth = 0;
}

LogicalResult RowGroups::visitBlock(Block &block, Operation *nest) {
  for (Operation &op : block) {
    FailureOr<Kind> kind = op.hasTrait<OpTrait::IsTerminator>()
                               ? FailureOr<Kind>(Kind::Scalar)
                               : classify(&op);
    if (failed(kind))
      return failure();
    bool isNest = *kind == Kind::Nest;
    kinds[&op] = *kind;
    if (isNest || op.hasTrait<OpTrait::IsTerminator>() || mustOpenGroup(&op))
      openGroup(nest);
    groups[&op] = nests.size() - 1;
    order[&op] = program.size();
    program.push_back(&op);
    op.walk([&](Operation *inner) {
      if (isa<vector::StoreOp, memref::StoreOp>(inner))
        stores.push_back(inner);
    });
    if (!isNest) {
      addPending(&op);
      continue;
    }
    openGroup(&op);
    if (failed(visitBlock(op.getRegion(0).front(), &op)))
      return failure();
    openGroup(nest);
  }
  return success();
}

bool RowGroups::mustOpenGroup(Operation *op) {
  // It needs the result of a reduction.
  bool needsResult = false;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      needsResult |= pendingReductions.contains(operand);
  });
  if (needsResult)
    return true;
  // It might touch what the group stores, or store what the group touches. Two
  // accesses by rows keep their order strip by strip.
  bool conflicts = false;
  forEachAccess(op, [&](Access access) {
    conflicts |= llvm::any_of(pendingAccesses, [&](Access pending) {
      return pending.base == access.base &&
             (pending.isWrite || access.isWrite) &&
             !(pending.isRow && access.isRow);
    });
  });
  if (conflicts)
    return true;
  // Its sum would find no register.
  if (isa<vector::ReductionOp>(op) &&
      int64_t(pendingReductions.size()) >= maxReductions)
    return true;
  return getKind(op) != Kind::Scalar && pendingWidth &&
         pendingWidth != getRowWidth(op);
}

void RowGroups::addPending(Operation *op) {
  if (getKind(op) == Kind::Scalar)
    return;
  pendingWidth = getRowWidth(op);
  if (isa<vector::ReductionOp>(op))
    pendingReductions.insert(op->getResult(0));
  forEachAccess(op, [&](Access access) { pendingAccesses.push_back(access); });
}

//===----------------------------------------------------------------------===//
// Kept rows
//===----------------------------------------------------------------------===//

Operation *RowGroups::getPlanned(Operation *op) const {
  while (!groups.contains(op))
    op = op->getParentOp();
  return op;
}

void RowGroups::decideKept() {
  // Whether a row is kept depends on where its users are computed, so users
  // come first.
  for (Operation *op : llvm::reverse(program)) {
    Kind kind = getKind(op);
    if (kind != Kind::Row && kind != Kind::RowLoop)
      continue;
    for (Value row : op->getResults())
      if (getWidth(row.getType()) && mustKeep(row))
        kept.insert(row);
    Groups &groups = computingGroups[op];
    if (isRoot(op))
      groups.insert(getGroup(op));
    for (Value row : op->getResults()) {
      if (isKept(row))
        groups.insert(getGroup(op));
      else
        groups.insert_range(getNeedingGroups(row));
    }
  }
}

RowGroups::Groups RowGroups::getNeedingGroups(Value row) {
  Groups result;
  if (getWidth(row.getType()))
    for (Operation *user : row.getUsers())
      result.insert_range(computingGroups[getPlanned(user)]);
  return result;
}

bool RowGroups::mustKeep(Value row) {
  Operation *op = row.getDefiningOp();
  unsigned ownGroup = getGroup(op);
  Groups needing = getNeedingGroups(row);
  Operation *ownNest = nests[ownGroup];
  for (unsigned group : needing) {
    if (group == ownGroup)
      continue;
    // A loop that stores must run exactly once.
    if (writesMemory(op))
      return true;
    if (isOverwritten(op, group))
      return true;
    // A nest would compute it once a trip.
    if (keepDear && nests[group] != ownNest && getCost(row) > 1)
      return true;
  }
  if (!keepDear)
    return false;
  unsigned cost = getCost(row);
  if (cost < kLoopCost && getWidth(row.getType()) > kMaxKeptWidth)
    return false;
  return needing.size() > 1 && cost >= kDearCost;
}

/// Whether the memory that `load` reads has changed when `group` runs.
bool RowGroups::isOverwritten(Operation *op, unsigned group) {
  auto load = dyn_cast<vector::LoadOp>(op);
  if (!load)
    return false;
  // The outermost nest around the group that does not contain the load: its
  // later trips see what its earlier ones stored.
  Operation *repeated = nullptr;
  for (Operation *nest = nests[group]; nest && !nest->isAncestor(op);
       nest = nest->getParentOp())
    if (kinds.contains(nest))
      repeated = nest;
  return llvm::any_of(stores, [&](Operation *store) {
    bool overlaps = false;
    forEachAccess(store, [&](Access access) {
      overlaps |= access.base == getBase(load.getBase());
    });
    if (!overlaps)
      return false;
    if (repeated && repeated->isAncestor(store))
      return true;
    Operation *planned = getPlanned(store);
    if (!isBefore(op, planned))
      return false;
    // Ops without rows run before the loop of the group that they are in.
    return getKind(planned) == Kind::Scalar ? getGroup(planned) <= group
                                            : getGroup(planned) < group;
  });
}

unsigned RowGroups::getCost(Value row) {
  Operation *op = row.getDefiningOp();
  if (!op || !getWidth(row.getType()))
    return 0;
  if (auto it = costs.find(row); it != costs.end())
    return it->second;
  unsigned cost = getOwnCost(op);
  for (Value operand : op->getOperands())
    cost += getCost(operand);
  return costs[row] = std::min(cost, kLoopCost);
}
