//===- Buffers.cpp - Which values share memory ------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavResidualOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Transforms/Fusion.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// FixedMemory
//===----------------------------------------------------------------------===//

static int64_t getElementBytes(const ParameterLayout &layout) {
  return layout.getArenaType().getElementTypeBitWidth() / 8;
}

FixedMemory::FixedMemory(ModuleOp module) : layout(module) {
  for (ParameterOp parameter : layout.getParameters())
    symbols[parameter.getSymName()] = {
        {Arena::Parameters,
         layout.getOffset(parameter) * getElementBytes(layout)},
        parameter.getType()};
  int64_t offset = 0;
  for (auto state : module.getOps<StateOp>()) {
    auto type = cast<RankedTensorType>(state.getType());
    symbols[state.getSymName()] = {{Arena::State, offset}, type};
    offset = llvm::alignTo(offset + getSizeInBytes(type), kBufferAlignment);
  }
}

std::optional<Placement> FixedMemory::find(const Place &place,
                                           Type type) const {
  if (place.symbol.empty()) {
    if (type != layout.getArenaType())
      return std::nullopt;
    return Placement{place.arena, 0};
  }
  auto it = symbols.find(place.symbol);
  if (it == symbols.end() || it->second.type != type)
    return std::nullopt;
  // Gradients lie as parameters do.
  Placement placement = it->second.placement;
  if (place.arena == Arena::Gradients && placement.arena == Arena::Parameters)
    placement.arena = Arena::Gradients;
  if (placement.arena != place.arena)
    return std::nullopt;
  return placement;
}

Placement FixedMemory::getIO(StringRef name, RankedTensorType type) {
  auto [it, isNew] =
      io.insert({{StringAttr::get(type.getContext(), name), type}, ioSize});
  if (isNew)
    ioSize = llvm::alignTo(ioSize + getSizeInBytes(type), kBufferAlignment);
  return {Arena::IO, it->second};
}

//===----------------------------------------------------------------------===//
// Buffers of values
//===----------------------------------------------------------------------===//

unsigned BufferAssignment::create(int64_t bytes) {
  buffers.push_back(Buffer{bytes, std::nullopt, nullptr});
  return values.create(bytes);
}

