//===- WavScheduleOps.cpp - Ops of schedules --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavScheduleOps.h"

#include "Verify.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavStructureOps.h"

#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavScheduleOps.cpp.inc"

static constexpr int64_t kElementAlignment = 4;

static LogicalResult verifyOffset(Operation *op, int64_t offset) {
  if (offset < 0 || offset % kElementAlignment != 0)
    return op->emitOpError("offset ") << offset << " is not a multiple of "
                                      << kElementAlignment << " bytes";
  return success();
}

LogicalResult ConstantOp::verify() {
  auto isElement = [](Type type) {
    return type.isF32() || type.isBF16() || type.isInteger(32);
  };
  auto value = dyn_cast<DenseElementsAttr>(getValue());
  if (!value || !isElement(value.getElementType()))
    return emitOpError("holds ")
           << getValue().getType()
           << " but must be a dense value of f32, bf16 or i32";
  return verifyOffset(*this, getOffset());
}

LogicalResult ViewOp::verify() {
  // So that the end of a view is a number.
  constexpr int64_t kMaxBytes = int64_t(1) << 62;
  MemRefType type = getResult().getType();
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      bytes = kMaxBytes;
  if (failed(verifyOffset(*this, getOffset())))
    return failure();
  if (bytes >= kMaxBytes || int64_t(getOffset()) >= kMaxBytes - bytes)
    return emitOpError("ends beyond 2^62 bytes");
  return success();
}

LogicalResult ScheduleOp::verify() {
  for (Operation &op : getBody().front())
    if (!isa<ViewOp, NullOp, TableOp, InputOp, OutputOp, LaunchOp, CallOp>(op))
      return op.emitOpError("is no step of a wav.schedule");
  return success();
}

/// Fails unless `buffer` is memory.
static LogicalResult verifyPresent(Operation *op, Value buffer) {
  if (buffer.getDefiningOp<NullOp>())
    return op->emitOpError("needs a buffer, but wav.null is none; only calls "
                           "have optional buffers");
  return success();
}

LogicalResult InputOp::verify() {
  if (failed(verifyPresent(*this, getBuffer())))
    return failure();
  DictionaryAttr fill = getFillAttr();
  return fill ? verifyFill([&] { return emitOpError(); }, fill) : success();
}
LogicalResult OutputOp::verify() { return verifyPresent(*this, getBuffer()); }

LogicalResult TableOp::verify() {
  BankType type = getResult().getType();
  SmallVector<RankedTensorType> tensors = getTensorTypes(type);
  if (type.isDynamic() || tensors.size() != getBuffers().size())
    return emitOpError("has ")
           << getBuffers().size() << " buffers, but forms " << type;
  for (auto [buffer, tensor] : llvm::zip_equal(getBuffers(), tensors)) {
    if (failed(verifyPresent(*this, buffer)))
      return failure();
    auto memref = cast<MemRefType>(buffer.getType());
    if (memref.getShape() != tensor.getShape() ||
        memref.getElementType() != tensor.getElementType())
      return emitOpError("has a buffer of type ")
             << memref << " where " << type << " has a " << tensor;
  }
  return success();
}

/// Whether a slot of type `slot` can be passed for a kernel argument or result
/// of type `type`.
static bool isCompatible(Type slot, Type type) {
  if (auto bank = dyn_cast<BankType>(type)) {
    auto table = dyn_cast<BankType>(slot);
    return table && table.withSize(bank.getSize()) == bank &&
           (bank.isDynamic() || bank == table);
  }
  auto buffer = dyn_cast<MemRefType>(slot);
  auto tensor = dyn_cast<RankedTensorType>(type);
  return buffer && tensor &&
         buffer.getElementType() == tensor.getElementType() &&
         succeeded(verifyCompatibleShape(buffer.getShape(), tensor.getShape()));
}

LogicalResult wav::checkBytesByCategory(Operation *op,
                                        DictionaryAttr byCategory,
                                        int64_t bytes) {
  if (!byCategory)
    return success();
  int64_t sum = 0;
  for (NamedAttribute share : byCategory) {
    auto count = dyn_cast<IntegerAttr>(share.getValue());
    if (!count || !count.getType().isInteger(64) || count.getInt() < 0)
      return op->emitOpError("has ")
             << share.getValue() << " for the bytes of '"
             << share.getName().getValue()
             << "', which is no i64 of at least 0";
    sum += count.getInt();
  }
  if (sum != bytes)
    return op->emitOpError("moves ")
           << bytes << " bytes, but those by category are " << sum;
  return success();
}

LogicalResult wav::checkInstances(Operation *op, int64_t instances) {
  if (instances < 1 || op->getNumOperands() % instances != 0)
    return op->emitOpError("has ")
           << instances << " instances of " << op->getNumOperands()
           << " operands; all need as many";
  return success();
}

LogicalResult LaunchOp::verify() {
  if (failed(checkInstances(*this, getInstances())))
    return failure();
  return checkBytesByCategory(*this, getBytesByCategoryAttr(), getBytes());
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (Value slot : getSlots())
    if (failed(verifyPresent(*this, slot)))
      return failure();
  Operation *symbol = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  // The kernels of a GPU end in a module of their own.
  if (!symbol)
    symbol = symbols.lookupNearestSymbolFrom(
        *this, SymbolRefAttr::get(getContext(), "device", {getKernelAttr()}));
  // A lowered kernel has lost the types of its slots.
  if (isa_and_nonnull<FunctionOpInterface>(symbol))
    return success();
  auto kernel = dyn_cast_or_null<KernelOp>(symbol);
  if (!kernel)
    return emitOpError("launches '")
           << getKernel() << "', which is not a kernel";
  if (getPartitions() != kernel.getPartitions())
    return emitOpError("runs ")
           << getPartitions() << " partitions of '" << getKernel()
           << "', which has " << kernel.getPartitions();
  SmallVector<Type> types = kernel.getSlotTypes();
  if (types.size() != getNumSlots())
    return emitOpError("passes ") << getNumSlots() << " slots, but '"
                                  << getKernel() << "' has " << types.size();
  for (auto [index, slot] : llvm::enumerate(getSlots().getTypes()))
    if (Type type = types[index % types.size()]; !isCompatible(slot, type))
      return emitOpError("passes ")
             << slot << " as slot " << index % types.size() << " of '"
             << getKernel() << "', which is " << type;
  return success();
}
