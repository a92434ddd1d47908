//===- RowEmitter.cpp - How an op states its row program --------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Rows/RowEmitter.h"
#include "wav/IR/WavKernelOps.h"
#include "wav/IR/WavResidualOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// RowValue
//===----------------------------------------------------------------------===//

int64_t RowValue::getWidth() const {
  auto type = dyn_cast<VectorType>(value.getType());
  return type ? type.getDimSize(0) : 1;
}

/// Emits the elementwise op on two values, of which one may be a number.
template <typename OpTy>
static RowValue emitBinary(RowValue lhs, RowValue rhs) {
  RowEmitter &emitter = lhs.getEmitter();
  if (lhs.isRow())
    rhs = emitter.broadcast(rhs, lhs.getWidth());
  else if (rhs.isRow())
    lhs = emitter.broadcast(lhs, rhs.getWidth());
  return {emitter, OpTy::create(emitter.getBuilder(), lhs.get(), rhs.get())};
}

RowValue wav::operator+(RowValue lhs, RowValue rhs) {
  return emitBinary<arith::AddFOp>(lhs, rhs);
}
RowValue wav::operator-(RowValue lhs, RowValue rhs) {
  return emitBinary<arith::SubFOp>(lhs, rhs);
}
RowValue wav::operator*(RowValue lhs, RowValue rhs) {
  return emitBinary<arith::MulFOp>(lhs, rhs);
}
RowValue wav::operator/(RowValue lhs, RowValue rhs) {
  return emitBinary<arith::DivFOp>(lhs, rhs);
}
RowValue wav::operator+(RowValue lhs, double rhs) {
  return lhs + lhs.getEmitter().constant(rhs);
}
RowValue wav::operator-(RowValue lhs, double rhs) {
  return lhs - lhs.getEmitter().constant(rhs);
}
RowValue wav::operator*(RowValue lhs, double rhs) {
  return lhs * lhs.getEmitter().constant(rhs);
}
RowValue wav::operator/(double lhs, RowValue rhs) {
  return rhs.getEmitter().constant(lhs) / rhs;
}
RowValue wav::operator-(RowValue value) {
  RowEmitter &emitter = value.getEmitter();
  return {emitter, arith::NegFOp::create(emitter.getBuilder(), value.get())};
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

RowEmitter::RowEmitter(OpBuilder &b, Location location, Operation *loop,
                       Value row, Value partitionIndex, RowForm rowForm)
    : builder(location, b), rowLoop(loop), rowIndex(row),
      partition(partitionIndex), form(rowForm) {}

Value RowEmitter::getBuffer(Value value) {
  if (Value buffer = storage.lookup(value))
    return buffer;
  hasFailed = true;
  InFlightDiagnostic diag =
      emitError(builder.getLoc())
      << "needs this value in memory, but it exists only inside the kernel; "
         "the op that forms it must be in a kernel of its own";
  if (Operation *op = value.getDefiningOp())
    diag.attachNote(op->getLoc()) << "formed here";
  return {};
}

void RowEmitter::checkOperand(Value value, bool byRow) {
  bool isOperand = false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (operand.get() != value)
      continue;
    isOperand = true;
    RowOperand said = op.getRowOperand(operand.getOperandNumber());
    if ((said == RowOperand::ByRow) == byRow)
      return;
  }
  if (!isOperand)
    return;
  hasFailed = true;
  op->emitOpError("reads an operand of type ")
      << value.getType() << (byRow ? " by row" : " whole or gathered")
      << ", but its getRowOperand says otherwise; make them agree";
}

/// The type of a number, or of a row, with another element type.
static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

RowValue RowEmitter::widen(Value stored) {
  Type type = withElement(stored.getType(), builder.getF32Type());
  if (stored.getType() != type)
    stored = arith::ExtFOp::create(builder, type, stored);
  return {*this, stored};
}

Value RowEmitter::narrow(RowValue value, Type element) {
  Type type = withElement(value.get().getType(), element);
  if (value.get().getType() == type)
    return value.get();
  return arith::TruncFOp::create(builder, type, value.get());
}

RowValue RowEmitter::loadRow(Value buffer, ValueRange indices, int64_t width) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return widen(vector::LoadOp::create(builder, VectorType::get(width, element),
                                      buffer, indices));
}

RowValue RowEmitter::loadScalar(Value buffer, ValueRange indices) {
  return widen(memref::LoadOp::create(builder, buffer, indices));
}

void RowEmitter::storeValue(Value buffer, ValueRange indices, RowValue value) {
  storeNarrow(
      buffer, indices,
      narrow(value, cast<MemRefType>(buffer.getType()).getElementType()));
}

