//===- Plan.cpp - Turn functions into schedules -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of ops is given. What is decided here: which values share memory
// (Buffers.cpp), where it lies (Buffers.cpp, Constants.cpp), and which fusions
// are one kernel (Kernels.cpp). What each launch moves is counted
// (Traffic.cpp).
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"
#include "Kernels.h"
#include "Traffic.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_PLANPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// Writes the schedule of one entry point.
class ScheduleBuilder {
public:
  ScheduleBuilder(const BufferAssignment &assignment,
                  const ConstantPool &constants, KernelOutliner &outliner)
      : assignment(assignment), constants(constants), outliner(outliner),
        builder(assignment.getFunction()) {}

  /// Replaces the function.
  void run();

private:
  void buildLaunch(FusionOp fusion);
  void buildCall(LibraryOpInterface op);

  /// The buffer or table of a value.
  Value getSlot(Value value);
  Value getView(unsigned buffer, RankedTensorType type);
  Placement getPlacement(const Buffer &buffer) const;

  const BufferAssignment &assignment;
  const ConstantPool &constants;
  KernelOutliner &outliner;
  OpBuilder builder;
  ScheduleOp schedule;
  llvm::DenseMap<std::pair<std::pair<int, int64_t>, Type>, Value> views;
  llvm::DenseMap<Value, Value> slots;
  /// Banks that hold the same rows are one table.
  std::map<std::vector<const void *>, Value> tables;
};

} // namespace

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Placement ScheduleBuilder::getPlacement(const Buffer &buffer) const {
  if (buffer.constant)
    return {Arena::Constants, constants.getOffset(buffer.constant)};
  return *buffer.placement;
}

Value ScheduleBuilder::getView(unsigned buffer, RankedTensorType type) {
  Placement place = getPlacement(assignment.getBuffer(buffer));
  auto memref = MemRefType::get(type.getShape(), type.getElementType());
  Value &view = views[{{int(place.arena), place.offset}, memref}];
  if (!view)
    view = ViewOp::create(builder, schedule.getLoc(), memref, place.arena,
                          place.offset);
  return view;
}

