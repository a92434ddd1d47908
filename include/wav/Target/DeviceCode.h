//===- DeviceCode.h - A program's GPU code ----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_DEVICECODE_H
#define WAV_TARGET_DEVICECODE_H

#include "wav/Target/Ptxas.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir::wav {

/// A program's kernels as optimised LLVM IR (`translateAndOptimize`), which is
/// what `SimtExecutor` runs.
struct DeviceModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> code;
};

/// The same as what a GPU takes.
struct DeviceCode {
  /// What the PTX is for: `sm_90`.
  std::string chip;
  std::string ptx;
  std::vector<Cubin> cubins;
};

/// Defines `wav_device_code` (wavrt/abi.h) in the host's module.
void defineDeviceCode(llvm::Module &host, const DeviceCode &code);

} // namespace mlir::wav

#endif // WAV_TARGET_DEVICECODE_H
