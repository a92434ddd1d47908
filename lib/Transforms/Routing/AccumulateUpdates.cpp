//===- AccumulateUpdates.cpp - One accumulator a class of updates -*- C++ -*-=//
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

/// A sum of values, each with its coefficient.
using Combination = llvm::MapVector<Value, double>;

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

/// A plane that updates are added to. Its updates fall into classes, one after
/// the other.
struct Accumulator {
  /// By index, in order.
  SmallVector<unsigned> updates;
  /// The positions in `updates` where a class begins.
  SmallVector<unsigned> classes;
  /// The values after each update.
  SmallVector<Value> values;

  /// How many of its updates come before `time`.
  unsigned getLength(unsigned time) const {
    return llvm::lower_bound(updates, time) - updates.begin();
  }
};

/// The updates of rows that share some, those of a block, and the uses of these
/// rows.
class UpdateGroup {
public:
  void addUpdate(const Update &update) { updates.push_back(update); }
  void addUse(Use use) { uses.push_back(std::move(use)); }
  ArrayRef<Update> getUpdates() const { return updates; }

  /// Where to add each update.
  void assignAccumulators();
  /// Forms the accumulators and states all uses by them.
  void rewrite(OpBuilder &builder);

  Location getLoc() const { return updates.front().value.getLoc(); }
  unsigned getNumAccumulators() const { return accumulators.size(); }
  unsigned getNumSnapshots() const { return snapshots.size(); }

private:
  /// The difference of the coefficients of two updates in all uses that come
  /// after both.
  SmallVector<double> getDifference(unsigned update, unsigned other);
  /// Whether an update after `after` is of the class of `update`.
  bool hasMore(unsigned update, unsigned after);
  void assign(unsigned update);
  Combination getCombination(const Use &use);
  void formAccumulators(OpBuilder &builder);
  void formSnapshots(OpBuilder &builder);
  void useSnapshots(Combination &row, const Use &use);

  SmallVector<Update> updates;
  SmallVector<Use> uses;
  SmallVector<Accumulator> accumulators;
  /// A value and what it is the sum of.
  SmallVector<std::pair<Value, Combination>> snapshots;
};

