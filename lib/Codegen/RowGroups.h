//===- RowGroups.h - Where a row program is cut -----------*- C++ -*- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan of `wav-strip-rows`: which ops of a row program share one loop over
// strips, and which rows are kept in memory between two such loops.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_CODEGEN_ROWGROUPS_H
#define WAV_LIB_CODEGEN_ROWGROUPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallSet.h"

namespace mlir::wav {

/// The memory that a buffer is part of: two values overlap if they are the
/// same. (Slots of a kernel that are written overlap no other slot.)
Value getBase(Value buffer);

class RowGroups {
public:
  enum class Kind {
    Scalar,  ///< Touches no row (a loop of such ops included).
    Row,     ///< Works on rows element by element, or is a root.
    RowLoop, ///< A loop that works on rows element by element.
    Nest     ///< A loop that is cut in its body.
  };

  /// An access to memory, of a row or of one element.
  struct Access {
    Value base;
    bool isWrite, isRow;
  };

  /// With `keepDear`, dear rows are kept; otherwise only what cannot be
  /// computed again is. A group has at most `maxReductions`.
  RowGroups(bool keepDear, int64_t maxReductions)
      : keepDear(keepDear), maxReductions(maxReductions) {}

  /// Plans a function. Reports what cannot be cut.
  LogicalResult run(func::FuncOp function);

  Kind getKind(Operation *op) const { return kinds.lookup(op); }
  /// The group that is open where `op` stands. Groups are numbered in program
  /// order; their loops stand where the next group begins.
  unsigned getGroup(Operation *op) const { return groups.lookup(op); }
  /// Ops outside row loops only; in program order.
  bool isBefore(Operation *lhs, Operation *rhs) const {
    return order.lookup(lhs) < order.lookup(rhs);
  }
  /// What group `group` must compute: its reductions and stores, and the ops
  /// whose results are kept; in program order.
  ArrayRef<Operation *> getRoots(unsigned group) const { return roots[group]; }
  /// Whether a row stays in memory after its own group.
  bool isKept(Value row) const { return kept.contains(row); }

private:
  using Groups = llvm::SmallSet<unsigned, 4>;

  FailureOr<Kind> classify(Operation *op);
  LogicalResult visitBlock(Block &block, Operation *nest);
  void openGroup(Operation *nest);
  bool mustOpenGroup(Operation *op);
  void addPending(Operation *op);

  void decideKept();
  bool mustKeep(Value row);
  Groups getNeedingGroups(Value row);
  bool isOverwritten(Operation *load, unsigned group);
  unsigned getCost(Value row);
  /// The planned op that is or contains `op`.
  Operation *getPlanned(Operation *op) const;

  bool keepDear;
  int64_t maxReductions;
  DenseMap<Operation *, Kind> kinds;
  DenseMap<Operation *, unsigned> groups;
  DenseMap<Operation *, unsigned> order;
  /// Planned ops in program order.
  SmallVector<Operation *> program;
  /// The innermost nest of each group.
  SmallVector<Operation *> nests;
  SmallVector<SmallVector<Operation *>> roots;
  llvm::DenseSet<Value> kept;
  /// Where the loops that compute an op are.
  DenseMap<Operation *, Groups> computingGroups;
  DenseMap<Value, unsigned> costs;
  SmallVector<Operation *> stores;

  // The open group so far.
  llvm::DenseSet<Value> pendingReductions;
  SmallVector<Access> pendingAccesses;
  int64_t pendingWidth = 0;
};

/// Moves scalar arithmetic and stores of scalars down to where they are needed,
/// so that they do not part reductions that can share a loop: `mean(x * x)` and
/// `<q, x>`, say, of which the first is scaled before the second is formed.
void sinkScalars(Block &block);

/// The width of the rows that `op` works on, or 0.
int64_t getRowWidth(Operation *op);

/// Fails unless `function` has the form that `wav-lower-kernels` gives: every
/// region is one block, and all vectors are rows, one-dimensional and defined
/// in it. Reports what has not.
LogicalResult checkRowProgram(func::FuncOp function);

} // namespace mlir::wav

#endif // WAV_LIB_CODEGEN_ROWGROUPS_H
