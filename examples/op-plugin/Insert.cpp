//===- Insert.cpp - A pass that puts the ops into a model -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   --add-passes=graph:demo-insert
//
// Each sublayer's update gets a temperature, and each read of a bank hears a
// little of what the bank's last source said to earlier tokens. A gradient
// needs nothing more: differentiation comes later, and asks the ops.
//
//===----------------------------------------------------------------------===//

#include "Demo.h"

#include "wav/IR/WavOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/SetVector.h"

using namespace demo;
using namespace mlir;
using namespace mlir::wav;

namespace {

struct InsertPass : public PassWrapper<InsertPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(InsertPass)

  StringRef getArgument() const override { return "demo-insert"; }
  StringRef getDescription() const override {
    return "Put the ops of the demo dialect into a graph";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<DemoDialect>();
  }

  void runOnOperation() override;
};

} // namespace

/// The value of a parameter, zero at the start, that all entry points share.
static Value getParameter(OpBuilder &builder, Location loc, const Twine &name,
                          int64_t size) {
  auto module =
      cast<ModuleOp>(builder.getInsertionBlock()->getParentOp()->getParentOp());
  auto type = RankedTensorType::get(size, builder.getF32Type());
  if (!module.lookupSymbol(name.str())) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    ParameterOp::create(builder, loc, name.str(), type, /*normal=*/false,
                        /*init_value=*/APFloat(0.0), /*init_values=*/nullptr,
                        /*decay=*/false);
  }
  return GetOp::create(builder, loc, type, name.str());
}

/// Gives each sublayer's update a temperature.
static void warmUpdates(func::FuncOp function) {
  llvm::SetVector<Value> updates;
  function.walk([&](WriteOp write) { updates.insert(write.getUpdate()); });
  for (unsigned index : llvm::seq(updates.size())) {
    Value update = updates[index];
    OpBuilder builder(function.getContext());
    builder.setInsertionPointAfterValue(update);
    Location loc = update.getLoc();
    auto type = cast<RankedTensorType>(update.getType());
    Value temperature = getParameter(
        builder, loc, "demo.temperature." + Twine(index), type.getDimSize(1));
    auto warm = TemperatureOp::create(builder, loc, type, update, temperature);
    update.replaceUsesWithIf(
        warm, [](OpOperand &use) { return isa<WriteOp>(use.getOwner()); });
  }
}

/// The bank's last source as earlier tokens had it, added to what is read.
static void addHistory(ReadOp read, int64_t length) {
  if (!read.getBank() || read.getBank().getType().getSize() == 0)
    return;
  BankType bank = read.getBank().getType();
  OpBuilder builder(read);
  Location loc = read.getLoc();
  auto type = bank.getRowType();
  auto f32 = cast<RankedTensorType>(type.clone(builder.getF32Type()));
  Value last = LastOp::create(builder, loc, type, read.getBank());
  Value before = ShiftOp::create(builder, loc, f32, last, length,
                                 /*inverse=*/false);
  Value history = CumulateOp::create(builder, loc, f32, before, length,
                                     /*decay=*/APFloat(0.5), /*inverse=*/false);
  builder.setInsertionPointAfter(read);
  for (Value result : read.getOutputs()) {
    auto sum = WriteOp::create(builder, loc, result.getType(), history, result,
                               /*scale=*/Value(), /*per=*/PerAttr(),
                               builder.getF64FloatAttr(0.1));
    result.replaceAllUsesExcept(sum, sum);
  }
}

void InsertPass::runOnOperation() {
  auto length = getOperation()->getAttrOfType<IntegerAttr>("wav.context");
  if (!length) {
    getOperation().emitError("has no 'wav.context'; demo-insert is for graphs "
                             "that wav-build made");
    return signalPassFailure();
  }
  for (auto function :
       llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    if (function.getSymName() == "decode") {
      emitWarning(function.getLoc())
          << "demo-insert removes 'decode', and with it 'generate': demo.shift "
             "and demo.cumulate see whole sequences, and no cache";
      function.erase();
      continue;
    }
    warmUpdates(function);
    function.walk([&](ReadOp read) { addHistory(read, length.getInt()); });
  }
}

void demo::registerInsertPass() { PassRegistration<InsertPass>(); }
