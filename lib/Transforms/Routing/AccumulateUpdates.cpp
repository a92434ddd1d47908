//===- AccumulateUpdates.cpp - One plane a class of updates -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rows of a block are linear forms over its updates. Which planes are
// stored is free, as long as every row that is read is a combination of them:
//
// * An update is added to one plane only, an accumulator. Updates that have the
//   same coefficients in all rows from then on form a class, and share one.
// * Where a new class begins, it continues the accumulator of an old one if
//   the rest is simpler so: with w the coefficients of the old class and c of
//   the new one, a row is c times the accumulator plus (w - c) times what it
//   was before. A second half that changes one row's sign only needs the old
//   value for that row.
// * Old values that rows only need in one ratio become one plane, a snapshot.
//
// For WAV v1 these are: attention A, MLP M, and H = A + M of the first half;
// sum = A + M, phase = A - M, split = 2 H - A - M.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"

namespace mlir::wav {
#define GEN_PASS_DEF_ACCUMULATEUPDATESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// What is added to rows: `update`, times `scale` if there is one.
struct Update {
  Value value, scale;
  PerAttr per;

  std::pair<Value, Value> getKey() const { return {value, scale}; }
};

/// A place where a row is used: all planes of a source, or the operand of
/// another op.
struct Use {
  SourceOp source;
  OpOperand *operand = nullptr;
  /// The coefficients of the block's updates.
  SmallVector<double> coefficients;
  /// How many of the block's updates come before it.
  unsigned time = 0;

  Operation *getOwner() const {
    return source ? SourceOp(source).getOperation() : operand->getOwner();
  }
};

/// Updates that are added to one plane after the other. They fall into
/// classes, one after the other.
struct Accumulator {
  /// By index, in order.
  SmallVector<unsigned> updates;
  /// The positions in `updates` where a class begins.
  SmallVector<unsigned> classes;

  /// How many of its updates come before `time`.
  unsigned getLength(unsigned time) const {
    return llvm::lower_bound(updates, time) - updates.begin();
  }
};

/// A stored plane: accumulator `index` after its first `length` updates, or (if
/// that is zero) snapshot `index`.
using Plane = std::pair<unsigned, unsigned>;
/// A sum of planes, each with its coefficient.
using Combination = llvm::MapVector<Plane, double>;

/// Which planes a block has.
struct Plan {
  SmallVector<Accumulator> accumulators;
  /// What each snapshot is the sum of, and after how many of the block's
  /// updates it can be formed.
  SmallVector<std::pair<Combination, unsigned>> snapshots;
};

/// How many planes are moved; of plans that move as many, the one with the
/// smaller coefficients loses fewer digits.
using Cost = std::pair<unsigned, double>;

/// The updates of rows that share some, those of a block, and the uses of these
/// rows.
class UpdateGroup {
public:
  void addUpdate(const Update &update) { updates.push_back(update); }
  void addUse(Use use) { uses.push_back(std::move(use)); }
  unsigned getNumUpdates() const { return updates.size(); }
  Location getLoc() const { return updates.front().value.getLoc(); }

  /// The plan whose uses take the fewest planes; none if the rows as they are
  /// stated take fewer.
  std::optional<Plan> getBestPlan();
  /// Forms the planes of a plan and states all uses by them.
  void rewrite(const Plan &plan, OpBuilder &builder);

private:
  /// The difference of the coefficients of two updates in all uses that come
  /// after both.
  SmallVector<double> getDifference(unsigned update, unsigned other) const;
  /// Whether two updates have the same coefficients from then on.
  bool areOfOneClass(unsigned update, unsigned other) const;
  /// Whether an update after `after` is of the class of `update`.
  bool hasMore(unsigned update, unsigned after) const;
  unsigned getNumClasses() const;
  void search(Plan plan, unsigned update, unsigned budget);
  void addSnapshots(Plan &plan) const;
  Cost getCost(const Plan &plan) const;
  unsigned getNumPlanesOfRows() const;

  /// A row by accumulators alone, and with snapshots.
  Combination getRowOfAccumulators(const Plan &plan, const Use &use) const;
  Combination getRow(const Plan &plan, const Use &use) const;

  Value getValue(const Plane &plane) const {
    return plane.second == 0 ? snapshotValues[plane.first]
                             : values[plane.first][plane.second - 1];
  }

