//===- Recompute.cpp - Compute again in the backward pass -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is computed again in front of its late uses need not be kept for them.
// First it is planned what to repeat and where, on numbers alone: of each op
// where its results are used, and the memory that is live at each op. Then the
// function is changed at once.
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"
#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

#include <map>
#include <queue>

using namespace mlir;
using namespace mlir::wav;

namespace mlir::wav {
#define GEN_PASS_DEF_RECOMPUTEPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

/// Floating-point operations that take as long as a byte of memory traffic: two
/// cores do some 220 GFLOP/s and move some 60 GB/s. A GPU does more for a byte,
/// but orders what there is to recompute alike.
static constexpr double kFlopsPerByte = 4.0;

/// Ops that are repeated for one value, itself included: a longer chain frees
/// less than it takes.
static constexpr size_t kMaxChain = 16;

static constexpr unsigned kNone = ~0u;

namespace {

/// Where and for whom an op is repeated. Positions are those of the ops of the
/// function before it is changed; what is repeated at a position stands in
/// front of the op there.
struct Repetition {
  /// Uses behind this op are of the repetition.
  unsigned boundary = kNone;
  /// kNone: nowhere.
  unsigned at = kNone;
  /// Of each result, until when repetitions of others use it.
  SmallVector<unsigned, 2> until;
};

/// An op and those that repeat it already.
struct Computation {
  Operation *op = nullptr;
  unsigned position = 0;
  /// Of each result: its scratch memory, and who uses it, in order.
  SmallVector<int64_t, 2> bytes;
  SmallVector<SmallVector<unsigned, 4>, 2> uses;
  /// Results of others that it looks at.
  SmallVector<std::pair<unsigned, unsigned>> operands;
  /// In floating-point operations.
  double cost = 0.0;
  bool canBeRepeated = false;
  /// Whether others name a result, which keep it for all that look at them.
  bool isKept = false;
  Repetition repetition;

  /// The last op up to `boundary` that uses a result; the op itself if none.
  unsigned getLastUse(unsigned result, unsigned boundary) const;
  /// The first op behind `boundary` that uses a result, or kNone.
  unsigned getFirstUseBehind(unsigned boundary) const;
};

/// Memory that is live from one op to another.
struct Interval {
  unsigned first, last;
  int64_t bytes;
};

/// What is repeated for one value, on trial.
struct Trial {
  llvm::SmallMapVector<unsigned, Repetition, 4> changes;
  double cost = 0.0;
};

/// Decides what is repeated.
class Plan {
public:
  Plan(func::FuncOp function, const LiveMemory &memory, int64_t budget);

  /// Makes all fit, or returns what the function needs at one op at least.
  std::optional<int64_t> run();

  /// Changes the function; calls `onRepeat` with what is repeated that was not.
  void apply(function_ref<void(Operation *)> onRepeat);

  bool hasChanges() const { return !changed.empty(); }

private:
  void addComputation(Operation *op, const LiveMemory &memory);
  void addUses(Computation &computation, Operation *op,
               const LiveMemory &memory);
  void addUses(Computation &computation, Value value, unsigned result,
               const LiveMemory &memory);
  void addOperands(Computation &computation, Value value);

  std::optional<Trial> tryRepeat(unsigned id, unsigned peak) const;
  bool repeat(Trial &trial, unsigned id, unsigned at, unsigned boundary) const;
  bool makeAvailable(Trial &trial, unsigned id, unsigned result,
                     unsigned at) const;
  const Repetition &get(const Trial &trial, unsigned id) const;

  SmallVector<Interval> getChange(const Trial &trial) const;
  int64_t getFreedBytes(const Trial &trial, unsigned position) const;
  bool reducesExcess(ArrayRef<Interval> change) const;
  std::optional<int64_t> freeAt(unsigned peak);
  void accept(const Trial &trial);

  Value resolve(Value value, unsigned position, OpBuilder &builder);
  Operation *getRepetition(unsigned id, unsigned position, OpBuilder &builder);