unsigned BufferAssignment::getFixed(Placement placement, int64_t bytes,
                                    bool isWritable) {
  for (auto [index, buffer] : llvm::enumerate(buffers))
    if (buffer.placement == placement && buffer.bytes == bytes) {
      buffer.isWritable &= isWritable;
      return index;
    }
  unsigned index = create(bytes);
  buffers[index].placement = placement;
  buffers[index].isWritable = isWritable;
  return index;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

static bool overlap(const Buffer &a, const Buffer &b) {
  return a.placement && b.placement &&
         a.placement->arena == b.placement->arena &&
         a.placement->offset < b.placement->offset + b.bytes &&
         b.placement->offset < a.placement->offset + a.bytes;
}

/// Whether the owner of `tied` can overwrite its memory.
bool BufferAssignment::canOverwrite(OpOperand &tied) {
  llvm::SmallDenseSet<unsigned> seen;
  for (unsigned index : getBuffers(tied.get())) {
    if (!buffers[index].isWritable || !seen.insert(index).second ||
        values.isNeeded(index, tied))
      return false;
    // All parameters as one matrix overlap each of them.
    for (auto [other, buffer] : llvm::enumerate(buffers))
      if (other != index && overlap(buffer, buffers[index]) &&
          values.isNeeded(other, tied))
        return false;
  }
  return true;
}

/// Makes the operand a copy of its value, in memory of its own.
LogicalResult BufferAssignment::copy(OpOperand &operand) {
  Operation *owner = operand.getOwner();
  Value value = operand.get();
  Location loc = owner->getLoc();
  OpBuilder builder(owner);
  if (auto type = dyn_cast<BankType>(value.getType())) {
    SmallVector<Value> sources;
    for (int64_t i = 0; i < type.getSize(); ++i) {
      auto take = [&](BankPart part) -> FailureOr<Value> {
        auto taken = TakeOp::create(builder, loc, value, i, part);
        if (failed(visit(taken)))
          return failure();
        return taken.getResult();
      };
      FailureOr<Value> row = take(BankPart::Row), scale = Value(),
                       bias = Value();
      if (type.getScaled())
        scale = take(BankPart::Scale);
      if (type.getBiased())
        bias = take(BankPart::Bias);
      if (failed(row) || failed(scale) || failed(bias))
        return failure();
      auto source = SourceOp::create(builder, loc, *row, *scale, *bias);
      for (OpOperand &part : source->getOpOperands())
        if (part.get() != *bias && failed(copy(part)))
          return failure();
      if (failed(visit(source)))
        return failure();
      sources.push_back(source);
    }
    auto bank = BankOp::create(builder, loc, type, sources);
    operand.set(bank);
    return visit(bank);
  }

  auto type = cast<RankedTensorType>(value.getType());
  if (!isa<FloatType>(type.getElementType()))
    return owner->emitOpError("needs a copy of a value of type ")
           << type << "; only floats can be copied";
  remark::missed(loc, remark::RemarkOpts::name("Copied")
                          .category("wav-plan")
                          .function(function.getSymName()))
      << "a value is copied: its memory is needed again, or it must lie "
         "elsewhere"
      << remark::metric("Bytes", getSizeInBytes(type));
  SmallVector<Operation *> ops;
  if (Operation *definition = value.getDefiningOp();
      definition && isRepeatedInKernels(definition)) {
    ops.push_back(builder.clone(*definition));
    value = ops.back()->getResult(0);
  }
  auto combine = CombineOp::create(builder, loc, type, value,
                                   builder.getDenseF64ArrayAttr(1.0));
  operand.set(combine);
  ops.push_back(combine);
  return visit(createFusion(builder, ops));
}

/// Makes the operand's value lie at `placement`.
LogicalResult BufferAssignment::place(OpOperand &operand, Placement placement) {
  Buffer &buffer = buffers[getBuffers(operand.get()).front()];
  if (buffer.placement == placement)
    return success();
  bool isTaken = false;
  for (auto [index, other] : llvm::enumerate(buffers)) {
    if (other.placement != placement)
      continue;
    isTaken = true;
    if (values.isNeeded(index, operand))
      return operand.getOwner()->emitOpError(
          "replaces memory that is read afterwards");
  }
  if (!isTaken && !buffer.placement && !buffer.constant) {
    buffer.placement = placement;
    return success();
  }
  if (failed(copy(operand)))
    return failure();
  buffers[getBuffers(operand.get()).front()].placement = placement;
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Fails unless a value of this type can lie in an arena.
static LogicalResult checkPlaceable(Operation *op, Type type) {
  auto bank = dyn_cast<BankType>(type);
  auto tensor = dyn_cast<RankedTensorType>(bank ? bank.getRowType() : type);
  auto isPlaceable = [](Type element) {
    return element.isF32() || element.isBF16() || element.isInteger(32);
  };
  if (tensor && tensor.hasStaticShape() && !(bank && bank.isDynamic()) &&
      isPlaceable(tensor.getElementType()))
    return success();
  return op->emitOpError("has a value of type ")
         << type
         << ", which has no place in memory; tensors of f32, bf16 or i32 and "
            "known size have, and banks of such";
}

LogicalResult BufferAssignment::visitCompute(Operation *op) {
  for (OpResult result : op->getResults()) {
    OpOperand *tied = getTiedOperand(result);
    bool isInPlace = !tied || canOverwrite(*tied);
    if (!isInPlace &&
        cast<TiedOpInterface>(op).isTieOptional(result.getResultNumber())) {
      values.assignOwn(result);
    } else {
      if (!isInPlace && failed(copy(*tied)))
        return failure();
      values.assign(result);
    }
    while (buffers.size() < values.size())
      buffers.push_back(
          Buffer{values.getBytes(buffers.size()), std::nullopt, nullptr});
  }
  return success();
}

/// Where a value of `type` lies at `place`, which `op` names.
FailureOr<Placement> BufferAssignment::find(Operation *op, const Place &place,
                                            Type type) {
  if (std::optional<Placement> placement = fixed.find(place, type))
    return *placement;
  if (place.symbol.empty())
    return op->emitOpError("treats an arena as ")
           << type << ", but the parameters of this module make it "
           << fixed.getLayout().getArenaType();
  return op->emitOpError("has a value of type ")
         << type << " for '" << place.symbol << "', which is of another type";
}

LogicalResult BufferAssignment::visitPlaced(PlacedOpInterface op) {
  SmallVector<Place> places = op.getOperandPlaces();
  if (!places.empty() && places.size() != op->getNumOperands())
    return op->emitOpError("has ")
           << op->getNumOperands() << " values for " << places.size()
           << " places; it needs one for each, in the order of declaration";
  for (auto [operand, to] : llvm::zip(op->getOpOperands(), places)) {
    FailureOr<Placement> placement = find(op, to, operand.get().getType());
    if (failed(placement) || failed(place(operand, *placement)))
      return failure();
  }
  for (OpResult result : op->getResults()) {
    std::optional<Place> at = op.getResultPlace(result.getResultNumber());
    if (!at)
      continue;
    FailureOr<Placement> placement = find(op, *at, result.getType());
    if (failed(placement))
      return failure();
    bool isView = isa<ViewOpInterface>(*op);
    SmallVector<unsigned> indices = {
        getFixed(*placement, getTotalBytes(result.getType()),
                 !isView && llvm::is_contained(replaced, *at))};
    // The whole, and what it consists of.
    if (isView)
      for (Value operand : op->getOperands())
        llvm::append_range(indices, getBuffers(operand));
    values.set(result, indices);
  }
  return success();
}

LogicalResult BufferAssignment::visitReturn(func::ReturnOp op) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto name = function.getResultAttrOfType<StringAttr>(
        operand.getOperandNumber(), kNameAttr);
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    if (!name || !type)
      return op.emitOpError("result ")
             << operand.getOperandNumber()
             << " of an entry point must be a tensor with a 'wav.name'";
    StringRef parameter = name.getValue();
    std::optional<Placement> placement;
    if (parameter.consume_front("grad.") && !parameter.empty())
      placement = fixed.find({Arena::Gradients, parameter}, type);
    if (!placement)
      placement = fixed.getIO(name, type);
    if (failed(place(operand, *placement)))
      return failure();
  }
  return success();
}

