//===- KernelBuilder.cpp - Writing the kernels of a GPU -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Codegen/KernelBuilder.h"

#include "wav/IR/WavKernelOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static Type getType(Scalar scalar) { return Value(scalar).getType(); }
static bool isFloat(Scalar scalar) {
  return isa<FloatType>(getElementTypeOrSelf(getType(scalar)));
}

Scalar wav::constantLike(Scalar like, double value) {
  KernelBuilder &b = like.getBuilder();
  return isFloat(like) ? b.number(value) : b.integer(int64_t(value));
}

Scalar Scalar::getElement(int64_t index) const {
  return {*builder, vector::ExtractOp::create(*builder, value, index)};
}

template <typename Op> static Scalar build(Scalar lhs, Scalar rhs) {
  KernelBuilder &b = lhs.getBuilder();
  return {b, Op::create(b, lhs, rhs)};
}

template <typename FloatOp, typename IntOp>
static Scalar build(Scalar lhs, Scalar rhs) {
  return isFloat(lhs) ? build<FloatOp>(lhs, rhs) : build<IntOp>(lhs, rhs);
}

static Scalar compare(arith::CmpIPredicate ofIntegers,
                      arith::CmpFPredicate ofFloats, Scalar lhs, Scalar rhs) {
  KernelBuilder &b = lhs.getBuilder();
  if (isa<FloatType>(Value(lhs).getType()))
    return {b, arith::CmpFOp::create(b, ofFloats, lhs, rhs)};
  return {b, arith::CmpIOp::create(b, ofIntegers, lhs, rhs)};
}

Scalar wav::operator+(Scalar lhs, Scalar rhs) {
  return build<arith::AddFOp, arith::AddIOp>(lhs, rhs);
}
Scalar wav::operator-(Scalar lhs, Scalar rhs) {
  return build<arith::SubFOp, arith::SubIOp>(lhs, rhs);
}
Scalar wav::operator*(Scalar lhs, Scalar rhs) {
  return build<arith::MulFOp, arith::MulIOp>(lhs, rhs);
}
Scalar wav::operator/(Scalar lhs, Scalar rhs) {
  return build<arith::DivFOp, arith::DivUIOp>(lhs, rhs);
}
Scalar wav::operator%(Scalar lhs, Scalar rhs) {
  return build<arith::RemUIOp>(lhs, rhs);
}
Scalar wav::operator&(Scalar lhs, Scalar rhs) {
  return build<arith::AndIOp>(lhs, rhs);
}
Scalar wav::operator<(Scalar lhs, Scalar rhs) {
  return compare(arith::CmpIPredicate::slt, arith::CmpFPredicate::OLT, lhs,
                 rhs);
}
Scalar wav::operator<=(Scalar lhs, Scalar rhs) {
  return compare(arith::CmpIPredicate::sle, arith::CmpFPredicate::OLE, lhs,
                 rhs);
}
Scalar wav::operator==(Scalar lhs, Scalar rhs) {
  return compare(arith::CmpIPredicate::eq, arith::CmpFPredicate::OEQ, lhs, rhs);
}
Scalar wav::min(Scalar lhs, Scalar rhs) {
  return build<arith::MinNumFOp, arith::MinSIOp>(lhs, rhs);
}
Scalar wav::max(Scalar lhs, Scalar rhs) {
  return build<arith::MaxNumFOp, arith::MaxSIOp>(lhs, rhs);
}

Scalar wav::select(Scalar condition, Scalar yes, Scalar no) {
  KernelBuilder &b = condition.getBuilder();
  return {b, arith::SelectOp::create(b, condition, yes, no)};
}

Scalar wav::fma(Scalar x, Scalar y, Scalar z) {
  KernelBuilder &b = x.getBuilder();
  return {b, math::FmaOp::create(b, x, y, z)};
}

Scalar wav::roundedProduct(Scalar x, Scalar y) {
  return fma(x, y, x.getBuilder().number(0));
}

