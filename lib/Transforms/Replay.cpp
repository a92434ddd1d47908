//===- Replay.cpp - Compute again rather than store -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a row program looks at all that the program looked at, so
// that the program itself can be repeated there and reads nothing for it.
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/LiveMemory.h"
#include "wav/Passes.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::wav {
#define GEN_PASS_DEF_REPLAYPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Repeats one program in the kernel of a later one.
class Replay {
public:
  /// `gradient` stands behind `program` and looks at all that it looks at.
  Replay(RowOpInterface program, RowOpInterface gradient)
      : program(program), gradient(gradient) {}

  /// Whether a result of the program has uses that a repetition can serve.
  bool isPossible();
  /// Whether the repetition is stored, for others than the gradient's kernel.
  bool isStored() const { return !moved.empty() || hasUseBehind; }
  /// Bytes of the results that are not kept for the gradient then.
  int64_t getFreedBytes() const;
  /// Bytes that others keep until the gradient because they are moved.
  int64_t getKeptBytes() const;
  /// The first op that has to do with the gradient.
  Operation *getStart() const { return start; }

  void apply();

private:
  void visit(Operation *user);
  bool isLate(Operation *user) const {
    return moved.contains(user) || !user->isBeforeInBlock(start);
  }

  RowOpInterface program, gradient;
  Operation *start = nullptr;
  bool hasLateUse = false, hasUseBehind = false, isKept = false;
  /// Users in front of the gradient that it does not wait for.
  llvm::SmallSetVector<Operation *, 4> moved;
};

} // namespace

/// Whether `op` is nowhere needed in front of `gradient`.
static bool isFirstNeededAt(Operation *op, Operation *gradient) {
  return llvm::none_of(op->getUsers(), [&](Operation *user) {
    return user->getBlock() != gradient->getBlock() ||
           user->isBeforeInBlock(gradient);
  });
}

void Replay::visit(Operation *user) {
  // What others name, or return, would be stored in any case.
  if (user->getBlock() != gradient->getBlock() || isa<ViewOpInterface>(user) ||
      user->hasTrait<OpTrait::IsTerminator>()) {
    isKept = true;
    return;
  }
  if (user == gradient) {
    hasLateUse = true;
    return;
  }
  if (gradient->isBeforeInBlock(user)) {
    hasLateUse = hasUseBehind = true;
    return;
  }
  auto row = dyn_cast<RowOpInterface>(user);
  bool isPartOfGradient = row && row.getNumRows() == gradient.getNumRows() &&
                          llvm::any_of(user->getUsers(), [&](Operation *next) {
                            return next == gradient;
                          });
  if (isPartOfGradient) {
    // In between others compute something: two kernels.
    isKept |= !isFirstNeededAt(user, gradient);
    hasLateUse = true;
    if (user->isBeforeInBlock(start))
      start = user;
  } else if (isPure(user) && isFirstNeededAt(user, gradient)) {
    hasLateUse = true;
    moved.insert(user);
  }
}

bool Replay::isPossible() {
  start = gradient;
  for (Operation *user : program->getUsers())
    visit(user);
  return hasLateUse && !isKept;
}

int64_t Replay::getFreedBytes() const {
  int64_t bytes = 0;
  for (Value result : program->getResults())
    if (llvm::any_of(result.getUsers(),
                     [&](Operation *user) { return isLate(user); }))
      bytes += getTotalBytes(result.getType());
  return bytes;
}

int64_t Replay::getKeptBytes() const {
  llvm::SmallSetVector<Value, 8> operands;
  for (Operation *op : moved)
    operands.insert_range(op->getOperands());
  int64_t bytes = 0;
  for (Value operand : operands) {
    Operation *definition = operand.getDefiningOp();
    bool isKeptAnyway =
        !definition || definition == program || isConstant(definition) ||
        isa<PlacedOpInterface>(definition) ||
        llvm::any_of(operand.getUsers(), [&](Operation *user) {
          return !moved.contains(user) && gradient->isBeforeInBlock(user);
        });
    if (!isKeptAnyway)
      bytes += getTotalBytes(operand.getType());
  }
  return bytes;
}