void RowEmitter::storeNarrow(Value buffer, ValueRange indices, Value value) {
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(builder, value, buffer, indices);
  else
    memref::StoreOp::create(builder, value, buffer, indices);
}

SmallVector<Value> RowEmitter::indicesOfRow(MemRefType type, bool asRow) {
  if (type.getRank() == 2)
    return {rowIndex, constantIndex(0)};
  if (type.getRank() == 1)
    return {asRow ? constantIndex(0) : rowIndex};
  return {};
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

RowValue RowEmitter::loadOperand(Value tensor, bool asRow) {
  auto type = cast<RankedTensorType>(tensor.getType());
  asRow &= type.getRank() > 0;
  int64_t width = asRow ? type.getShape().back() : 1;
  auto fill = tensor.getDefiningOp<FillOp>();
  Value buffer = fill ? Value() : getBuffer(tensor);
  if (!buffer) {
    RowValue number = constant(fill ? fill.getValue().convertToDouble() : 0);
    return asRow ? broadcast(number, width) : number;
  }
  SmallVector<Value> indices =
      indicesOfRow(cast<MemRefType>(buffer.getType()), asRow);
  return asRow ? loadRow(buffer, indices, width) : loadScalar(buffer, indices);
}

RowValue RowEmitter::row(Value tensor) {
  checkOperand(tensor, /*byRow=*/true);
  // A vector of one element is a row to one op and a number to another.
  if (Value value = defined.lookup(tensor))
    return broadcast(
        widen(value),
        cast<RankedTensorType>(tensor.getType()).getRank() == 0
            ? 1
            : cast<RankedTensorType>(tensor.getType()).getShape().back());
  return loadOperand(tensor, /*asRow=*/true);
}

RowValue RowEmitter::scalar(Value tensor) {
  checkOperand(tensor, /*byRow=*/true);
  if (Value value = defined.lookup(tensor)) {
    RowValue number = widen(value);
    return number.isRow() ? sum(number) : number;
  }
  return loadOperand(tensor, /*asRow=*/false);
}

RowValue RowEmitter::whole(Value tensor) {
  checkOperand(tensor, /*byRow=*/false);
  return loadOperand(tensor, /*asRow=*/true);
}

Value RowEmitter::index(Value tensor) {
  checkOperand(tensor, /*byRow=*/true);
  return loadElement(tensor, rowIndex);
}

RowValue RowEmitter::load(Value tensor, ValueRange indices, int64_t width) {
  checkOperand(tensor, /*byRow=*/false);
  Value buffer = getBuffer(tensor);
  if (!buffer)
    return broadcast(constant(0), width);
  return loadRow(buffer, indices, width);
}

Value RowEmitter::element(Value tensor, ValueRange indices) {
  checkOperand(tensor, /*byRow=*/false);
  return loadElement(tensor, indices);
}

Value RowEmitter::loadElement(Value tensor, ValueRange indices) {
  bool isInteger =
      cast<RankedTensorType>(tensor.getType()).getElementType().isInteger();
  Value buffer = getBuffer(tensor);
  if (!buffer)
    return isInteger ? constantIndex(0) : constant(0).get();
  if (!isInteger)
    return loadScalar(buffer, indices).get();
  Value number = memref::LoadOp::create(builder, buffer, indices);
  return arith::IndexCastOp::create(builder, builder.getIndexType(), number);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void RowEmitter::define(Value result, RowValue value) {
  auto type = cast<RankedTensorType>(result.getType());
  if (type.getRank() == 2)
    value = broadcast(value, type.getDimSize(1));
  Value stored = narrow(value, type.getElementType());
  if (Operation *op = stored.getDefiningOp();
      isa_and_nonnull<arith::MulFOp, math::SqrtOp>(op))
    op->setAttr(kResultAttr, builder.getUnitAttr());
  defined[result] = stored;
  if (Value buffer = storage.lookup(result))
    storeNarrow(buffer,
                indicesOfRow(cast<MemRefType>(buffer.getType()), value.isRow()),
                stored);
}

void RowEmitter::store(Value result, ValueRange indices, RowValue value) {
  // Without a buffer it is not yielded: nobody wants it.
  if (Value buffer = storage.lookup(result))
    storeValue(buffer, indices, value);
}

void RowEmitter::accumulate(Value rowSum, RowValue value) {
  Value buffer = storage.lookup(rowSum);
  if (!buffer)
    return; // Not yielded: nobody wants the sum.
  if (form == RowForm::OnePass)
    return setSum(rowSum, getSum(rowSum) + value);
  SmallVector<Value> indices = {partition};
  if (cast<MemRefType>(buffer.getType()).getRank() == 2)
    indices.push_back(constantIndex(0));
  RowValue old = value.isRow() ? loadRow(buffer, indices, value.getWidth())
                               : loadScalar(buffer, indices);
  storeValue(buffer, indices, old + value);
}

RowValue RowEmitter::getSum(Value rowSum) {
  if (Value sum = sums.lookup(rowSum))
    return {*this, sum};
  auto type = cast<RankedTensorType>(rowSum.getType());
  RowValue zero = constant(0);
  return type.getRank() == 0 ? zero : broadcast(zero, type.getDimSize(0));
}

void RowEmitter::accumulate(Value rowSum, Value index, RowValue value) {
  Value buffer = storage.lookup(rowSum);
  if (!buffer)
    return;
  RowValue old = loadScalar(buffer, {partition, index});
  storeValue(buffer, {partition, index}, old + value);
}

//===----------------------------------------------------------------------===//
// Banks
//===----------------------------------------------------------------------===//

Value RowEmitter::bankSize(Value bank, int64_t more) {
  Value buffer = bank ? getBuffer(bank) : Value();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(rowLoop);
  if (!buffer)
    return constantIndex(more);
  Value size = BankSizeOp::create(builder, builder.getIndexType(), buffer);
  return more == 0 ? size
                   : arith::AddIOp::create(builder, size, constantIndex(more));
}

/// The buffer of a tensor of source `k`.
static Value getBankRow(ImplicitLocOpBuilder &builder, Value table,
                        BankType bank, Value k, BankPart part) {
  RankedTensorType tensor = bank.getPartType(part);
  auto type = MemRefType::get(tensor.getShape(), tensor.getElementType());
  BankPartAttr attr;
  if (part != BankPart::Row)
    attr = BankPartAttr::get(builder.getContext(), part);
  return BankRowOp::create(builder, type, table, k, attr);
}

RowValue RowEmitter::bankRow(Value bank, Value k, BankPart part) {
  return widen(loadBankRow(bank, k, part));
}

Value RowEmitter::loadBankRow(Value bank, Value k, BankPart part) {
  auto type = cast<BankType>(bank.getType());
  RankedTensorType tensor = type.getPartType(part);
  bool isMatrix = tensor.getRank() == 2;
  checkOperand(bank, /*byRow=*/false);
  Value table = getBuffer(bank);
  if (!table)
    return (isMatrix ? broadcast(constant(0), tensor.getDimSize(1))
                     : constant(0))
        .get();
  Value buffer = getBankRow(builder, table, type, k, part);
  SmallVector<Value> indices =
      indicesOfRow(cast<MemRefType>(buffer.getType()), /*asRow=*/false);
  if (!isMatrix)
    return memref::LoadOp::create(builder, buffer, indices);
  auto row = VectorType::get(tensor.getDimSize(1), tensor.getElementType());
  return vector::LoadOp::create(builder, row, buffer, indices);
}

void RowEmitter::setBankRow(Value bank, Value k, RowValue value,
                            BankPart part) {
  Value table = storage.lookup(bank);
  if (!table)
    return; // Not yielded: nobody wants it.
  Value buffer =
      getBankRow(builder, table, cast<BankType>(bank.getType()), k, part);
  storeValue(buffer,
             indicesOfRow(cast<MemRefType>(buffer.getType()), /*asRow=*/false),
             value);
}

Value RowEmitter::bankIndex(Value bank, Value k) {
  checkOperand(bank, /*byRow=*/false);
  Value table = getBuffer(bank);
  if (!table)
    return constantIndex(0);
  Value buffer = getBankRow(builder, table, cast<BankType>(bank.getType()), k,
                            BankPart::Bias);
  Value number = memref::LoadOp::create(builder, buffer, ValueRange());
  return arith::IndexCastOp::create(builder, builder.getIndexType(), number);
}

//===----------------------------------------------------------------------===//
// Loops and lists
//===----------------------------------------------------------------------===//

SmallVector<RowValue> RowEmitter::loop(
    Value from, Value to, int64_t step, ArrayRef<RowValue> init,
    function_ref<SmallVector<RowValue>(Value, ArrayRef<RowValue>)> body) {
  auto wrap = [&](ValueRange values) {
    return llvm::map_to_vector(
        values, [&](Value value) { return RowValue(*this, value); });
  };
  auto unwrap = [](ArrayRef<RowValue> values) {
    return llvm::map_to_vector(values,
                               [](RowValue value) { return value.get(); });
  };
  Value stepValue = constantIndex(step);
  auto loop = scf::ForOp::create(builder, from, to, stepValue, unwrap(init));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<RowValue> next =
        body(loop.getInductionVar(), wrap(loop.getRegionIterArgs()));
    // Without carried values the terminator is there already.
    if (!init.empty())
      scf::YieldOp::create(builder, unwrap(next));
  }
  return wrap(loop.getResults());
}

Value RowEmitter::list(Value size, double fill) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(rowLoop);
  Value chunk = constantIndex(kChunk);
  Value chunks = arith::CeilDivUIOp::create(builder, size, chunk);
  Value padded = arith::MulIOp::create(builder, chunks, chunk);
  auto type = MemRefType::get({ShapedType::kDynamic}, builder.getF32Type());
  Value list = memref::AllocaOp::create(builder, type, padded,
                                        builder.getI64IntegerAttr(64));
  RowValue init = broadcast(constant(fill), kChunk);
  loop(constantIndex(0), padded, kChunk, {},
       [&](Value index, ArrayRef<RowValue>) {
         setChunk(list, index, init);
         return SmallVector<RowValue>();
       });
  return list;
}