  SmallVector<Update> updates;
  SmallVector<Use> uses;
  std::optional<Plan> best;
  Cost bestCost;
  /// Of the accumulators after each update.
  SmallVector<SmallVector<Value>> values;
  SmallVector<Value> snapshotValues;
};

struct AccumulateUpdatesPass
    : wav::impl::AccumulateUpdatesPassBase<AccumulateUpdatesPass> {
  using AccumulateUpdatesPassBase::AccumulateUpdatesPassBase;
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// Rows by planes
//===----------------------------------------------------------------------===//

/// A row is the sum over classes of a coefficient times what the class added to
/// its accumulator, the difference of two planes.
Combination UpdateGroup::getRowOfAccumulators(const Plan &plan,
                                              const Use &use) const {
  Combination row;
  for (auto [index, accumulator] : llvm::enumerate(plan.accumulators)) {
    unsigned length = accumulator.getLength(use.time);
    for (auto [i, start] : llvm::enumerate(accumulator.classes)) {
      if (start >= length)
        break;
      double coefficient = use.coefficients[accumulator.updates[start]];
      bool isLast = i + 1 == accumulator.classes.size() ||
                    accumulator.classes[i + 1] >= length;
      unsigned end = isLast ? length : accumulator.classes[i + 1];
      row[{index, end}] += coefficient;
      if (start > 0)
        row[{index, start}] -= coefficient;
    }
  }
  row.remove_if([](const auto &term) { return term.second == 0; });
  return row;
}

Combination UpdateGroup::getRow(const Plan &plan, const Use &use) const {
  Combination row = getRowOfAccumulators(plan, use);
  auto isOld = [&](const Plane &plane) {
    return plan.accumulators[plane.first].getLength(use.time) != plane.second;
  };
  for (auto [index, snapshot] : llvm::enumerate(plan.snapshots)) {
    const auto &[sum, time] = snapshot;
    if (use.time < time)
      continue;
    // Where an old plane is needed, and no more planes are then.
    std::optional<Combination> shortest;
    for (const auto &[plane, ratio] : sum) {
      double factor = row.lookup(plane) / ratio;
      if (factor == 0 || !isOld(plane))
        continue;
      Combination shorter = row;
      for (const auto &[other, otherRatio] : sum)
        shorter[other] -= factor * otherRatio;
      shorter[{index, 0}] = factor;
      shorter.remove_if([](const auto &term) { return term.second == 0; });
      if (shorter.size() <= (shortest ? shortest->size() - 1 : row.size()))
        shortest = shorter;
    }
    if (shortest)
      row = *shortest;
  }
  return row;
}

//===----------------------------------------------------------------------===//
// The planes of a block
//===----------------------------------------------------------------------===//

SmallVector<double> UpdateGroup::getDifference(unsigned update,
                                               unsigned other) const {
  SmallVector<double> difference;
  for (const Use &use : uses)
    if (use.time > std::max(update, other))
      difference.push_back(use.coefficients[update] - use.coefficients[other]);
  return difference;
}

bool UpdateGroup::areOfOneClass(unsigned update, unsigned other) const {
  return llvm::all_of(getDifference(update, other),
                      [](double number) { return number == 0; });
}

bool UpdateGroup::hasMore(unsigned update, unsigned after) const {
  return llvm::any_of(
      llvm::seq<unsigned>(after + 1, updates.size()),
      [&](unsigned later) { return areOfOneClass(update, later); });
}

/// The factor by which one vector is the other, which is not zero; zero if it
/// is no multiple.
static double getRatio(ArrayRef<double> numbers, ArrayRef<double> other) {
  double ratio = 0;
  for (auto [a, b] : llvm::zip_equal(numbers, other)) {
    if (a == 0 && b == 0)
      continue;
    if (a == 0 || b == 0 || (ratio != 0 && a != ratio * b))
      return 0;
    ratio = a / b;
  }
  return ratio;
}

void UpdateGroup::addSnapshots(Plan &plan) const {
  struct Old {
    Plane plane;
    /// How many of the block's updates come before it is old, and before it
    /// exists.
    unsigned time, start;
  };
  SmallVector<Old> olds;
  for (auto [index, accumulator] : llvm::enumerate(plan.accumulators))
    for (unsigned start : llvm::drop_begin(accumulator.classes))
      olds.push_back({{index, start},
                      accumulator.updates[start],
                      accumulator.updates[start - 1] + 1});
  while (!olds.empty()) {
    Old first = olds.front();
    SmallVector<Old> rest;
    Combination sum;
    sum[first.plane] = 1;
    unsigned start = first.start;
    llvm::SmallSet<unsigned, 8> times;
    for (const Old &old : llvm::drop_begin(olds)) {
      SmallVector<double> column, otherColumn;
      llvm::SmallSet<unsigned, 8> seen;
      for (const Use &use : uses) {
        if (use.time <= std::max(first.time, old.time))
          continue;
        Combination row = getRowOfAccumulators(plan, use);
        column.push_back(row.lookup(first.plane));
        otherColumn.push_back(row.lookup(old.plane));
        if (column.back() != 0)
          seen.insert(use.time);
      }
      double ratio = getRatio(otherColumn, column);
      if (ratio == 0) {
        rest.push_back(old);
        continue;
      }
      sum[old.plane] = ratio;
      start = std::max(start, old.start);
      times = seen;
    }
    olds = rest;
    // Written once, and read more than once in place of several planes.
    if (sum.size() > 1 && times.size() > 1)
      plan.snapshots.emplace_back(std::move(sum), start);
  }
}

/// The planes that are looked at by all uses, those of one time together, and
/// what is stored besides.
Cost UpdateGroup::getCost(const Plan &plan) const {
  llvm::SmallSet<std::pair<unsigned, Plane>, 16> seen;
  unsigned planes = plan.snapshots.size();
  double magnitude = 0;
  for (const Use &use : uses) {
    Combination row = getRow(plan, use);
    for (const auto &[plane, coefficient] : row) {
      planes += seen.insert({use.time, plane}).second;
      magnitude += std::abs(coefficient);
    }
    // A row of a bank is formed and stored, unless it is a plane.
    if (use.source && !SourceOp(use.source).isReadOpen())
      planes += row.size() != 1 || row.front().second != 1;
  }
  return {planes, magnitude};
}

/// The same for the rows as they are stated. An update that is added to one row
/// is added by its product, as in any plan; others are read, and each row is
/// read and written.
unsigned UpdateGroup::getNumPlanesOfRows() const {
  llvm::DenseSet<std::pair<unsigned, Value>> seen;
  unsigned planes = 0;
  for (const Use &use : uses) {
    SourceOp source = use.source;
    SmallVector<Value> stated = {source ? Value() : use.operand->get()};
    if (source)
      stated = source.getPlanes();
    for (Value plane : stated)
      planes += seen.insert({use.time, plane}).second;
    planes += source && !source.isReadOpen() && !source.isMaterialized();
  }
  for (const Update &update : updates) {
    SmallVector<WriteOp> writes;
    for (Operation *user : update.value.getUsers())
      if (auto write = dyn_cast<WriteOp>(user);
          write && write.getRow() && write.getUpdate() == update.value &&
          write.getScale() == update.scale)
        writes.push_back(write);
    bool isInProduct = writes.size() == 1 && !update.scale &&
                       writes.front().getCoefficient().isExactlyValue(1.0);
    planes += isInProduct ? 0 : 2 * writes.size();
  }
  return planes;
}

unsigned UpdateGroup::getNumClasses() const {
  return llvm::count_if(llvm::seq<unsigned>(updates.size()), [&](unsigned i) {
    return llvm::none_of(llvm::seq(i), [&](unsigned earlier) {
      return areOfOneClass(earlier, i);
    });
  });
}

void UpdateGroup::search(Plan plan, unsigned update, unsigned budget) {
  for (; update < updates.size(); ++update) {
    auto *same = llvm::find_if(plan.accumulators, [&](const Accumulator &it) {
      return areOfOneClass(it.updates.back(), update);
    });
    if (same != plan.accumulators.end()) {
      same->updates.push_back(update);
      continue;
    }
    // A new class: in an accumulator whose class is complete, or in a new one.
    for (unsigned i : llvm::seq<unsigned>(plan.accumulators.size())) {
      unsigned last = plan.accumulators[i].updates.back();
      if (budget == 0 || hasMore(last, update))
        continue;
      Plan continued = plan;
      Accumulator &accumulator = continued.accumulators[i];
      accumulator.classes.push_back(accumulator.updates.size());
      accumulator.updates.push_back(update);
      search(std::move(continued), update + 1, budget - 1);
    }
    plan.accumulators.push_back({{update}, {0}});
  }
  addSnapshots(plan);
  Cost cost = getCost(plan);
  if (best && cost >= bestCost)
    return;
  best = std::move(plan);
  bestCost = cost;
}

std::optional<Plan> UpdateGroup::getBestPlan() {
  // What continues what is searched for where classes are few: two halves of
  // two kinds of updates are four. The number of plans grows with its cube.
  constexpr unsigned kMaxClasses = 6, kMaxContinued = 3;
  search({}, 0, getNumClasses() <= kMaxClasses ? kMaxContinued : 0);
  return bestCost.first <= getNumPlanesOfRows() ? best : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// Whether `value` is defined in front of `op`; null stands for the start of
/// the block.
static bool isKnownAt(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  return !definition || (op && definition->isBeforeInBlock(op));
}

void UpdateGroup::rewrite(const Plan &plan, OpBuilder &builder) {
  for (const Accumulator &accumulator : plan.accumulators) {
    SmallVector<Value> &planes = values.emplace_back();
    for (unsigned index : accumulator.updates) {
      const Update &update = updates[index];
      Value before = planes.empty() ? Value() : planes.back();
      Value value = update.value;
      if (before || update.scale) {
        // Of updates that become known together, the plane comes last.
        Value last = value;
        for (Value operand : {before, update.scale})
          if (operand && !isKnownAt(operand, last.getDefiningOp()))
            last = operand;
        builder.setInsertionPointAfterValue(last);
        value = WriteOp::create(builder, value.getLoc(), value.getType(), value,
                                before, update.scale, update.per,
                                builder.getF64FloatAttr(1.0));
      }
      planes.push_back(value);
    }
  }

  auto createCombination = [&](const Combination &row, Location loc) -> Value {
    SmallVector<Value> inputs;
    for (const Plane &plane : llvm::make_first_range(row))
      inputs.push_back(getValue(plane));
    SmallVector<double> coefficients(llvm::make_second_range(row));
    return CombineOp::create(builder, loc, inputs.front().getType(), inputs,
                             coefficients);
  };
  for (const auto &[sum, time] : plan.snapshots) {
    Value last;
    for (const Plane &plane : llvm::make_first_range(sum))
      if (!last || !isKnownAt(getValue(plane), last.getDefiningOp()))
        last = getValue(plane);
    builder.setInsertionPointAfterValue(last);
    snapshotValues.push_back(createCombination(sum, last.getLoc()));
  }

  for (const Use &use : uses) {
    Combination row = getRow(plan, use);
    // Updates that cancel leave zeros of their shape.
    if (row.empty())
      row[{0, 1}] = 0;
    bool isPlane = row.size() == 1 && row.front().second == 1;
    if (SourceOp source = use.source) {
      SmallVector<Value> planes;
      for (const Plane &plane : llvm::make_first_range(row))
        planes.push_back(getValue(plane));
      SmallVector<double> coefficients(llvm::make_second_range(row));
      source.getPlanesMutable().assign(planes);
      if (isPlane)
        source.removeCoefficientsAttr();
      else
        source.setCoefficientsAttr(builder.getDenseF64ArrayAttr(coefficients));
      continue;
    }
    builder.setInsertionPoint(use.getOwner());
    use.operand->set(isPlane
                         ? getValue(row.front().first)
                         : createCombination(row, use.getOwner()->getLoc()));
  }
}

//===----------------------------------------------------------------------===//
// Finding rows
//===----------------------------------------------------------------------===//

namespace {
/// Rows of one block of operations as linear forms over updates.
class Rows {
public:
  /// Adds `coefficient` times the linear form of `row`.
  void add(Value row, double coefficient,
           llvm::MapVector<std::pair<Value, Value>, double> &form) {
    while (auto write = row.getDefiningOp<WriteOp>()) {
      if (write.getUpdate().getType() != write.getResult().getType())
        break; // What is rounded is not linear.
      Update update = {write.getUpdate(), write.getScale(), write.getPerAttr()};
      updates.try_emplace(update.getKey(), update);
      form[update.getKey()] +=
          coefficient * write.getCoefficient().convertToDouble();
      row = write.getRow();
      if (!row)
        return;
    }
    Update update = {row, Value(), PerAttr()};
    updates.try_emplace(update.getKey(), update);
    form[update.getKey()] += coefficient;
  }

  const Update &getUpdate(std::pair<Value, Value> key) const {
    return updates.find(key)->second;
  }

private:
  llvm::DenseMap<std::pair<Value, Value>, Update> updates;
};
} // namespace

/// An order of the values of a block that is that of their definitions.
static bool isBefore(Value a, Value b) {
  Operation *op = a.getDefiningOp(), *other = b.getDefiningOp();
  if (op != other)
    return op && other ? op->isBeforeInBlock(other) : !op;
  auto getNumber = [](Value value) {
    auto result = dyn_cast<OpResult>(value);
    return result ? result.getResultNumber()
                  : cast<BlockArgument>(value).getArgNumber();
  };
  return getNumber(a) < getNumber(b);
}

/// Groups of updates that some row has in common, with the uses of their rows.
static std::vector<UpdateGroup> findGroups(Block &block) {
  using Key = std::pair<Value, Value>;
  using Form = llvm::MapVector<Key, double>;
  Rows rows;
  SmallVector<std::pair<Use, Form>> found;
  for (Operation &op : block) {
    if (auto source = dyn_cast<SourceOp>(op)) {
      auto &[use, form] = found.emplace_back();
      use.source = source;
      for (auto [i, plane] : llvm::enumerate(source.getPlanes()))
        rows.add(plane, source.getCoefficient(i), form);
    } else if (isa<MatchOp>(op)) {
      for (OpOperand &operand : op.getOpOperands()) {
        auto &[use, form] = found.emplace_back();
        use.operand = &operand;
        rows.add(operand.get(), 1.0, form);
      }
    }
  }

  llvm::EquivalenceClasses<Key> shared;
  for (const auto &[use, form] : found)
    for (const Key &key : llvm::make_first_range(form))
      shared.unionSets(form.front().first, key);

  llvm::MapVector<Key, SmallVector<std::pair<Use, Form> *>> usesOf;
  for (auto &entry : found)
    if (!entry.second.empty())
      usesOf[shared.getLeaderValue(entry.second.front().first)].push_back(
          &entry);
  std::vector<UpdateGroup> groups;
  for (auto &[leader, entries] : usesOf) {
    llvm::SetVector<Key> keys;
    for (auto *entry : entries)
      keys.insert_range(llvm::make_first_range(entry->second));
    // A row of one update is that update.
    if (keys.size() < 2)
      continue;
    // By time; a row may be stated in another order.
    SmallVector<Key> ordered = keys.takeVector();
    llvm::sort(ordered, [](const Key &a, const Key &b) {
      return isBefore(a.first, b.first);
    });
    UpdateGroup &group = groups.emplace_back();
    for (const Key &key : ordered)
      group.addUpdate(rows.getUpdate(key));
    for (auto *entry : entries) {
      Use use = entry->first;
      for (const Key &key : ordered) {
        use.coefficients.push_back(entry->second.lookup(key));
        use.time += isKnownAt(key.first, use.getOwner());
      }
      group.addUse(std::move(use));
    }
  }
  return groups;
}

void AccumulateUpdatesPass::runOnOperation() {
  OpBuilder builder(&getContext());
  for (Block &block : getOperation().getBody()) {
    for (UpdateGroup &group : findGroups(block)) {
      auto options = remark::RemarkOpts::name("Accumulate")
                         .category("wav-accumulate-updates")
                         .function(getOperation().getSymName());
      std::optional<Plan> plan = group.getBestPlan();
      if (!plan) {
        remark::missed(group.getLoc(), options)
            << (Twine(group.getNumUpdates()) +
                " updates are added to each row: their classes would be more "
                "planes than the rows")
                   .str();
        continue;
      }
      group.rewrite(*plan, builder);
      remark::passed(group.getLoc(), options)
          << ("updates of a block: " + Twine(group.getNumUpdates()) +
              ", planes that they are added to: " +
              Twine(plan->accumulators.size()) +
              ", snapshots: " + Twine(plan->snapshots.size()))
                 .str();
    }
    // The rows that were accumulated before.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<WriteOp>(op) && op.use_empty())
        op.erase();
  }
}
