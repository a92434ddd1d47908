//===- Ptxas.h - NVIDIA's assembler -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX becomes machine code for one chip, a cubin, in `ptxas`, which is run as a
// process if the machine has it. It comes with CUDA, and alone from PyPI as
// `nvidia-cuda-nvcc`. A program that has only PTX is assembled by the GPU's
// driver when it starts.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_PTXAS_H
#define WAV_TARGET_PTXAS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::wav {

/// What a kernel needs of the GPU; bytes are of a thread, those of static
/// shared memory of a block.
struct KernelResources {
  std::string name;
  int64_t registers = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  /// Local memory, spilled registers included.
  int64_t localBytes = 0;
  int64_t sharedBytes = 0;
};

struct Cubin {
  std::string chip;
  llvm::SmallVector<char, 0> bytes;
  /// In the order of the PTX.
  std::vector<KernelResources> kernels;
};

/// The path of ptxas: `given`, which must exist, if it is not empty; else the
/// first of those on PATH, in `bin` of CUDA_HOME, CUDA_PATH or CUDA_ROOT, and
/// in /usr/local/cuda/bin. Empty if there is none.
llvm::Expected<std::string> findPtxas(StringRef given);

/// Assembles `ptx` for `chip`. The bytes depend on nothing but `ptx`, `chip`
/// and the version of ptxas. Fails with its first complaint.
llvm::Expected<Cubin> assemble(StringRef ptxas, StringRef ptx, StringRef chip);

} // namespace mlir::wav

#endif // WAV_TARGET_PTXAS_H