void Replay::apply() {
  SmallVector<Operation *> behind(moved.begin(), moved.end());
  llvm::sort(behind,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  Operation *last = gradient;
  for (Operation *op : behind) {
    op->moveAfter(last);
    last = op;
  }
  OpBuilder builder(start);
  Operation *again = builder.clone(*program);
  for (auto [result, replayed] :
       llvm::zip_equal(program->getResults(), again->getResults()))
    result.replaceUsesWithIf(
        replayed, [&](OpOperand &use) { return isLate(use.getOwner()); });
}

namespace {
struct ReplayPass : wav::impl::ReplayPassBase<ReplayPass> {
  using ReplayPassBase::ReplayPassBase;

  void runOnOperation() override;

private:
  std::optional<Replay> find(RowOpInterface program);
  bool isWorthStoring(RowOpInterface program, const Replay &replay,
                      Operation *peak);

  /// Of each value, the row programs that look at it, in order.
  llvm::DenseMap<Value, SmallVector<RowOpInterface>> readers;
};
} // namespace

static SmallVector<Value> getReads(Operation *op) {
  llvm::SmallSetVector<Value, 8> values;
  forEachRead(op, [&](OpOperand &, Value value) { values.insert(value); });
  return values.takeVector();
}

static bool isCandidate(RowOpInterface op) {
  return isPure(op) && llvm::none_of(op->getResults(), [&](OpResult result) {
           return isRowSum(result) || getTiedOperand(result);
         });
}

/// The first later program of the same rows that looks at all that `program`
/// looks at, if it can repeat it.
std::optional<Replay> ReplayPass::find(RowOpInterface program) {
  SmallVector<Value> reads = getReads(program);
  if (reads.empty())
    return std::nullopt;
  for (RowOpInterface later : readers[reads.front()]) {
    if (later->getBlock() != program->getBlock() ||
        !program->isBeforeInBlock(later) ||
        later.getNumRows() != program.getNumRows() ||
        later->getName() == program->getName() ||
        !llvm::all_of(reads, [&](Value value) {
          return llvm::is_contained(readers[value], later);
        }))
      continue;
    Replay replay(program, later);
    if (replay.isPossible() && !replay.getStart()->isBeforeInBlock(program))
      return replay;
  }
  return std::nullopt;
}

/// A repetition that is stored costs a write. It is worth that where the most
/// memory is live, if not as much is kept for it elsewhere.
bool ReplayPass::isWorthStoring(RowOpInterface program, const Replay &replay,
                                Operation *peak) {
  return program->isBeforeInBlock(peak) &&
         peak->isBeforeInBlock(replay.getStart()) &&
         replay.getKeptBytes() < replay.getFreedBytes();
}

void ReplayPass::runOnOperation() {
  func::FuncOp function = getOperation();
  if (!function.getBody().hasOneBlock())
    return;
  SmallVector<RowOpInterface> programs(
      function.front().getOps<RowOpInterface>());
  for (RowOpInterface program : programs)
    for (Value value : getReads(program))
      readers[value].push_back(program);
  Operation *peak = LiveMemory(function).getPeak();
  // Backwards: what a repetition needs may be repeated for it.
  for (RowOpInterface program : llvm::reverse(programs)) {
    if (!isCandidate(program))
      continue;
    std::optional<Replay> replay = find(program);
    if (!replay ||
        (replay->isStored() && !isWorthStoring(program, *replay, peak)))
      continue;
    int64_t bytes = replay->getFreedBytes();
    replay->apply();
    remark::passed(program->getLoc(), remark::RemarkOpts::name("Replay")
                                          .category("wav-replay")
                                          .function(function.getSymName()))
        << (program->getName().stripDialect() + " is repeated for its gradient")
               .str()
        << remark::metric("FreedBytes", bytes)
        << remark::metric("SavedBytes",
                          replay->isStored() ? -bytes : 2 * bytes);
  }
  readers.clear();
}