LogicalResult BufferAssignment::visit(Operation *op) {
  for (Type type : op->getResultTypes())
    if (failed(checkPlaceable(op, type)))
      return failure();
  if (auto placed = dyn_cast<PlacedOpInterface>(op))
    return visitPlaced(placed);
  if (auto ret = dyn_cast<func::ReturnOp>(op))
    return visitReturn(ret);
  if (isConstant(op)) {
    FailureOr<DenseElementsAttr> value = evaluateConstant(op);
    if (failed(value))
      return failure();
    unsigned index = create(getSizeInBytes(value->getType()));
    buffers[index].constant = *value;
    buffers[index].isWritable = false;
    values.set(op->getResult(0), index);
    return success();
  }
  if (!isa<FusionOp, LibraryOpInterface, ViewOpInterface>(op))
    return op->emitOpError("cannot be scheduled: it is neither a fusion "
                           "(run wav-fuse) nor a library call");
  return visitCompute(op);
}

LogicalResult BufferAssignment::run() {
  if (!function.getBody().hasOneBlock())
    return function.emitOpError(
        "cannot be scheduled: an entry point has a body of one block");
  Block &block = function.getBody().front();
  for (Operation &op : block)
    if (auto placed = dyn_cast<PlacedOpInterface>(op))
      llvm::append_range(replaced, placed.getOperandPlaces());
  for (BlockArgument argument : block.getArguments()) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      kNameAttr);
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!name || !type)
      return function.emitOpError("argument ")
             << argument.getArgNumber()
             << " of an entry point must be a tensor with a 'wav.name'";
    if (failed(checkPlaceable(function, type)))
      return failure();
    values.set(argument,
               getFixed(fixed.getIO(name, type), getSizeInBytes(type), false));
  }
  for (Operation &op : llvm::make_early_inc_range(block))
    if (failed(visit(&op)))
      return failure();
  computeLiveness();
  return success();
}

//===----------------------------------------------------------------------===//
// Liveness and scratch
//===----------------------------------------------------------------------===//

void BufferAssignment::computeLiveness() {
  SmallVector<ValueBuffers::Lifetime> lifetimes =
      values.getLifetimes(function.getBody().front());
  for (auto [buffer, lifetime] : llvm::zip_equal(buffers, lifetimes)) {
    buffer.first = lifetime.first;
    buffer.last = lifetime.last;
  }
}

/// Best fit, the largest first: each buffer goes into the smallest gap between
/// those that are live together with it.
int64_t BufferAssignment::placeScratch() {
  SmallVector<Buffer *> order;
  for (Buffer &buffer : buffers)
    if (!buffer.placement && !buffer.constant)
      order.push_back(&buffer);
  llvm::sort(order, [](Buffer *a, Buffer *b) {
    return std::tuple(-a->bytes, a->first, a) <
           std::tuple(-b->bytes, b->first, b);
  });

  int64_t total = 0;
  SmallVector<Buffer *> placed; // by offset
  for (Buffer *buffer : order) {
    int64_t bytes = llvm::alignTo(buffer->bytes, kBufferAlignment);
    int64_t end = 0, best = -1, bestSlack = 0;
    for (Buffer *other : placed) {
      if (other->last < buffer->first || buffer->last < other->first)
        continue;
      int64_t slack = other->placement->offset - end - bytes;
      if (slack >= 0 && (best < 0 || slack < bestSlack)) {
        best = end;
        bestSlack = slack;
      }
      end = std::max<int64_t>(
          end, llvm::alignTo(other->placement->offset + other->bytes,
                             kBufferAlignment));
    }
    buffer->placement = Placement{Arena::Scratch, best < 0 ? end : best};
    total = std::max(total, buffer->placement->offset + bytes);
    placed.insert(llvm::upper_bound(placed, buffer,
                                    [](Buffer *a, Buffer *b) {
                                      return a->placement->offset <
                                             b->placement->offset;
                                    }),
                  buffer);
  }
  return total;
}