  func::FuncOp function;
  int64_t budget;
  SmallVector<int64_t> live;
  std::vector<Computation> computations;
  /// Of each op that computes something, and of those that repeat it.
  llvm::DenseMap<Operation *, unsigned> ids;
  /// Those whose repetition is not as it was found.
  llvm::SmallSetVector<unsigned, 16> changed;
  llvm::DenseMap<unsigned, Operation *> repetitions;
};

} // namespace

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

unsigned Computation::getLastUse(unsigned result, unsigned boundary) const {
  auto behind = llvm::upper_bound(uses[result], boundary);
  return behind == uses[result].begin() ? position : *std::prev(behind);
}

unsigned Computation::getFirstUseBehind(unsigned boundary) const {
  unsigned first = kNone;
  for (ArrayRef<unsigned> users : uses)
    if (auto behind = llvm::upper_bound(users, boundary); behind != users.end())
      first = std::min(first, *behind);
  return first;
}

/// Sums over rows are not rows of anything later, and what is updated in place
/// is no longer there.
static bool canBeRepeated(Operation *op) {
  auto tied = dyn_cast<TiedOpInterface>(op);
  return isPure(op) && isa<CostOpInterface>(op) && op->getNumOperands() != 0 &&
         llvm::none_of(op->getResults(), [&](OpResult result) {
           return isRowSum(result) ||
                  (tied && tied.getTiedOperand(result.getResultNumber()) &&
                   !tied.isTieOptional(result.getResultNumber()));
         });
}

static double getCost(Operation *op) {
  auto cost = dyn_cast<CostOpInterface>(op);
  int64_t bytes = 0;
  forEachRead(op, [&](OpOperand &, Value value) {
    bytes += getTotalBytes(value.getType());
  });
  for (Type type : op->getResultTypes())
    bytes += getTotalBytes(type);
  return (cost ? cost.getFlops() : 0) + kFlopsPerByte * bytes;
}

/// Whether `view` names its operands for others: a bank keeps what it lists for
/// all of its readers.
static bool isKeptBy(Operation *view) {
  return !isRepeatedInKernels(view) ||
         llvm::any_of(view->getUsers(), llvm::IsaPred<ViewOpInterface>);
}

void Plan::addUses(Computation &computation, Value value, unsigned result,
                   const LiveMemory &memory) {
  for (Operation *user : value.getUsers()) {
    if (isa<ViewOpInterface>(user)) {
      computation.isKept |= isKeptBy(user);
      for (Value view : user->getResults())
        addUses(computation, view, result, memory);
    } else {
      computation.uses[result].push_back(memory.getPosition(user));
    }
  }
}

void Plan::addUses(Computation &computation, Operation *op,
                   const LiveMemory &memory) {
  for (OpResult value : op->getResults()) {
    SmallVector<unsigned, 4> &uses = computation.uses[value.getResultNumber()];
    addUses(computation, value, value.getResultNumber(), memory);
    llvm::sort(uses);
    uses.erase(llvm::unique(uses), uses.end());
  }
}

void Plan::addOperands(Computation &computation, Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return;
  if (isa<ViewOpInterface>(result.getOwner())) {
    for (Value viewed : result.getOwner()->getOperands())
      addOperands(computation, viewed);
    return;
  }
  auto it = ids.find(result.getOwner());
  if (it != ids.end() &&
      computations[it->second].bytes[result.getResultNumber()] != 0)
    computation.operands.push_back({it->second, result.getResultNumber()});
}

void Plan::addComputation(Operation *op, const LiveMemory &memory) {
  Computation computation;
  computation.op = op;
  computation.position = memory.getPosition(op);
  computation.cost = getCost(op);
  computation.canBeRepeated = canBeRepeated(op);
  computation.uses.resize(op->getNumResults());
  computation.repetition.until.resize(op->getNumResults());
  for (Value value : op->getResults())
    computation.bytes.push_back(memory.getScratchBytes(value));
  for (Value operand : op->getOperands())
    addOperands(computation, operand);
  addUses(computation, op, memory);
  ids[op] = computations.size();
  computations.push_back(std::move(computation));
}

/// Ops that compute the same from the same, in the order of the function.
Plan::Plan(func::FuncOp function, const LiveMemory &memory, int64_t budget)
    : function(function), budget(budget) {
  /// Of each result, the same result of the first op that computes it.
  llvm::DenseMap<Value, Value> firsts;
  auto getFirst = [&](Value value) {
    Value first = firsts.lookup(value);
    return first ? first : value;
  };
  llvm::DenseMap<size_t, SmallVector<Operation *, 1>> seen;
  for (Operation &op : function.front()) {
    live.push_back(memory.getLiveBytes(&op));
    if (op.getNumResults() == 0 || isConstant(&op))
      continue;
    Operation *same = nullptr;
    if (isPure(&op) && op.getNumRegions() == 0) {
      size_t hash = OperationEquivalence::computeHash(
          &op, [&](Value value) { return hash_value(getFirst(value)); },
          OperationEquivalence::ignoreHashValue,
          OperationEquivalence::IgnoreLocations);
      for (Operation *other : seen[hash])
        if (OperationEquivalence::isEquivalentTo(
                &op, other,
                [&](Value a, Value b) {
                  return success(getFirst(a) == getFirst(b));
                },
                /*markEquivalent=*/nullptr,
                OperationEquivalence::IgnoreLocations))
          same = other;
      if (!same)
        seen[hash].push_back(&op);
    }
    if (same)
      for (auto [value, first] :
           llvm::zip_equal(op.getResults(), same->getResults()))
        firsts[value] = first;
    if (isa<ViewOpInterface>(op))
      continue;
    auto it = same ? ids.find(same) : ids.end();
    if (it == ids.end()) {
      addComputation(&op, memory);
      continue;
    }
    // Found repeated: all uses from there on are of that.
    Computation &computation = computations[it->second];
    unsigned position = memory.getPosition(&op);
    if (computation.repetition.at == kNone) {
      computation.repetition.at = position;
      computation.repetition.boundary = position - 1;
    }
    ids[&op] = it->second;
    addUses(computation, &op, memory);
  }
}

//===----------------------------------------------------------------------===//
// Trials
//===----------------------------------------------------------------------===//

const Repetition &Plan::get(const Trial &trial, unsigned id) const {
  auto it = trial.changes.find(id);
  return it == trial.changes.end() ? computations[id].repetition : it->second;
}

/// Has the value when the op at `at` runs.
bool Plan::makeAvailable(Trial &trial, unsigned id, unsigned result,
                         unsigned at) const {
  const Computation &computation = computations[id];
  Repetition repetition = get(trial, id);
  if (at <= repetition.boundary &&
      at <= computation.getLastUse(result, repetition.boundary))
    return true;
  // What is repeated earlier already serves this use too.
  if (repetition.at <= at) {
    repetition.until[result] = std::max(repetition.until[result], at);
    trial.changes[id] = repetition;
    return true;
  }
  if (!repeat(trial, id, at, std::min(repetition.boundary, at - 1)))
    return false;
  unsigned &until = trial.changes[id].until[result];
  until = std::max(until, at);
  return true;
}

bool Plan::repeat(Trial &trial, unsigned id, unsigned at,
                  unsigned boundary) const {
  const Computation &computation = computations[id];
  if (!computation.canBeRepeated || trial.changes.size() == kMaxChain)
    return false;
  Repetition repetition = get(trial, id);
  if (repetition.at == kNone) {
    trial.cost += computation.cost;
  } else {
    // The one that there is moves up: its results are stored in between.
    for (int64_t bytes : computation.bytes)
      trial.cost += 2 * kFlopsPerByte * bytes;
  }
  repetition.at = at;
  repetition.boundary = boundary;
  trial.changes[id] = repetition;
  return llvm::all_of(computation.operands, [&](auto operand) {
    return makeAvailable(trial, operand.first, operand.second, at);
  });
}

/// Repeats a computation that is live at `peak` for its uses behind.
std::optional<Trial> Plan::tryRepeat(unsigned id, unsigned peak) const {
  const Computation &computation = computations[id];
  if (!computation.canBeRepeated || computation.isKept ||
      computation.position >= peak || computation.repetition.boundary <= peak)
    return std::nullopt;
  unsigned at = computation.getFirstUseBehind(peak);
  Trial trial;
  if (at == kNone || !repeat(trial, id, at, peak))
    return std::nullopt;
  return trial;
}

static void addLive(const Computation &computation,
                    const Repetition &repetition, int sign,
                    SmallVectorImpl<Interval> &intervals) {
  for (auto [result, bytes] : llvm::enumerate(computation.bytes)) {
    if (bytes == 0)
      continue;
    intervals.push_back({computation.position,
                         computation.getLastUse(result, repetition.boundary),
                         sign * bytes});
    if (repetition.at == kNone)
      continue;
    unsigned last = computation.getLastUse(result, kNone);
    last = std::max({last, repetition.until[result], repetition.at});
    intervals.push_back({repetition.at, last, sign * bytes});
  }
}

SmallVector<Interval> Plan::getChange(const Trial &trial) const {
  SmallVector<Interval> change;
  for (const auto &[id, repetition] : trial.changes) {
    addLive(computations[id], computations[id].repetition, -1, change);
    addLive(computations[id], repetition, 1, change);
  }
  return change;
}

int64_t Plan::getFreedBytes(const Trial &trial, unsigned position) const {
  int64_t bytes = 0;
  for (const Interval &interval : getChange(trial))
    if (interval.first <= position && position <= interval.last)
      bytes -= interval.bytes;
  return bytes;
}

/// Whether less is beyond the budget, summed over all ops.
bool Plan::reducesExcess(ArrayRef<Interval> change) const {
  std::map<unsigned, int64_t> steps;
  for (const Interval &interval : change) {
    steps[interval.first] += interval.bytes;
    steps[interval.last + 1] -= interval.bytes;
  }
  double excess = 0;
  int64_t bytes = 0;
  for (auto it = steps.begin(); it != steps.end(); ++it) {
    bytes += it->second;
    if (bytes == 0)
      continue;
    for (unsigned i = it->first, end = std::next(it)->first; i < end; ++i)
      excess += std::max<int64_t>(0, live[i] + bytes - budget) -
                std::max<int64_t>(0, live[i] - budget);
  }
  return excess < 0;
}

//===----------------------------------------------------------------------===//
// Decisions
//===----------------------------------------------------------------------===//

void Plan::accept(const Trial &trial) {
  for (const Interval &interval : getChange(trial))
    for (unsigned i = interval.first; i <= interval.last; ++i)
      live[i] += interval.bytes;
  for (const auto &[id, repetition] : trial.changes) {
    computations[id].repetition = repetition;
    changed.insert(id);
  }
}

namespace {
/// Of equal ones the first is better: what it frees is free for longest.
struct Candidate {
  double merit;
  unsigned id;
  /// How many were accepted before it was judged.
  unsigned time;
  bool operator<(const Candidate &other) const {
    return std::tuple(merit, other.id) < std::tuple(other.merit, id);
  }
};
} // namespace

/// Frees memory at `peak`, the most for the least time first, until the budget
/// holds there; returns what is needed there if it cannot hold.
std::optional<int64_t> Plan::freeAt(unsigned peak) {
  unsigned time = 0;
  auto judge = [&](unsigned id) -> double {
    std::optional<Trial> trial = tryRepeat(id, peak);
    return trial ? getFreedBytes(*trial, peak) / (1.0 + trial->cost) : 0.0;
  };
  std::priority_queue<Candidate> queue;
  for (unsigned id = 0; id < computations.size(); ++id)
    if (double merit = judge(id); merit > 0)
      queue.push({merit, id, time});
  while (live[peak] > budget) {
    if (queue.empty())
      return live[peak];
    Candidate best = queue.top();
    queue.pop();
    // What others were repeated for may have changed what it takes.
    if (best.time != time) {
      best.merit = judge(best.id);
      best.time = time;
      if (best.merit > 0)
        queue.push(best);
      continue;
    }
    std::optional<Trial> trial = tryRepeat(best.id, peak);
    if (!reducesExcess(getChange(*trial)))
      continue;
    accept(*trial);
    ++time;
  }
  return std::nullopt;
}

std::optional<int64_t> Plan::run() {
  while (true) {
    auto *peak = llvm::max_element(live);
    if (*peak <= budget)
      return std::nullopt;
    if (std::optional<int64_t> needed = freeAt(peak - live.begin()))
      return needed;
  }
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

/// What has `value` for the op at `position`, in front of which the builder
/// stands.
Value Plan::resolve(Value value, unsigned position, OpBuilder &builder) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return value;
  Operation *op = result.getOwner();
  if (isa<ViewOpInterface>(op)) {
    SmallVector<Value> operands =
        llvm::map_to_vector(op->getOperands(), [&](Value viewed) {
          return resolve(viewed, position, builder);
        });
    if (llvm::equal(operands, op->getOperands()))
      return value;
    Operation *again = builder.clone(*op);
    again->setOperands(operands);
    return again->getResult(result.getResultNumber());
  }
  auto it = ids.find(op);
  if (it == ids.end() ||
      computations[it->second].repetition.boundary >= position)
    return value;
  return getRepetition(it->second, position, builder)
      ->getResult(result.getResultNumber());
}

Operation *Plan::getRepetition(unsigned id, unsigned position,
                               OpBuilder &builder) {
  if (Operation *again = repetitions.lookup(id))
    return again;
  Operation *op = computations[id].op;
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) {
        return resolve(operand, position, builder);
      });
  Operation *again = builder.clone(*op);
  again->setOperands(operands);
  return repetitions[id] = again;
}