Scalar wav::exp2(Scalar x) {
  KernelBuilder &b = x.getBuilder();
  return {b, math::Exp2Op::create(b, x, arith::FastMathFlags::afn)};
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Pointer Pointer::at(Scalar index) const {
  return {*builder,
          LLVM::GEPOp::create(*builder, pointer.getType(), element, pointer,
                              ValueRange{index},
                              LLVM::GEPNoWrapFlags::inbounds),
          element};
}

Pointer Pointer::at(int64_t index) const {
  return {*builder,
          LLVM::GEPOp::create(*builder, pointer.getType(), element, pointer,
                              LLVM::GEPArg(int32_t(index)),
                              LLVM::GEPNoWrapFlags::inbounds),
          element};
}

/// `value`, a number or a vector, with elements of type `element`.
static Value convert(OpBuilder &builder, Location location, Value value,
                     Type element) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == element)
    return value;
  Type to = element;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    to = vector.clone(element);
  if (from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, location, to, value);
  return arith::TruncFOp::create(builder, location, to, value);
}

Scalar Pointer::load() const {
  KernelBuilder &b = *builder;
  Value value = LLVM::LoadOp::create(b, element, pointer, getElementBytes());
  if (isa<FloatType>(element))
    value = convert(b, b.getLoc(), value, b.getF32Type());
  return {b, value};
}

Scalar Pointer::load(int64_t count) const {
  KernelBuilder &b = *builder;
  Value value = LLVM::LoadOp::create(b, VectorType::get(count, element),
                                     pointer, count * getElementBytes());
  return {b, convert(b, b.getLoc(), value, b.getF32Type())};
}

void Pointer::store(Scalar value) const {
  KernelBuilder &b = *builder;
  LLVM::StoreOp::create(b, convert(b, b.getLoc(), value, element), pointer,
                        getElementBytes());
}

void Pointer::copy(Pointer source, int64_t count) const {
  KernelBuilder &b = *builder;
  int64_t bytes = count * getElementBytes();
  Value value = LLVM::LoadOp::create(b, VectorType::get(count, element),
                                     source.pointer, bytes);
  LLVM::StoreOp::create(b, value, pointer, bytes);
}

/// The address that a memref holds. Kernels address memory with i32 offsets
/// from it; descriptors would make every index 64 bits wide.
static Value getAddress(ImplicitLocOpBuilder &b, Value memref, unsigned space) {
  Value index = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), index);
  return LLVM::IntToPtrOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), space), integer);
}

Pointer KernelBuilder::argument(int64_t index, MemRefType type) {
  Value memref = ArgumentOp::create(*this, type, table, index);
  // Memrefs are generic. Optimisations see through this cast to the slot, and
  // so what it promises, but not through an integer in another space.
  Value generic = getAddress(*this, memref, /*space=*/0);
  auto global = LLVM::LLVMPointerType::get(
      getContext(), static_cast<unsigned>(NVVM::NVVMMemorySpace::Global));
  return {*this, LLVM::AddrSpaceCastOp::create(*this, global, generic),
          type.getElementType()};
}

Pointer KernelBuilder::shared(int64_t offset, Type element) {
  auto space = static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared);
  if (!sharedMemory) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointAfterValue(threadIndex);
    auto workgroup =
        gpu::AddressSpaceAttr::get(getContext(), gpu::AddressSpace::Workgroup);
    Value memref = gpu::DynamicSharedMemoryOp::create(
        *this, MemRefType::get({ShapedType::kDynamic}, getI8Type(),
                               MemRefLayoutAttrInterface(), workgroup));
    sharedMemory = getAddress(*this, memref, space);
  }
  Pointer bytes(*this, sharedMemory, getI8Type());
  return {*this, bytes.at(offset), element};
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