RowValue RowEmitter::beforeRows(function_ref<RowValue()> body) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(rowLoop);
  return body();
}

RowValue RowEmitter::get(Value list, Value index) {
  return loadScalar(list, index);
}
void RowEmitter::set(Value list, Value index, RowValue value) {
  storeValue(list, index, value);
}
RowValue RowEmitter::getChunk(Value list, Value index) {
  return loadRow(list, index, kChunk);
}
void RowEmitter::setChunk(Value list, Value index, RowValue value) {
  storeValue(list, index, value);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

RowValue RowEmitter::constant(double value) {
  return {*this, arith::ConstantOp::create(
                     builder, builder.getF32FloatAttr(float(value)))};
}

Value RowEmitter::constantIndex(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value RowEmitter::isElement(Value index, int64_t width) {
  // In 32 bits: as many lanes of a vector register as f32 has.
  auto type = VectorType::get(width, builder.getI32Type());
  Value number =
      arith::IndexCastOp::create(builder, builder.getI32Type(), index);
  Value everywhere = vector::BroadcastOp::create(builder, type, number);
  Value step = vector::StepOp::create(
      builder, VectorType::get(width, builder.getIndexType()));
  Value elements = arith::IndexCastOp::create(builder, type, step);
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, elements,
                               everywhere);
}

RowValue RowEmitter::broadcast(RowValue value, int64_t width) {
  if (value.isRow())
    return value;
  auto type = VectorType::get(width, builder.getF32Type());
  FloatAttr number;
  if (matchPattern(value.get(), m_Constant(&number)))
    return {*this, arith::ConstantOp::create(
                       builder, DenseElementsAttr::get(type, number))};
  return {*this, vector::BroadcastOp::create(builder, type, value.get())};
}

RowValue RowEmitter::sum(RowValue row) {
  return {*this, vector::ReductionOp::create(
                     builder, vector::CombiningKind::ADD, row.get())};
}

RowValue RowEmitter::mean(RowValue row) {
  return sum(row) * (1.0 / double(row.getWidth()));
}

RowValue RowEmitter::fma(RowValue a, RowValue b, RowValue c) {
  return {*this, math::FmaOp::create(builder, a.get(), b.get(), c.get())};
}

RowValue RowEmitter::dot(RowValue lhs, RowValue rhs) { return sum(lhs * rhs); }

RowValue RowEmitter::max(RowValue row) {
  return {*this, vector::ReductionOp::create(
                     builder, vector::CombiningKind::MAXNUMF, row.get())};
}

RowValue RowEmitter::select(Value condition, RowValue ifTrue,
                            RowValue ifFalse) {
  for (Value value : {condition, ifTrue.get(), ifFalse.get()})
    if (auto type = dyn_cast<VectorType>(value.getType())) {
      ifTrue = broadcast(ifTrue, type.getDimSize(0));
      ifFalse = broadcast(ifFalse, type.getDimSize(0));
    }
  return {*this, arith::SelectOp::create(builder, condition, ifTrue.get(),
                                         ifFalse.get())};
}

RowValue RowEmitter::larger(RowValue lhs, RowValue rhs) {
  // As `maxnumf`, in the form that is one instruction. What it makes of a NaN
  // does not matter: every use subtracts it from the values themselves.
  Value isLarger = arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT,
                                         lhs.get(), rhs.get());
  return select(isLarger, lhs, rhs);
}

RowValue RowEmitter::exp(RowValue value) {
  return {*this, math::ExpOp::create(builder, value.get())};
}
RowValue RowEmitter::log(RowValue value) {
  return {*this, math::LogOp::create(builder, value.get())};
}
RowValue RowEmitter::sqrt(RowValue value) {
  return {*this, math::SqrtOp::create(builder, value.get())};
}
RowValue RowEmitter::rsqrt(RowValue value) { return 1.0 / sqrt(value); }
