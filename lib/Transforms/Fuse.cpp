//===- Fuse.cpp - Group row programs into kernels ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One walk over the function, in order. A row program is not emitted when it is
// met: it waits in a unit, which later row programs of the same row space may
// join, until somebody needs a result of it. So programs meet across the ops
// that stand between them, and nothing is moved upwards: what is recomputed
// for the backward pass stays there.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"
#include "wav/Transforms/Fusion.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::wav {
#define GEN_PASS_DEF_FUSEPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;
using llvm::SmallSetVector;

namespace {

/// Ops that wait to be emitted together: row programs of one row space, with
/// what is repeated in kernels for them, or a single op that only names values
/// of another unit (a view).
struct Unit {
  int64_t rows = 0;
  bool isView = false;
  SmallVector<Operation *> ops;
  unsigned numPrograms = 0;
  /// Units that define an operand of one of `ops`.
  SmallSetVector<Unit *, 4> dependences;
  /// The unit that adds up this unit's row sums.
  Unit *sums = nullptr;
  /// The unit that has its ops now.
  Unit *mergedInto = nullptr;
  bool isEmitted = false;
};

Unit *getCurrent(Unit *unit) {
  while (unit && unit->mergedInto)
    unit = unit->mergedInto;
  return unit;
}

class Fuser {
public:
  Fuser(Block &block, int64_t rowsPerPartition, int64_t multiprocessors,
        unsigned maxOps)
      : block(block), rowsPerPartition(rowsPerPartition),
        multiprocessors(multiprocessors), maxOps(maxOps) {}

  void run();

private:
  void dropUnused();
  void splitRowSums();
  void visit(Operation *op);
  void visitRowProgram(RowOpInterface op);

  SmallSetVector<Unit *, 4> getDependences(Operation *op);
  SmallSetVector<Unit *, 4> getCandidates(RowOpInterface op);
  /// Why `op` cannot join `unit`; empty if it can.
  StringRef whyNotJoin(RowOpInterface op, Unit *unit);
  bool canMerge(Unit *a, Unit *b);
  void merge(Unit *from, Unit *into);
  void add(Operation *op, Unit *unit);
  void addRepeated(Operation *op, Unit *unit);
  Unit *createUnit(int64_t rows);

  void emit(Unit *unit);
  /// Of a kernel that treats `rows` rows.
  int64_t getRowsPerPartition(int64_t rows) const;

  Block &block;
  const int64_t rowsPerPartition, multiprocessors;
  const unsigned maxOps;

  std::vector<std::unique_ptr<Unit>> units;
  DenseMap<Operation *, Unit *> unitOf;
  DenseMap<Operation *, unsigned> position;
  /// Copies of what is repeated in kernels, each for one user.
  DenseSet<Operation *> repeated;
  /// The waiting units that read a value.
  DenseMap<Value, SmallSetVector<Unit *, 2>> readers;
  /// The op being visited: what is emitted goes in front of it.
  Operation *current = nullptr;
};

} // namespace

//===----------------------------------------------------------------------===//
// Properties of ops
//===----------------------------------------------------------------------===//

/// What a unit with `op` in it needs: row programs have what is repeated in
/// kernels inside.
static void forEachValueOf(Operation *op,
                           function_ref<void(OpOperand &, Value)> visit) {
  if (isa<RowOpInterface>(op))
    return forEachRead(op, visit);
  for (OpOperand &operand : op->getOpOperands())
    visit(operand, operand.get());
}

/// Whether `writer` writes a result in place of what `reader` reads.
static bool updatesOperandOf(Operation *writer, Operation *reader) {
  auto tied = dyn_cast<TiedOpInterface>(writer);
  if (!tied)
    return false;
  bool updates = false;
  for (OpResult result : writer->getResults())
    if (OpOperand *operand = tied.getTiedOperand(result.getResultNumber()))
      forEachRead(reader, [&](OpOperand &, Value value) {
        updates |= value == operand->get();
      });
  return updates;
}

static bool updatesOperandOf(const Unit &writer, const Unit &reader) {
  return llvm::any_of(writer.ops, [&](Operation *op) {
    return llvm::any_of(reader.ops, [&](Operation *other) {
      return updatesOperandOf(op, other);
    });
  });
}