KernelBuilder::KernelBuilder(func::FuncOp function, int64_t threads)
    : ImplicitLocOpBuilder(function.getLoc(), function.getContext()),
      threads(threads) {
  Block *entry = function.addEntryBlock();
  setInsertionPointToStart(entry);
  table = entry->getArgument(0);
  blockIndex = {*this, arith::TruncIOp::create(*this, getI32Type(),
                                               entry->getArgument(1))};
  Value index = gpu::ThreadIdOp::create(
      *this, gpu::DimensionAttr::get(getContext(), gpu::Dimension::x),
      getIndexAttr(threads));
  threadIndex = {*this, arith::IndexCastOp::create(*this, getI32Type(), index)};
}

Scalar KernelBuilder::integer(int64_t value) {
  return {*this, arith::ConstantOp::create(*this, getI32IntegerAttr(value))};
}

Scalar KernelBuilder::number(double value) {
  return {*this, arith::ConstantOp::create(*this, getF32FloatAttr(value))};
}

void KernelBuilder::loop(Scalar from, Scalar to, int64_t step,
                         ArrayRef<Fragment *> carried,
                         function_ref<void(Scalar)> body) {
  auto flatten = [&] {
    SmallVector<Value> values;
    for (Fragment *fragment : carried)
      llvm::append_range(values, *fragment);
    return values;
  };
  auto assign = [&](ValueRange values) {
    size_t next = 0;
    for (Fragment *fragment : carried)
      for (Scalar &scalar : *fragment)
        scalar = {*this, values[next++]};
  };
  auto op = scf::ForOp::create(*this, from, to, integer(step), flatten());
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    assign(op.getRegionIterArgs());
    body({*this, op.getInductionVar()});
    if (op.getNumResults() != 0)
      scf::YieldOp::create(*this, flatten());
  }
  assign(op.getResults());
}

void KernelBuilder::when(Scalar condition, function_ref<void()> body) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  body();
}

void KernelBuilder::forEachItem(int64_t count,
                                function_ref<void(Scalar)> body) {
  constexpr int64_t kMaxUnrolled = 16;
  if (count > kMaxUnrolled * threads)
    return loop(threadIndex, integer(count), threads, {}, body);
  for (int64_t first = 0; first < count; first += threads) {
    Scalar item = threadIndex + first;
    if (first + threads <= count)
      body(item);
    else
      when(item < count, [&] { body(item); });
  }
}

//===----------------------------------------------------------------------===//
// Exchange
//===----------------------------------------------------------------------===//

void KernelBuilder::barrier() { gpu::BarrierOp::create(*this); }

void KernelBuilder::warpBarrier() {
  NVVM::SyncWarpOp::create(*this, integer(-1));
}

Scalar KernelBuilder::shuffleXor(Scalar value, int64_t mask) {
  Value all = integer(-1), offset = integer(mask), clamp = integer(kWarp - 1);
  return {*this,
          NVVM::ShflOp::create(*this, Value(value).getType(), all, value,
                               offset, clamp, NVVM::ShflKind::bfly,
                               /*return_value_and_is_valid=*/UnitAttr())};
}

Scalar KernelBuilder::ballot(Scalar condition) {
  return {*this,
          NVVM::VoteSyncOp::create(*this, getI32Type(), integer(-1), condition,
                                   NVVM::VoteSyncKind::ballot)};
}

void KernelBuilder::copyAsync(Pointer target, Pointer source, int64_t count,
                              Scalar inside) {
  int64_t bytes = count * target.getElementBytes();
  Value size;
  if (Value(inside)) {
    Scalar all = integer(bytes);
    size = select(inside, all, integer(0));
  }
  // Only copies of 16 bytes can pass the first-level cache by.
  auto cache = bytes == 16 ? NVVM::LoadCacheModifierKind::CG
                           : NVVM::LoadCacheModifierKind::CA;
  NVVM::CpAsyncOp::create(*this, target, source, bytes, cache, size);
}

void KernelBuilder::commitCopies() {
  NVVM::CpAsyncCommitGroupOp::create(*this);
}

void KernelBuilder::waitForCopies(int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(*this, pending);
}
