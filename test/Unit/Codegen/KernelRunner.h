//===- KernelRunner.h - Runs one kernel and its reference -*- C++ -*- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TEST_UNIT_CODEGEN_KERNELRUNNER_H
#define WAV_TEST_UNIT_CODEGEN_KERNELRUNNER_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::wav {
class KernelOp;

/// Makes a context know all that the kernel pipeline and its tests need.
void registerForKernels(MLIRContext &context);

/// Compiles a module of the LLVM dialect for this machine.
std::unique_ptr<ExecutionEngine> compileForHost(ModuleOp module);

/// A compiled `wav.kernel` with buffers of random numbers. Buffers that it
/// writes start as NaN.
class KernelRunner {
public:
  struct Options {
    int64_t vectorWidth = 16, unroll = 4;
    /// The size of banks of unknown size.
    int64_t bankSize = 3;
    /// Bounds of the elements of an argument, integers below the upper one.
    /// Without, floats are standard normal and integers -1: no kind.
    std::map<unsigned, std::pair<double, double>> ranges = {};
  };

  /// Compiles the one kernel of a module.
  KernelRunner(const std::string &source, const Options &options);
  ~KernelRunner();

  bool isCompiled() const { return engine != nullptr; }
  /// Runs all partitions.
  void run();
  /// The largest error over all results against the reference interpreter,
  /// relative to the largest element of the result or 0.01; infinite if a
  /// result has a NaN, or memory around a buffer was touched. Runs the kernel
  /// once.
  double compare();

private:
  struct Buffer;
  struct Slot;
  KernelOp getKernel() const;
  Slot makeSlot(Type type);
  /// The numbers behind the slot of a yielded value, its partials added.
  std::vector<std::vector<double>> read(const Slot &slot, bool isRowSum);

  Options options;
  MLIRContext context;
  OwningOpRef<Operation *> source;
  /// The kernel of `source`.
  Operation *kernel = nullptr;
  std::unique_ptr<ExecutionEngine> engine;
  void (*function)(void *const *, int64_t) = nullptr;
  std::vector<Slot> slots;
  std::vector<void *> table;
};

} // namespace mlir::wav

#endif // WAV_TEST_UNIT_CODEGEN_KERNELRUNNER_H
