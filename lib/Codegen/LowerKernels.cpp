//===- LowerKernels.cpp - Kernels become row programs ------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"
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
  explicit KernelLowering(KernelOp kernel)
      : kernel(kernel), builder(kernel), location(kernel.getLoc()) {}
  LogicalResult run();

private:
  /// Finds the buffers of block arguments and yielded values.
  LogicalResult assignStorage(RowEmitter &emitter);
  void emitZero(Value rowSum);
  scf::ForOp emitRowLoop();

  KernelOp kernel;
  OpBuilder builder;
  Location location;
  Value table, partition;
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

LogicalResult KernelLowering::assignStorage(RowEmitter &emitter) {
  SmallVector<Value> slots;
  for (auto [index, type] : llvm::enumerate(kernel.getSlotTypes())) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      type = MemRefType::get(tensor.getShape(), tensor.getElementType());
    slots.push_back(ArgumentOp::create(builder, location, type, table, index));
  }
  Block &body = kernel.getBody().front();
  DenseMap<Value, Value> buffers;
  for (BlockArgument argument : body.getArguments())
    buffers[argument] = slots[argument.getArgNumber()];
  size_t nextSlot = body.getNumArguments();
  for (Value yielded : body.getTerminator()->getOperands()) {
    // A value and those it updates share a buffer: that of an argument, or one
    // of their own.
    SmallVector<Value> chain = {yielded};
    while (Value tied = getTied(chain.back()))
      chain.push_back(tied);
    Value buffer = buffers.lookup(chain.back());
    if (!buffer)
      buffer = slots[nextSlot++];
    else if (chain.size() == 1)
      return kernel.emitOpError(
          "yields a value twice, or an argument that it does not update");
    for (Value value : chain)
      buffers[value] = buffer;
    if (isRowSum(yielded))
      emitZero(buffer);
  }
  for (auto [value, buffer] : buffers)
    emitter.setStorage(value, buffer);
  return success();
}

void KernelLowering::emitZero(Value rowSum) {
  auto type = cast<MemRefType>(rowSum.getType());
  if (type.getRank() == 1) {
    Value zero = arith::ConstantOp::create(builder, location,
                                           builder.getF32FloatAttr(0));
    memref::StoreOp::create(builder, location, zero, rowSum, partition);
    return;
  }
  auto rowType = VectorType::get(type.getDimSize(1), type.getElementType());
  Value zero = arith::ConstantOp::create(builder, location,
                                         builder.getZeroAttr(rowType));
  Value column = arith::ConstantIndexOp::create(builder, location, 0);
  vector::StoreOp::create(builder, location, zero, rowSum,
                          ValueRange{partition, column});
}

scf::ForOp KernelLowering::emitRowLoop() {
  int64_t rows = kernel.getRows();
  int64_t chunk = llvm::divideCeil(rows, kernel.getPartitions());
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, location, value);
  };
  Value chunkSize = constant(chunk), end = constant(rows), one = constant(1);
  Value from = arith::MulIOp::create(builder, location, partition, chunkSize);
  Value next = arith::AddIOp::create(builder, location, from, chunkSize);
  Value to = arith::MinSIOp::create(builder, location, next, end);
  auto loop = scf::ForOp::create(builder, location, from, to, one);
  loop->setAttr(kRowLoopAttr, builder.getUnitAttr());
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

  scf::ForOp loop = emitRowLoop();
  builder.setInsertionPointToStart(loop.getBody());
  RowEmitter emitter(builder, location, loop, loop.getInductionVar(),
                     partition);
  builder.setInsertionPoint(loop);
  if (failed(assignStorage(emitter)))
    return failure();
  builder.setInsertionPointAfter(loop);
  func::ReturnOp::create(builder, location);

  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (isa<FillOp>(op))
      continue; // A constant; its users ask for it.
    auto rowOp = cast<RowOpInterface>(op);
    emitter.setLocation(op.getLoc());
    if (failed(rowOp.emitRow(emitter)) || emitter.failed())
      return failure();
  }
  kernel.erase();
  return success();
}

namespace {
struct LowerKernels : wav::impl::LowerKernelsPassBase<LowerKernels> {
  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<KernelOp>()))
      if (failed(KernelLowering(kernel).run()))
        return signalPassFailure();
  }
};
} // namespace
