//===- CallLowering.h - Generators of kernels for calls ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A generator replaces a call of one library function by launches of kernels
// that it writes. That of a function of the runtime is in lib/Codegen/GPU and
// in the table of CallsToKernels.cpp; another dialect's is in its table of
// functions (wav/Codegen/LibraryFunctions.h).
//
//===----------------------------------------------------------------------===//

#ifndef WAV_CODEGEN_CALLLOWERING_H
#define WAV_CODEGEN_CALLLOWERING_H

#include "wav/Codegen/KernelBuilder.h"
#include "wav/IR/WavScheduleOps.h"

namespace mlir::wav {

/// What the calls of a module share.
class KernelCache;

/// How a kernel is launched.
struct KernelLaunch {
  /// `attention`; the element type follows, and a number where kernels of
  /// other sizes have the name.
  StringRef name;
  int64_t blocks;
  int64_t threads;
  int64_t sharedBytes = 0;
  /// Blocks that an SM should have registers for, which bounds those of a
  /// thread; 0 leaves it to ptxas.
  int64_t blocksPerSM = 0;
  int64_t flops = 0;
};

/// Replaces one call.
class CallLowering {
public:
  CallLowering(CallOp call, KernelCache &cache)
      : call(call), cache(cache), builder(call) {}

  ArrayRef<int64_t> getParams() { return call.getParams(); }
  int64_t getFlops() { return call.getFlops(); }
  /// Buffer `index` of the call, or null if it is absent.
  Value getBuffer(unsigned index);
  MemRefType getType(unsigned index);
  InFlightDiagnostic emitError();
  /// Dynamic shared memory that a block can have.
  int64_t getSharedBytes() const;

  /// A buffer between the launches of this call, behind the scratch memory of
  /// all schedules; one a call.
  Value createScratch(MemRefType type);

  /// Launches a kernel on buffers. `body` writes it, for the first call of this
  /// function, parameters and types; it receives the slots in order.
  void launch(const KernelLaunch &launch, ArrayRef<Value> slots,
              function_ref<void(KernelBuilder &, ArrayRef<Pointer>)> body);

private:
  CallOp call;
  KernelCache &cache;
  OpBuilder builder;
};

} // namespace mlir::wav

#endif // WAV_CODEGEN_CALLLOWERING_H