struct AccumulateUpdatesPass
    : wav::impl::AccumulateUpdatesPassBase<AccumulateUpdatesPass> {
  using AccumulateUpdatesPassBase::AccumulateUpdatesPassBase;
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// Which updates share an accumulator
//===----------------------------------------------------------------------===//

SmallVector<double> UpdateGroup::getDifference(unsigned update,
                                               unsigned other) {
  SmallVector<double> difference;
  for (const Use &use : uses)
    if (use.time > std::max(update, other))
      difference.push_back(use.coefficients[update] - use.coefficients[other]);
  return difference;
}

static unsigned countNonzero(ArrayRef<double> numbers) {
  return llvm::count_if(numbers, [](double number) { return number != 0; });
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

bool UpdateGroup::hasMore(unsigned update, unsigned after) {
  return llvm::any_of(llvm::seq<unsigned>(after + 1, updates.size()),
                      [&](unsigned later) {
                        return countNonzero(getDifference(update, later)) == 0;
                      });
}

void UpdateGroup::assign(unsigned update) {
  // Without a new class.
  for (Accumulator &accumulator : accumulators)
    if (countNonzero(getDifference(accumulator.updates.back(), update)) == 0) {
      accumulator.updates.push_back(update);
      return;
    }

  // The accumulator whose class is complete and whose old value is needed by
  // the fewest rows then; none if its updates are needed by no more now.
  Accumulator *best = nullptr;
  std::pair<bool, unsigned> bestRank;
  for (Accumulator &accumulator : accumulators) {
    unsigned last = accumulator.updates.back();
    SmallVector<double> rest = getDifference(last, update), now;
    for (const Use &use : uses)
      if (use.time > update)
        now.push_back(use.coefficients[last]);
    if (countNonzero(rest) >= countNonzero(now) || hasMore(last, update))
      continue;
    // A snapshot of another old value can hold it, too.
    bool isShared = llvm::any_of(accumulators, [&](const Accumulator &other) {
      for (unsigned start : llvm::drop_begin(other.classes)) {
        SmallVector<double> column;
        unsigned before = other.updates[start - 1],
                 after = other.updates[start];
        for (const Use &use : uses)
          if (use.time > update)
            column.push_back(use.coefficients[before] -
                             use.coefficients[after]);
        if (getRatio(rest, column) != 0)
          return true;
      }
      return false;
    });
    std::pair<bool, unsigned> rank = {!isShared, countNonzero(rest)};
    if (!best || rank < bestRank) {
      best = &accumulator;
      bestRank = rank;
    }
  }
  if (!best)
    best = &accumulators.emplace_back();
  best->classes.push_back(best->updates.size());
  best->updates.push_back(update);
}

void UpdateGroup::assignAccumulators() {
  for (unsigned update : llvm::seq<unsigned>(updates.size()))
    assign(update);
}

/// Whether `value` is defined in front of `op`; null stands for the start of
/// the block.
static bool isKnownAt(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  return !definition || (op && definition->isBeforeInBlock(op));
}

//===----------------------------------------------------------------------===//
// Rows by accumulators
//===----------------------------------------------------------------------===//

/// A row is the sum over classes of a coefficient times what the class added to
/// its accumulator, the difference of two of its values.
Combination UpdateGroup::getCombination(const Use &use) {
  Combination row;
  for (const Accumulator &accumulator : accumulators) {
    unsigned length = accumulator.getLength(use.time);
    for (auto [i, start] : llvm::enumerate(accumulator.classes)) {
      if (start >= length)
        break;
      double coefficient = use.coefficients[accumulator.updates[start]];
      bool isLast = i + 1 == accumulator.classes.size() ||
                    accumulator.classes[i + 1] >= length;
      unsigned end = isLast ? length : accumulator.classes[i + 1];
      row[accumulator.values[end - 1]] += coefficient;
      if (start > 0)
        row[accumulator.values[start - 1]] -= coefficient;
    }
  }
  row.remove_if([](const auto &term) { return term.second == 0; });
  return row;
}

void UpdateGroup::formAccumulators(OpBuilder &builder) {
  for (Accumulator &accumulator : accumulators)
    for (unsigned index : accumulator.updates) {
      const Update &update = updates[index];
      Value before =
          accumulator.values.empty() ? Value() : accumulator.values.back();
      Value value = update.value;
      if (before || update.scale) {
        builder.setInsertionPointAfterValue(value);
        if (update.scale && !isKnownAt(update.scale, value.getDefiningOp()))
          builder.setInsertionPointAfterValue(update.scale);
        value = WriteOp::create(builder, value.getLoc(), value.getType(), value,
                                before, update.scale, update.per,
                                builder.getF64FloatAttr(1.0));
      }
      accumulator.values.push_back(value);
    }
}

void UpdateGroup::formSnapshots(OpBuilder &builder) {
  // Old values and their coefficients in the uses after them.
  struct OldValue {
    Value value;
    unsigned time;
  };
  SmallVector<OldValue> olds;
  for (const Accumulator &accumulator : accumulators)
    for (unsigned start : llvm::drop_begin(accumulator.classes))
      olds.push_back(
          {accumulator.values[start - 1], accumulator.updates[start]});
  while (!olds.empty()) {
    OldValue first = olds.front();
    SmallVector<OldValue> rest;
    Combination sum;
    sum[first.value] = 1;
    llvm::SmallSetVector<unsigned, 8> times;
    for (const OldValue &old : llvm::drop_begin(olds)) {
      SmallVector<double> column, otherColumn;
      unsigned time = std::max(first.time, old.time);
      llvm::SmallSetVector<unsigned, 8> seen;
      for (const Use &use : uses) {
        if (use.time <= time)
          continue;
        Combination row = getCombination(use);
        column.push_back(row.lookup(first.value));
        otherColumn.push_back(row.lookup(old.value));
        if (column.back() != 0)
          seen.insert(use.time);
      }
      double ratio = getRatio(otherColumn, column);
      if (ratio == 0) {
        rest.push_back(old);
        continue;
      }
      sum[old.value] = ratio;
      times = seen;
    }
    olds = rest;
    // Written once, read in place of several planes more than once.
    if (sum.size() < 2 || times.size() < 2)
      continue;
    // Old values were followed by others: there is a last one.
    Value last = first.value;
    for (Value value : llvm::make_first_range(sum))
      if (!isKnownAt(value, last.getDefiningOp()))
        last = value;
    builder.setInsertionPointAfterValue(last);
    SmallVector<Value> inputs(llvm::make_first_range(sum));
    SmallVector<double> coefficients(llvm::make_second_range(sum));
    Value snapshot = CombineOp::create(
        builder, last.getLoc(), inputs.front().getType(), inputs, coefficients);
    snapshots.emplace_back(snapshot, std::move(sum));
  }
}

/// States a row that needs an old value by snapshots, where it takes no more
/// planes so.
void UpdateGroup::useSnapshots(Combination &row, const Use &use) {
  auto isOld = [&](Value value) {
    return llvm::none_of(accumulators, [&](const Accumulator &accumulator) {
      unsigned length = accumulator.getLength(use.time);
      return length > 0 && accumulator.values[length - 1] == value;
    });
  };
  for (const auto &[snapshot, sum] : snapshots) {
    if (!isKnownAt(snapshot, use.getOwner()))
      continue;
    std::optional<Combination> best;
    for (const auto &[value, ratio] : sum) {
      double factor = row.lookup(value) / ratio;
      if (factor == 0 || !isOld(value))
        continue;
      Combination shorter = row;
      for (const auto &[other, otherRatio] : sum)
        shorter[other] -= factor * otherRatio;
      shorter[snapshot] = factor;
      shorter.remove_if([](const auto &term) { return term.second == 0; });
      if (shorter.size() <= (best ? best->size() - 1 : row.size()))
        best = shorter;
    }
    if (best)
      row = *best;
  }
}

void UpdateGroup::rewrite(OpBuilder &builder) {
  formAccumulators(builder);
  formSnapshots(builder);
  for (const Use &use : uses) {
    Combination row = getCombination(use);
    useSnapshots(row, use);
    SmallVector<Value> planes(llvm::make_first_range(row));
    SmallVector<double> coefficients(llvm::make_second_range(row));
    bool isPlane = planes.size() == 1 && coefficients.front() == 1.0;
    if (SourceOp source = use.source) {
      source.getPlanesMutable().assign(planes);
      if (isPlane)
        source.removeCoefficientsAttr();
      else
        source.setCoefficientsAttr(builder.getDenseF64ArrayAttr(coefficients));
      continue;
    }
    builder.setInsertionPoint(use.getOwner());
    use.operand->set(isPlane
                         ? planes.front()
                         : CombineOp::create(builder, use.getOwner()->getLoc(),
                                             use.operand->get().getType(),
                                             planes, coefficients)
                               .getResult());
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
      group.assignAccumulators();
      group.rewrite(builder);
      remark::passed(group.getLoc(), remark::RemarkOpts::name("Accumulate")
                                         .category("wav-accumulate-updates")
                                         .function(getOperation().getSymName()))
          << (Twine(group.getUpdates().size()) + " updates are added to " +
              Twine(group.getNumAccumulators()) + " planes, with " +
              Twine(group.getNumSnapshots()) + " snapshots")
                 .str();
    }
    // The rows that were accumulated before.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<WriteOp>(op) && op.use_empty())
        op.erase();
  }
}
