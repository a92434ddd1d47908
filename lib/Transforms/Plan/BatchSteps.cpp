//===- BatchSteps.cpp - Equal steps on other buffers, at once ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One walk over the schedule, in order. A step moves up over steps that neither
// write what it touches nor touch what it writes, to the nearest one that does
// the same on other memory.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_BATCHSTEPSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Bytes of an arena that a step reads or writes.
struct Access {
  Arena arena;
  int64_t begin, end;
  bool isWrite;

  bool conflictsWith(const Access &other) const {
    return (isWrite || other.isWrite) && arena == other.arena &&
           begin < other.end && other.begin < end;
  }
};

/// Steps that are done at once.
struct Batch {
  SmallVector<Operation *> steps;
  SmallVector<Access> accesses;
  /// What its steps do; null: they stay alone.
  Attribute work;

  bool conflictsWith(const Batch &other) const {
    return llvm::any_of(accesses, [&](const Access &access) {
      return llvm::any_of(other.accesses, [&](const Access &next) {
        return access.conflictsWith(next);
      });
    });
  }
};

} // namespace

static void addAccess(Value buffer, bool isWrite, Batch &batch) {
  if (auto table = buffer.getDefiningOp<TableOp>())
    for (Value row : table.getBuffers())
      addAccess(row, isWrite, batch);
  if (auto view = buffer.getDefiningOp<ViewOp>()) {
    int64_t begin = view.getOffset();
    batch.accesses.push_back(
        {view.getArena(), begin,
         begin + getSizeInBytes(view.getResult().getType()), isWrite});
  }
}

/// `mayWrite(slot)`: whether an instance may write what its operand is.
template <typename StepOp, typename MayWrite>
static Batch makeBatch(StepOp step, Attribute work, MayWrite mayWrite) {
  Batch batch = {{step}, {}, step.getInstances() == 1 ? work : Attribute()};
  for (auto [slot, buffer] : llvm::enumerate(step.getOperands()))
    addAccess(buffer, mayWrite(slot % step.getNumSlots()), batch);
  return batch;
}

/// What two steps must have in common: the kernel and its partitions; or the
/// function, its parameters and which buffers are absent.
static Attribute getWork(LaunchOp launch) {
  return Builder(launch.getContext())
      .getArrayAttr({launch.getKernelAttr(), launch.getPartitionsAttr()});
}
static Attribute getWork(CallOp call) {
  Builder builder(call.getContext());
  SmallVector<Attribute> work = {call.getFunctionAttr(), call.getParamsAttr()};
  for (Value buffer : call.getBuffers())
    work.push_back(
        builder.getBoolAttr(buffer.getDefiningOp<NullOp>() != nullptr));
  return builder.getArrayAttr(work);
}

/// The sum of what steps move, by category.
template <typename StepOp>
static DictionaryAttr addBytesByCategory(ArrayRef<Operation *> steps) {
  Builder builder(steps.front()->getContext());
  llvm::MapVector<StringAttr, int64_t> bytes;
  for (Operation *op : steps) {
    auto step = cast<StepOp>(op);
    if (DictionaryAttr byCategory = step.getBytesByCategoryAttr())
      for (NamedAttribute share : byCategory)
        bytes[share.getName()] += cast<IntegerAttr>(share.getValue()).getInt();
    else
      bytes[step.getCategoryAttr()] += step.getBytes();
  }
  if (bytes.size() == 1 &&
      bytes.front().first == cast<StepOp>(steps.front()).getCategoryAttr())
    return {};
  SmallVector<NamedAttribute> shares;
  for (auto [category, count] : bytes)
    shares.emplace_back(category, builder.getI64IntegerAttr(count));
  return builder.getDictionaryAttr(shares);
}

/// Buffers are named at their first use, which may be behind the first step of
/// a batch: names all in front.
static void nameInFront(Block &block) {
  Operation *front = nullptr;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    bool isName = isa<ViewOp, NullOp, TableOp>(op);
    if (!isName && !front)
      front = &op;
    else if (isName && front)
      op.moveBefore(front);
  }
}

/// Replaces the steps of a batch by one, at the first.
template <typename StepOp> static void build(ArrayRef<Operation *> steps) {
  auto first = cast<StepOp>(steps.front());
  SmallVector<Value> operands;
  int64_t bytes = 0, flops = 0;
  for (Operation *op : steps) {
    llvm::append_range(operands, op->getOperands());
    bytes += cast<StepOp>(op).getBytes();
    flops += cast<StepOp>(op).getFlops();
  }
  // Those of several parts of a model are of none.
  if (!llvm::all_equal(llvm::map_range(
          steps, [](Operation *step) { return Location(step->getLoc()); })))
    first->setLoc(first->getParentOp()->getLoc());
  first.setBytesByCategoryAttr(addBytesByCategory<StepOp>(steps));
  first->setOperands(operands);
  first.setBytes(bytes);
  first.setFlops(flops);
  first.setInstances(steps.size());
  for (Operation *op : steps.drop_front())
    op->erase();
}

namespace {
struct BatchSteps : wav::impl::BatchStepsPassBase<BatchSteps> {
  using BatchStepsPassBase::BatchStepsPassBase;
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto schedule : getOperation().getOps<ScheduleOp>())
      run(schedule, symbols);
  }

private:
  void run(ScheduleOp schedule, const SymbolTable &symbols);
};
} // namespace

void BatchSteps::run(ScheduleOp schedule, const SymbolTable &symbols) {
  nameInFront(schedule.getBody().front());
  // In the order in which they will be done.
  std::vector<std::unique_ptr<Batch>> batches;
  auto visit = [&](Batch batch) {
    if (batch.work)
      for (const auto &earlier : llvm::reverse(batches)) {
        if (earlier->conflictsWith(batch))
          break;
        if (earlier->work != batch.work)
          continue;
        earlier->steps.push_back(batch.steps.front());
        llvm::append_range(earlier->accesses, batch.accesses);
        return;
      }
    batches.push_back(std::make_unique<Batch>(std::move(batch)));
  };
  for (Operation &op : schedule.getBody().front())
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      auto kernel = symbols.lookup<KernelOp>(launch.getKernel());
      bool isSmall = int64_t(launch.getPartitions()) < fewPartitions;
      visit(makeBatch(
          launch, isSmall ? getWork(launch) : Attribute(),
          [&](unsigned slot) { return !kernel || kernel.mayWrite(slot); }));
    } else if (auto call = dyn_cast<CallOp>(op)) {
      visit(makeBatch(call, call.isProduct() ? getWork(call) : Attribute(),
                      [&](unsigned slot) { return call.mayWrite(slot); }));
    }

  int64_t saved = 0;
  for (const auto &batch : batches) {
    if (batch->steps.size() == 1)
      continue;
    saved += static_cast<int64_t>(batch->steps.size()) - 1;
    if (isa<LaunchOp>(batch->steps.front()))
      build<LaunchOp>(batch->steps);
    else
      build<CallOp>(batch->steps);
  }
  remark::passed(schedule.getLoc(), remark::RemarkOpts::name("BatchSteps")
                                        .category("wav-batch-steps")
                                        .function(schedule.getSymName()))
      << "equal steps are done at once"
      << remark::metric("SavedLaunches", saved);
}