void Plan::apply(function_ref<void(Operation *)> onRepeat) {
  Block &block = function.front();
  SmallVector<Operation *> ops =
      llvm::map_to_vector(block, [](Operation &op) { return &op; });
  llvm::DenseSet<unsigned> found;
  for (auto &[op, id] : ids)
    if (op != computations[id].op)
      found.insert(id);
  for (auto [position, op] : llvm::enumerate(ops)) {
    if (isa<ViewOpInterface>(op))
      continue;
    OpBuilder builder(op);
    auto it = ids.find(op);
    if (it != ids.end() && computations[it->second].op != op &&
        repetitions.contains(it->second))
      continue; // Nobody will use it.
    for (OpOperand &operand : op->getOpOperands())
      operand.set(resolve(operand.get(), position, builder));
    if (it != ids.end() && computations[it->second].op != op)
      repetitions[it->second] = op;
  }
  for (unsigned id : changed)
    if (!found.contains(id))
      onRepeat(computations[id].op);
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The bytes that live when the forward pass ends: those kept for the backward
/// pass, and the logits.
static int64_t getSavedBytes(func::FuncOp function, const LiveMemory &memory) {
  Operation *terminator = function.front().getTerminator();
  Operation *loss = terminator->getNumOperands() == 0
                        ? nullptr
                        : terminator->getOperand(0).getDefiningOp();
  return loss ? memory.getLiveBytes(loss) : 0;
}

/// The bytes of the parameters, and of their gradients and moments as far as
/// the module has them.
static int64_t getArenaBytes(ModuleOp module) {
  llvm::SmallSetVector<Arena, 4> arenas;
  arenas.insert(Arena::Parameters);
  module.walk([&](PlacedOpInterface op) {
    for (unsigned i = 0; i < op->getNumResults(); ++i)
      if (std::optional<Place> place = op.getResultPlace(i))
        if (place->symbol.empty())
          arenas.insert(place->arena);
  });
  return getSizeInBytes(ParameterLayout(module).getArenaType()) *
         int64_t(arenas.size());
}

static remark::RemarkOpts remarkOptions(StringRef name, func::FuncOp function) {
  return remark::RemarkOpts::name(name)
      .category("wav-recompute")
      .function(function.getSymName());
}

/// Says which ops computed what is live when most is.
static void remarkPeak(func::FuncOp function, const LiveMemory &memory) {
  llvm::MapVector<StringRef, int64_t> bytes;
  memory.forEachLive(memory.getPeak(), [&](Value value, int64_t size) {
    bytes[value.getDefiningOp()->getName().stripDialect()] += size;
  });
  auto kinds = bytes.takeVector();
  llvm::sort(kinds, [](auto &a, auto &b) { return a.second > b.second; });
  for (auto [kind, size] : kinds)
    remark::analysis(memory.getPeak()->getLoc(),
                     remarkOptions("LiveAtPeak", function))
        << ("results of " + kind).str() << remark::metric("Bytes", size);
}

/// Recomputes until no op needs more than `budget`; returns what the function
/// needs at least if that fails.
static std::optional<int64_t>
fitInto(int64_t budget, func::FuncOp function,
        function_ref<void(Operation *)> onRepeat) {
  // So that what a source names is used where the source is read.
  repeatInKernels(function.front());
  while (true) {
    LiveMemory memory(function);
    int64_t bytes = memory.getLiveBytes(memory.getPeak());
    if (bytes <= budget)
      return std::nullopt;
    // A plan works with an estimate of the estimate, so that another may
    // follow.
    Plan plan(function, memory, budget);
    if (std::optional<int64_t> needed = plan.run())
      return needed;
    if (!plan.hasChanges())
      return bytes;
    plan.apply(onRepeat);
  }
}

/// In the same module, where ops find what they name.
static func::FuncOp cloneBehind(func::FuncOp function) {
  OpBuilder builder(function.getContext());
  builder.setInsertionPointAfter(function);
  return cast<func::FuncOp>(builder.clone(*function));
}

/// A budget that can be met, as small as those that were tried. Its plan is
/// not the beginning of a plan for less, so that it is tried too.
static int64_t getSmallestBudget(func::FuncOp function, int64_t needed) {
  while (true) {
    func::FuncOp trial = cloneBehind(function);
    std::optional<int64_t> more = fitInto(needed, trial, [](Operation *) {});
    trial.erase();
    if (!more)
      return needed;
    needed = std::max(*more, needed + needed / 256 + 1);
  }
}

namespace {
struct RecomputePass : public wav::impl::RecomputePassBase<RecomputePass> {
  using RecomputePassBase::RecomputePassBase;

  void runOnOperation() override {
    int64_t arenaBytes = getArenaBytes(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getBody().hasOneBlock() && failed(run(function, arenaBytes)))
        return signalPassFailure();
  }

private:
  LogicalResult run(func::FuncOp function, int64_t arenaBytes);
};
} // namespace

static int64_t remarkMemory(func::FuncOp function, int64_t arenaBytes) {
  LiveMemory memory(function);
  int64_t bytes = memory.getLiveBytes(memory.getPeak());
  remark::analysis(function.getLoc(), remarkOptions("Memory", function))
      << "estimated memory" << remark::metric("ArenaBytes", arenaBytes)
      << remark::metric("PeakScratchBytes", bytes)
      << remark::metric("SavedForBackwardBytes",
                        getSavedBytes(function, memory));
  remarkPeak(function, memory);
  return bytes;
}

LogicalResult RecomputePass::run(func::FuncOp function, int64_t arenaBytes) {
  int64_t budget = memoryBudget - arenaBytes;
  if (remarkMemory(function, arenaBytes) <= budget || memoryBudget == 0)
    return success();
  func::FuncOp original = cloneBehind(function);
  std::optional<int64_t> needed = fitInto(budget, function, [&](Operation *op) {
    remark::passed(op->getLoc(), remarkOptions("Recompute", function))
        << ("recomputed " + op->getName().stripDialect()).str();
  });
  if (needed)
    needed = getSmallestBudget(original, *needed);
  original.erase();
  if (needed)
    return function.emitError()
           << "does not fit the memory budget of " << memoryBudget.getValue()
           << " bytes; a plan for " << arenaBytes + *needed
           << " was found: raise the budget to that, or make the batch or the "
              "context smaller";
  remarkMemory(function, arenaBytes);
  return success();
}
