//===- RowLayout.h - How rows lie in lanes -----------------*- C++ -*- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_GPU_ROWLAYOUT_H
#define WAV_LIB_CODEGEN_GPU_ROWLAYOUT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::wav {

/// The most threads of a block.
inline constexpr int64_t kMaxThreads = 1024;

/// The most bytes that a thread loads or stores at once.
inline constexpr int64_t kAccessBytes = 16;

/// How rows of one width lie in `lanes` lanes: in chunks of `chunk` elements
/// that go round the lanes. Piece `k` of a lane is chunk `k * lanes + lane`, so
/// neighbouring lanes access neighbouring memory. Where the lanes do not divide
/// the chunks, some lanes have nothing in their last piece.
struct RowLayout {
  int64_t width, chunk, lanes;

  int64_t getNumChunks() const { return width / chunk; }
  int64_t getNumPieces() const {
    return llvm::divideCeil(getNumChunks(), lanes);
  }
  /// The lanes that have a last piece.
  int64_t getLastLanes() const {
    return getNumChunks() - (getNumPieces() - 1) * lanes;
  }
  bool isPartial(int64_t piece) const {
    return piece == getNumPieces() - 1 && getLastLanes() < lanes;
  }
};

/// The widths of a function's rows, and for each the elements of a chunk: 16
/// bytes of the narrowest type in memory, or as many (a power of two) as divide
/// the width and the offsets of all accesses. Buffers are aligned to 16 bytes.
llvm::MapVector<int64_t, int64_t> getRowChunks(func::FuncOp function);

/// How rows of `width` lie in `lanes` lanes: in chunks of `chunk` elements, or
/// of half as many, and so on, while more lanes than before have one then.
inline RowLayout getRowLayout(int64_t width, int64_t chunk, int64_t lanes) {
  while (chunk > 1 && 2 * (width / chunk) <= lanes)
    chunk /= 2;
  return {width, chunk, lanes};
}

/// The width of a row type; 0 if it is none.
inline int64_t getRowWidth(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getDimSize(0) : 0;
}

/// The bytes of an element in memory.
inline int64_t getElementBytes(VectorType row) {
  Type element = row.getElementType();
  return element.isIndex()
             ? 8
             : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_GPU_ROWLAYOUT_H