static std::string listNames(ArrayRef<Operation *> ops) {
  auto programs = llvm::make_filter_range(ops, llvm::IsaPred<RowOpInterface>);
  return llvm::join(
      llvm::map_range(
          programs, [](Operation *op) { return op->getName().stripDialect(); }),
      " + ");
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

static remark::RemarkOpts remarkOptions(StringRef name, Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  return remark::RemarkOpts::name(name)
      .category("wav-fuse")
      .function(function ? function.getSymName() : StringRef());
}

/// Bytes of memory traffic that a unit saves: a value that stays inside is
/// neither stored nor loaded, and what several ops read is loaded once.
static int64_t getSavedBytes(const Unit &unit) {
  DenseSet<Operation *> members(unit.ops.begin(), unit.ops.end());
  auto isMember = [&](Operation *op) { return members.contains(op); };
  DenseSet<Value> read;
  int64_t saved = 0;
  for (Operation *op : unit.ops) {
    // What is repeated in kernels takes no memory; its operands are read by the
    // programs that it is for.
    if (!isa<RowOpInterface>(op))
      continue;
    forEachRead(op, [&](OpOperand &, Value value) {
      Operation *definition = value.getDefiningOp();
      bool isInside = definition && isMember(definition);
      if (isInside || !read.insert(value).second)
        saved += getTotalBytes(value.getType());
    });
    for (Value result : op->getResults())
      if (!result.use_empty() && llvm::all_of(result.getUsers(), isMember))
        saved += getTotalBytes(result.getType());
  }
  return saved;
}

static void remarkFused(const Unit &unit) {
  if (unit.numPrograms == 1)
    return;
  Operation *op = *llvm::find_if(unit.ops, llvm::IsaPred<RowOpInterface>);
  remark::passed(op->getLoc(), remarkOptions("Fused", op))
      << ("one kernel of " + listNames(unit.ops))
      << remark::metric("Rows", unit.rows)
      << remark::metric("SavedBytes", getSavedBytes(unit));
}

static void remarkMissed(Operation *op, const Unit &unit, StringRef reason) {
  remark::missed(op->getLoc(), remarkOptions("NotFused", op))
      << (op->getName().stripDialect() + " does not join " +
          listNames(unit.ops) + ": " + reason)
             .str();
}

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

/// Whether emitting `from` needs `to` to be emitted before.
static bool dependsOn(Unit *from, Unit *to) {
  SmallVector<Unit *> worklist = {from};
  SmallPtrSet<Unit *, 8> seen;
  while (!worklist.empty())
    for (Unit *next : worklist.pop_back_val()->dependences) {
      if (next == to)
        return true;
      if (!next->isEmitted && seen.insert(next).second)
        worklist.push_back(next);
    }
  return false;
}

SmallSetVector<Unit *, 4> Fuser::getDependences(Operation *op) {
  SmallSetVector<Unit *, 4> dependences;
  forEachValueOf(op, [&](OpOperand &, Value value) {
    if (Operation *definition = value.getDefiningOp())
      if (Unit *unit = unitOf.lookup(definition))
        dependences.insert(unit);
  });
  return dependences;
}

/// The waiting units that `op` shares a value with.
SmallSetVector<Unit *, 4> Fuser::getCandidates(RowOpInterface op) {
  SmallSetVector<Unit *, 4> candidates = getDependences(op);
  if (isa<SumPartialsOp>(op) && !candidates.empty())
    if (Unit *sums = getCurrent(candidates.front()->sums))
      candidates.insert(sums);
  forEachRead(op, [&](OpOperand &, Value value) {
    if (auto it = readers.find(value); it != readers.end())
      candidates.insert_range(it->second);
  });
  candidates.remove_if([&](Unit *unit) {
    return unit->isView || unit->rows != op.getNumRows();
  });
  return candidates;
}

StringRef Fuser::whyNotJoin(RowOpInterface op, Unit *unit) {
  StringRef reason;
  forEachRead(op, [&](OpOperand &use, Value value) {
    Operation *definition = value.getDefiningOp();
    if (reason.empty() && definition && unitOf.lookup(definition) == unit)
      reason = whyNotReadInside(op, use, value);
  });
  if (!reason.empty())
    return reason;
  for (Unit *dependence : getDependences(op))
    if (dependence != unit && dependsOn(dependence, unit))
      return "another operand is computed in between";
  if (llvm::any_of(unit->ops, [&](Operation *member) {
        return updatesOperandOf(member, op) || updatesOperandOf(op, member);
      }))
    return "an operand is updated in place";
  if (unit->numPrograms >= maxOps)
    return "the kernel is full (max-ops)";
  return {};
}

bool Fuser::canMerge(Unit *a, Unit *b) {
  return a->rows == b->rows && !a->isView && !b->isView &&
         a->numPrograms + b->numPrograms <= maxOps && !dependsOn(a, b) &&
         !dependsOn(b, a) && !updatesOperandOf(*a, *b) &&
         !updatesOperandOf(*b, *a);
}

void Fuser::merge(Unit *from, Unit *into) {
  for (Operation *op : from->ops)
    unitOf[op] = into;
  llvm::append_range(into->ops, from->ops);
  llvm::sort(into->ops, [&](Operation *a, Operation *b) {
    return position[a] < position[b];
  });
  into->numPrograms += from->numPrograms;
  into->dependences.insert_range(from->dependences);
  for (auto &unit : units)
    if (unit->dependences.remove(from))
      unit->dependences.insert(into);
  for (Operation *op : from->ops)
    forEachValueOf(op, [&](OpOperand &, Value value) {
      if (readers[value].remove(from))
        readers[value].insert(into);
    });
  from->ops.clear();
  from->dependences.clear();
  from->mergedInto = into;
  Unit *sums = getCurrent(from->sums), *otherSums = getCurrent(into->sums);
  if (!otherSums)
    into->sums = sums;
  else if (sums && sums != otherSums && canMerge(sums, otherSums))
    merge(sums, otherSums);
}

Unit *Fuser::createUnit(int64_t rows) {
  units.push_back(std::make_unique<Unit>());
  units.back()->rows = rows;
  return units.back().get();
}

void Fuser::add(Operation *op, Unit *unit) {
  unit->dependences.insert_range(getDependences(op));
  unit->dependences.remove(unit);
  addRepeated(op, unit);
  unit->ops.push_back(op);
  unit->numPrograms += isa<RowOpInterface>(op);
  unitOf[op] = unit;
  forEachValueOf(
      op, [&](OpOperand &, Value value) { readers[value].insert(unit); });
}

void Fuser::addRepeated(Operation *op, Unit *unit) {
  for (Value operand : op->getOperands())
    if (Operation *definition = operand.getDefiningOp();
        repeated.contains(definition)) {
      addRepeated(definition, unit);
      unit->ops.push_back(definition);
    }
}

//===----------------------------------------------------------------------===//
// Visiting
//===----------------------------------------------------------------------===//

/// Whether `combine` adds sums that nobody else needs.
static bool isSumOfSums(CombineOp combine) {
  return llvm::all_equal(combine->getOperandTypes()) &&
         combine.getResult().getType() == combine->getOperand(0).getType() &&
         llvm::all_of(combine.getCoefficients(),
                      [](double coefficient) { return coefficient == 1.0; }) &&
         llvm::all_of(combine.getInputs(), [](Value input) {
           return input.getDefiningOp<SumPartialsOp>() && input.hasOneUse();
         });
}

/// Puts a `wav.sum_partials` behind every row sum. Until the sum's op is
/// emitted its operand has the type of the sum, not yet that of the partials.
void Fuser::splitRowSums() {
  for (auto op : llvm::make_early_inc_range(block.getOps<RowOpInterface>()))
    for (OpResult result : op->getResults()) {
      if (!isRowSum(result) || result.use_empty())
        continue;
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfter(op);
      auto sum =
          SumPartialsOp::create(builder, op.getLoc(), result.getType(), result);
      result.replaceAllUsesExcept(sum, sum);
    }
  // What is added from several kernels is added where their partial sums are.
  for (auto combine : llvm::make_early_inc_range(block.getOps<CombineOp>()))
    if (isSumOfSums(combine)) {
      SmallVector<Value> partials;
      for (Value sum : combine.getInputs())
        llvm::append_range(partials, sum.getDefiningOp()->getOperands());
      OpBuilder builder(combine);
      auto sum = SumPartialsOp::create(builder, combine.getLoc(),
                                       combine.getResult().getType(), partials);
      SmallVector<Value> parts(combine.getInputs());
      combine.replaceAllUsesWith(sum.getResult());
      combine.erase();
      for (Value part : parts)
        part.getDefiningOp()->erase();
    }
}

void Fuser::visitRowProgram(RowOpInterface op) {
  // A sum that is not of this function's partials has none.
  SmallSetVector<Unit *, 4> dependences = getDependences(op);
  Unit *producer = isa<SumPartialsOp>(op) && !dependences.empty()
                       ? dependences.front()
                       : nullptr;
  Unit *home = nullptr;
  for (Unit *candidate : getCandidates(op)) {
    // Its sums may have been merged with those of another.
    Unit *unit = getCurrent(candidate);
    home = getCurrent(home);
    if (unit == home)
      continue;
    StringRef reason = whyNotJoin(op, unit);
    if (!reason.empty()) {
      remarkMissed(op, *unit, reason);
      continue;
    }
    if (!home)
      home = unit;
    else if (canMerge(unit, home))
      merge(unit, home);
    else
      remarkMissed(op, *unit, "it joined another kernel");
  }
  home = home ? getCurrent(home) : createUnit(op.getNumRows());
  add(op, home);
  if (producer)
    getCurrent(producer)->sums = home;
}

void Fuser::visit(Operation *op) {
  if (repeated.contains(op))
    return; // It comes with the program that it is for.
  if (auto rowProgram = dyn_cast<RowOpInterface>(op))
    return visitRowProgram(rowProgram);
  SmallSetVector<Unit *, 4> dependences = getDependences(op);
  if (isa<ViewOpInterface>(op) && !dependences.empty()) {
    Unit *unit = createUnit(0);
    unit->isView = true;
    return add(op, unit);
  }
  for (Unit *unit : dependences)
    emit(unit);
}

/// What nobody needs would be a kernel without results.
void Fuser::dropUnused() {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void Fuser::run() {
  dropUnused();
  splitRowSums();
  repeatInKernels(block, [&](Operation *copy) { repeated.insert(copy); });
  for (auto [index, op] : llvm::enumerate(block))
    position[&op] = index;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    current = op.getNextNode();
    visit(&op);
    // What the op needed has been emitted behind it.
    if (!unitOf.contains(&op) && !repeated.contains(&op))
      op.moveBefore(current);
  }
  current = block.getTerminator();
  for (auto &unit : units)
    if (!unit->mergedInto)
      emit(unit.get());
}

//===----------------------------------------------------------------------===//
// Emitting
//===----------------------------------------------------------------------===//

void Fuser::emit(Unit *unit) {
  if (unit->isEmitted)
    return;
  unit->isEmitted = true;
  for (Unit *dependence : unit->dependences)
    emit(dependence);
  for (Operation *op : unit->ops) {
    unitOf.erase(op);
    forEachValueOf(op, [&](OpOperand &, Value value) {
      if (auto it = readers.find(value); it != readers.end())
        it->second.remove(unit);
    });
  }
  if (unit->isView) {
    unit->ops.front()->moveBefore(current);
    return;
  }
  remarkFused(*unit);
  OpBuilder builder(current);
  auto first = cast<RowOpInterface>(
      *llvm::find_if(unit->ops, llvm::IsaPred<RowOpInterface>));
  createFusion(builder, unit->ops, getRowsPerPartition(first.getNumRows()));
}

int64_t Fuser::getRowsPerPartition(int64_t rows) const {
  if (multiprocessors == 0)
    return rowsPerPartition;
  constexpr int64_t waves = 8, warps = 8;
  int64_t least =
      llvm::divideCeil(llvm::divideCeil(rows, waves), multiprocessors);
  return std::min<int64_t>(rowsPerPartition, llvm::alignTo(least, warps));
}

namespace {
struct FusePass : wav::impl::FusePassBase<FusePass> {
  using FusePassBase::FusePassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (rowsPerPartition >= 1 && multiprocessors >= 0)
      return success();
    return emitError(UnknownLoc::get(context),
                     "rows-per-partition must be at least 1, and "
                     "multiprocessors at least 0");
  }

  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      Fuser(block, rowsPerPartition, multiprocessors, maxOps).run();
  }
};
} // namespace