Value ScheduleBuilder::getSlot(Value value) {
  Value &slot = slots[value];
  if (slot)
    return slot;
  ArrayRef<unsigned> buffers = assignment.getBuffers(value);
  auto bank = dyn_cast<BankType>(value.getType());
  if (!bank)
    return slot = getView(buffers.front(),
                          cast<RankedTensorType>(value.getType()));

  SmallVector<Value> views;
  std::vector<const void *> key = {bank.getAsOpaquePointer()};
  for (auto [buffer, type] : llvm::zip_equal(buffers, getTensorTypes(bank))) {
    views.push_back(getView(buffer, type));
    key.push_back(views.back().getAsOpaquePointer());
  }
  Value &table = tables[key];
  if (!table)
    table = TableOp::create(builder, schedule.getLoc(), bank, views);
  return slot = table;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void ScheduleBuilder::buildLaunch(FusionOp fusion) {
  KernelOp kernel = outliner.get(fusion, schedule);
  SmallVector<Value> values;
  for (Value input : fusion.getInputs())
    values.push_back(getSlot(input));
  for (OpResult result : fusion.getResults())
    if (!fusion.getTiedOperand(result.getResultNumber()))
      values.push_back(getSlot(result));
  Traffic traffic(assignment, fusion);
  StringRef category = fusion.getCostCategory();
  LaunchOp::create(builder, fusion.getLoc(), kernel.getSymName(), values,
                   fusion.getPartitions(), category, traffic.getBytes(),
                   fusion.getFlops(),
                   traffic.getBytesByCategory(builder.getContext(), category));
}

void ScheduleBuilder::buildCall(LibraryOpInterface op) {
  SmallVector<Value> values = op.getLibraryBuffers();
  for (Value &value : values)
    value = value ? getSlot(value)
                  : NullOp::create(builder, op.getLoc(),
                                   MemRefType::get({0}, builder.getI32Type()));
  auto cost = dyn_cast<CostOpInterface>(op.getOperation());
  Traffic traffic(assignment, op);
  StringRef category = cost ? cost.getCostCategory() : "other";
  CallOp::create(builder, op.getLoc(), op.getLibraryFunction(), values,
                 op.getLibraryParams(), category, traffic.getBytes(),
                 cost ? cost.getFlops() : 0,
                 traffic.getBytesByCategory(builder.getContext(), category));
}

void ScheduleBuilder::run() {
  func::FuncOp function = assignment.getFunction();
  schedule =
      ScheduleOp::create(builder, function.getLoc(), function.getSymName());
  builder.setInsertionPointToStart(&schedule.getBody().emplaceBlock());

  Block &block = function.getBody().front();
  for (BlockArgument argument : block.getArguments()) {
    unsigned index = argument.getArgNumber();
    InputOp::create(
        builder, argument.getLoc(),
        function.getArgAttrOfType<StringAttr>(index, kNameAttr),
        getSlot(argument),
        function.getArgAttrOfType<DictionaryAttr>(index, kFillAttr));
  }
  for (Operation &op : block)
    if (auto fusion = dyn_cast<FusionOp>(op))
      buildLaunch(fusion);
    else if (auto library = dyn_cast<LibraryOpInterface>(op))
      buildCall(library);
  for (OpOperand &operand : block.getTerminator()->getOpOperands())
    OutputOp::create(builder, function.getLoc(),
                     function.getResultAttrOfType<StringAttr>(
                         operand.getOperandNumber(), kNameAttr),
                     getSlot(operand.get()));
  function.erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// `bytes` is what the placement needs; no placement needs less than what is
/// live at once.
static void remarkMemory(const BufferAssignment &assignment, int64_t bytes) {
  func::FuncOp function = assignment.getFunction();
  int64_t total = 0, count = 0;
  /// What becomes live and what dies at each op.
  std::map<unsigned, int64_t> changes;
  for (const Buffer &buffer : assignment.getAllBuffers()) {
    if (!buffer.placement || buffer.placement->arena != Arena::Scratch)
      continue;
    total += buffer.bytes;
    ++count;
    changes[buffer.first] += buffer.bytes;
    changes[buffer.last + 1] -= buffer.bytes;
  }
  int64_t live = 0, peak = 0;
  for (auto [position, change] : changes)
    peak = std::max(peak, live += change);
  remark::analysis(function.getLoc(), remark::RemarkOpts::name("Scratch")
                                          .category("wav-plan")
                                          .function(function.getSymName()))
      << "scratch memory" << remark::metric("Bytes", bytes)
      << remark::metric("LiveAtOnce", peak)
      << remark::metric("WithoutReuse", total)
      << remark::metric("Buffers", count);
}

namespace {
struct PlanPass : wav::impl::PlanPassBase<PlanPass> {
  using PlanPassBase::PlanPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FixedMemory fixed(module);
    SmallVector<BufferAssignment> entries;
    for (auto function : module.getOps<func::FuncOp>()) {
      entries.emplace_back(function, fixed);
      if (failed(entries.back().run()))
        return signalPassFailure();
      remarkMemory(entries.back(), entries.back().placeScratch());
    }

    // A value that was only copied from is not read by any launch.
    ConstantPool constants;
    for (const BufferAssignment &entry : entries)
      for (const Buffer &buffer : entry.getAllBuffers())
        if (buffer.constant && buffer.first <= buffer.last)
          constants.add(buffer.constant);
    constants.layOut();

    KernelOutliner outliner(module);
    OpBuilder builder(&getContext());
    for (const BufferAssignment &entry : entries) {
      builder.setInsertionPoint(entry.getFunction());
      if (&entry == &entries.front())
        constants.build(builder, module.getLoc());
      ScheduleBuilder(entry, constants, outliner).run();
    }
    remark::analysis(module.getLoc(),
                     remark::RemarkOpts::name("Kernels").category("wav-plan"))
        << "fusions that are equal share a kernel"
        << remark::metric("Fusions", outliner.getNumFusions())
        << remark::metric("Kernels", outliner.getNumKernels());
  }
};
} // namespace
