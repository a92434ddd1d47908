//===- RowLayout.cpp - How rows lie in lanes ---------------------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::wav;

/// More elements than that are never accessed at once.
static constexpr int64_t kMaxChunk = kAccessBytes;

/// The largest power of two, at most `kMaxChunk`, that divides `number`.
static int64_t getPowerOfTwo(int64_t number) {
  return number ? std::min(kMaxChunk, number & -number) : kMaxChunk;
}

/// A power of two that divides the index for sure.
static int64_t getDivisor(Value index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return getPowerOfTwo(*constant);
  if (auto add = index.getDefiningOp<arith::AddIOp>())
    return std::min(getDivisor(add.getLhs()), getDivisor(add.getRhs()));
  if (auto product = index.getDefiningOp<arith::MulIOp>())
    return std::min(kMaxChunk, getDivisor(product.getLhs()) *
                                   getDivisor(product.getRhs()));
  // The position of a trip of a loop over strips.
  if (auto argument = dyn_cast<BlockArgument>(index))
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
      if (loop.getInductionVar() == index)
        return std::min(getDivisor(loop.getLowerBound()),
                        getDivisor(loop.getStep()));
  return 1;
}

llvm::MapVector<int64_t, int64_t> wav::getRowChunks(func::FuncOp function) {
  struct Accesses {
    int64_t bytes;   ///< Of the narrowest element.
    int64_t divisor; ///< Of the width and all offsets.
  };
  llvm::MapVector<int64_t, Accesses> accesses;
  auto visit = [&](VectorType type, MemRefType buffer, ValueRange indices) {
    Accesses &access = accesses[type.getDimSize(0)];
    access.bytes = std::min(access.bytes, getElementBytes(type));
    access.divisor = std::min(access.divisor, getDivisor(indices.back()));
    if (indices.size() > 1)
      access.divisor =
          std::min(access.divisor, getPowerOfTwo(buffer.getShape().back()));
  };
  function.walk([&](Operation *op) {
    // Rows that a function computes are results, if only of its loads.
    for (Type type : op->getResultTypes())
      if (int64_t width = getRowWidth(type))
        accesses.try_emplace(width, Accesses{4, getPowerOfTwo(width)});
  });
  function.walk([&](Operation *op) {
    if (auto load = dyn_cast<vector::LoadOp>(op))
      visit(load.getVectorType(), load.getMemRefType(), load.getIndices());
    else if (auto store = dyn_cast<vector::StoreOp>(op))
      visit(store.getVectorType(), store.getMemRefType(), store.getIndices());
  });
  llvm::MapVector<int64_t, int64_t> chunks;
  for (auto [width, access] : accesses)
    chunks[width] = std::min(kAccessBytes / access.bytes, access.divisor);
  return chunks;
}
