//===- LowerKernels.cpp - Kernels become row programs ------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavKernelOps.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"
#include "wav/Rows/RowEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::wav {
#define GEN_PASS_DEF_LOWERKERNELSPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {
/// Lowers one kernel.
class KernelLowering {
public:
  KernelLowering(KernelOp kernel, RowForm form)
      : kernel(kernel), form(form), builder(kernel), location(kernel.getLoc()) {
  }
  LogicalResult run();

private:
  /// Finds the buffers of block arguments and yielded values.
  LogicalResult assignStorage();
  /// A sum before the first row: a number, or `vector<width>`.
  Value emitZero(Value rowSum);
  /// Stores a sum in the partition's slice of its buffer.
  void storeSum(Value rowSum, Value value);
  scf::ForOp emitRowLoop(ValueRange sums);

  KernelOp kernel;
  RowForm form;
  OpBuilder builder;
  Location location;
  Value table, partition;
  DenseMap<Value, Value> storage;
  /// The yielded sums over the rows.
  SmallVector<Value> rowSums;
};
} // namespace

/// The value that `value` updates in place, or null.
static Value getTied(Value value) {
  auto op = value.getDefiningOp<TiedOpInterface>();
  if (!op)
    return {};
  OpOperand *operand =
      op.getTiedOperand(cast<OpResult>(value).getResultNumber());
  return operand ? operand->get() : Value();
}

LogicalResult KernelLowering::assignStorage() {
  SmallVector<Value> slots;
  for (auto [index, type] : llvm::enumerate(kernel.getSlotTypes())) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      type = MemRefType::get(tensor.getShape(), tensor.getElementType());
    slots.push_back(ArgumentOp::create(builder, location, type, table, index));
  }
  Block &body = kernel.getBody().front();
  for (BlockArgument argument : body.getArguments())
    storage[argument] = slots[argument.getArgNumber()];
  size_t nextSlot = body.getNumArguments();
  for (Value yielded : body.getTerminator()->getOperands()) {
    // A value and those it updates share a buffer: that of an argument, or one
    // of their own.
    SmallVector<Value> chain = {yielded};
    while (Value tied = getTied(chain.back()))
      chain.push_back(tied);
    Value buffer = storage.lookup(chain.back());
    if (!buffer)
      buffer = slots[nextSlot++];
    else if (chain.size() == 1)
      return kernel.emitOpError(
          "yields a value twice, or an argument that it does not update");
    for (Value value : chain)
      storage[value] = buffer;
    if (isRowSum(yielded))
      rowSums.push_back(yielded);
  }
  return success();
}

Value KernelLowering::emitZero(Value rowSum) {
  auto type = cast<MemRefType>(storage.lookup(rowSum).getType());
  Type sumType = type.getElementType();
  if (type.getRank() == 2)
    sumType = VectorType::get(type.getDimSize(1), sumType);
  return arith::ConstantOp::create(builder, location,
                                   builder.getZeroAttr(sumType));
}

void KernelLowering::storeSum(Value rowSum, Value value) {
  Value buffer = storage.lookup(rowSum);
  if (!isa<VectorType>(value.getType())) {
    memref::StoreOp::create(builder, location, value, buffer, partition);
    return;
  }
  Value column = arith::ConstantIndexOp::create(builder, location, 0);
  vector::StoreOp::create(builder, location, value, buffer,
                          ValueRange{partition, column});
}

scf::ForOp KernelLowering::emitRowLoop(ValueRange sums) {
  int64_t rows = kernel.getRows();
  int64_t chunk = llvm::divideCeil(rows, kernel.getPartitions());
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, location, value);
  };
  Value chunkSize = constant(chunk), end = constant(rows), one = constant(1);
  Value from = arith::MulIOp::create(builder, location, partition, chunkSize);
  Value next = arith::AddIOp::create(builder, location, from, chunkSize);
  Value to = arith::MinSIOp::create(builder, location, next, end);
  auto loop = scf::ForOp::create(builder, location, from, to, one, sums);
  loop->setAttr(kRowLoopAttr, builder.getI64IntegerAttr(chunk));
  return loop;
}

LogicalResult KernelLowering::run() {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto function = func::FuncOp::create(
      builder, location, kernel.getSymName(),
      builder.getFunctionType({pointer, builder.getI64Type()}, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  table = entry->getArgument(0);
  partition = arith::IndexCastOp::create(
      builder, location, builder.getIndexType(), entry->getArgument(1));

  if (failed(assignStorage()))
    return failure();
  SmallVector<Value> zeros = llvm::map_to_vector(
      rowSums, [&](Value rowSum) { return emitZero(rowSum); });
  bool isOnePass = form == RowForm::OnePass;
  if (!isOnePass)
    for (auto [rowSum, zero] : llvm::zip(rowSums, zeros))
      storeSum(rowSum, zero);
  scf::ForOp loop = emitRowLoop(isOnePass ? ValueRange(zeros) : ValueRange());

  builder.setInsertionPointToStart(loop.getBody());
  RowEmitter emitter(builder, location, loop, loop.getInductionVar(), partition,
                     form);
  for (auto [value, buffer] : storage)
    emitter.setStorage(value, buffer);
  for (auto [rowSum, sum] : llvm::zip(rowSums, loop.getRegionIterArgs()))
    emitter.setSum(rowSum, {emitter, sum});
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (isRepeatedInKernels(&op))
      continue; // Its users ask for it.
    auto rowOp = cast<RowOpInterface>(op);
    emitter.setOp(rowOp);
    if (failed(rowOp.emitRow(emitter)) || emitter.failed())
      return failure();
  }

  if (loop.getNumResults() > 0) {
    builder.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(builder, location,
                         llvm::map_to_vector(rowSums, [&](Value rowSum) {
                           return emitter.getSum(rowSum).get();
                         }));
  }
  builder.setInsertionPointAfter(loop);
  for (auto [rowSum, sum] : llvm::zip(rowSums, loop.getResults()))
    storeSum(rowSum, sum);
  func::ReturnOp::create(builder, location);
  kernel.erase();
  return success();
}

namespace {
struct LowerKernels : wav::impl::LowerKernelsPassBase<LowerKernels> {
  using LowerKernelsPassBase::LowerKernelsPassBase;
  void runOnOperation() override {
    RowForm form = onePass ? RowForm::OnePass : RowForm::Lists;
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<KernelOp>()))
      if (failed(KernelLowering(kernel, form).run()))
        return signalPassFailure();
  }
};
} // namespace
