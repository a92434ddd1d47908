//===- ValueBuffers.h - Which values share memory ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_ANALYSIS_VALUEBUFFERS_H
#define WAV_ANALYSIS_VALUEBUFFERS_H

#include "wav/IR/WavInterfaces.h"

#include "llvm/ADT/DenseMap.h"

namespace mlir::wav {

/// The pieces of memory that the values of a block live in, one for each tensor
/// of a value (`getTensorTypes`). The rules are here, for who estimates memory
/// and for who assigns it: a view has the buffers of what it names, a result
/// that is tied to an operand has the operand's, any other has its own; a
/// buffer lives from the first to the last op that touches it. Whoever assigns
/// them, in the order of the ops, decides which ties hold.
class ValueBuffers {
public:
  /// The ops of a block are counted from 0.
  struct Lifetime {
    unsigned first = ~0u, last = 0;
  };

  /// A new buffer.
  unsigned create(int64_t bytes);
  int64_t getBytes(unsigned buffer) const { return bytes[buffer]; }
  size_t size() const { return bytes.size(); }

  /// The buffers of a value; none if it has none.
  ArrayRef<unsigned> get(Value value) const;
  /// The value is one more that its buffers hold.
  void set(Value value, ArrayRef<unsigned> buffers);

  /// Gives a value new buffers, one for each of its tensors.
  void assignOwn(Value value);
  /// Gives a result the buffers that the rules say. Those of an operand that
  /// it is tied to hold nothing else from then on.
  void assign(OpResult result);

  /// Whether somebody else than `writer` needs what the buffer holds when the
  /// writer's owner runs, or later.
  bool isNeeded(unsigned buffer, OpOperand &writer) const;

  /// Whether `op` touches no memory: it names tensors, or is a constant.
  static bool touchesNothing(Operation *op);

  /// The lifetimes of all buffers; `first > last` of what nothing touches.
  SmallVector<Lifetime> getLifetimes(Block &block) const;

private:
  SmallVector<int64_t> bytes;
  llvm::DenseMap<Value, SmallVector<unsigned, 1>> buffersOf;
  /// The values that each buffer holds now.
  SmallVector<SmallVector<Value, 2>> holders;
};

/// Whether `op` is a constant: what it says is known when a program is built.
bool isConstant(Operation *op);

} // namespace mlir::wav

#endif // WAV_ANALYSIS_VALUEBUFFERS_H
