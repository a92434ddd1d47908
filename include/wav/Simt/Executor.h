//===- Executor.h - GPU code, executed on the CPU ---------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the kernels of an nvptx64 module, the very IR that the NVPTX back end
// gets, on the CPU: every thread of a block is a fiber, blocks run one after
// the other. A checker watches each access and each meeting of threads, and
// reports what on a GPU would fault, hang, or depend on timing
// (docs/simt.md).
//
//   auto executor = SimtExecutor::create(std::move(module),
//                                        std::move(context), {});
//   (*executor)->registerBuffer(x, sizeof x, "x");
//   llvm::Error error = (*executor)->launch("scale", /*grid=*/4,
//                                           /*threads=*/128,
//                                           /*sharedBytes=*/0, {x, y});
//
//===----------------------------------------------------------------------===//

#ifndef WAV_SIMT_EXECUTOR_H
#define WAV_SIMT_EXECUTOR_H

#include "mlir/Support/LLVM.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir::wav {

struct SimtOptions {
  /// Order in which threads run: 0 is a fixed order, another value a shuffled
  /// one that it determines. A correct kernel gives the same bits with all.
  uint64_t seed = 0;
  /// Without it nothing is reported but what stops the kernel, and a wrong
  /// access is one of this process.
  bool check = true;
  /// Reports that are written out; the others are counted.
  unsigned maxReports = 16;
  /// Count what accesses cost (`SimtExecutor::takeAccesses`). Needs `check`.
  bool countAccesses = false;
  /// Count the memory that launches touch (`SimtExecutor::takeTraffic`). Needs
  /// `check`.
  bool countTraffic = false;
};

/// What the accesses of one place in a kernel cost, over all warps. A request
/// is an instruction of a warp.
struct SimtAccess {
  /// A source location or the instruction.
  std::string where;
  bool shared = false, writes = false;
  uint64_t requests = 0;
  /// Of global memory: the sectors of 32 bytes that are touched, and how few
  /// the distinct bytes of each request would fill.
  uint64_t sectors = 0, neededSectors = 0;
  /// Of shared memory: passes more than without conflicts of banks.
  uint64_t conflicts = 0;

  bool isWasteful() const { return sectors > neededSectors || conflicts > 0; }
};

/// The distinct sectors of 32 bytes of global memory that a launch reads and
/// writes, in bytes: what a GPU with a cache for all of them moves.
struct SimtTraffic {
  uint64_t bytesRead = 0, bytesWritten = 0;
};

/// A kernel of a module.
struct SimtKernel {
  struct Parameter {
    /// Of a pointer: nothing else reaches the same memory, if it is written
    /// (`noalias`); it is written; it is not used at all.
    bool noAlias, written, unused;
  };
  std::string name;
  std::vector<Parameter> parameters;
  /// Threads a block that the kernel demands (`nvvm.reqntid`); 0 if any.
  unsigned requiredThreads;
};

class SimtExecutor {
public:
  /// Compiles `module` for this machine. Fails if it uses what cannot be run
  /// here, such as inline assembly; the message names it and the function.
  static llvm::Expected<std::unique_ptr<SimtExecutor>>
  create(std::unique_ptr<llvm::Module> module,
         std::unique_ptr<llvm::LLVMContext> context,
         const SimtOptions &options);
  ~SimtExecutor();

  ArrayRef<SimtKernel> getKernels() const;

  /// For the launches that follow (SimtOptions::seed).
  void setSeed(uint64_t seed);

  /// Makes memory accessible to kernels. Reports call it `name`.
  void registerBuffer(void *data, size_t bytes, StringRef name);
  void unregisterBuffer(void *data);

  /// Runs `grid` blocks of `threads` threads (1 to 1024) with `sharedBytes`
  /// bytes of dynamic shared memory. `arguments` has one value for each
  /// parameter: the pointer, or the bits of a scalar in the lowest bytes.
  /// Reports come back as an error with one line each; the kernel then ran to
  /// its end if it could.
  llvm::Error launch(StringRef kernel, int64_t grid, int64_t threads,
                     int64_t sharedBytes, ArrayRef<void *> arguments);

  /// With `SimtOptions::countAccesses`: those of the latest launch, in the
  /// order of first access.
  std::vector<SimtAccess> takeAccesses();
  /// With `SimtOptions::countTraffic`: that of the latest launch.
  SimtTraffic takeTraffic();

private:
  SimtExecutor();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace mlir::wav

#endif // WAV_SIMT_EXECUTOR_H
