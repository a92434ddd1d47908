//===- NVPTX.h - Machine code for NVIDIA GPUs -------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the `gpu.module` that `wav-kernels-to-nvvm` leaves to PTX, which every
// later GPU runs, and, through NVIDIA's assembler (wav/Target/Ptxas.h), to
// machine code for one kind of GPU.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_NVPTX_H
#define WAV_TARGET_NVPTX_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir::wav {

/// A GPU to compile for.
class NVPTXTarget {
public:
  /// `chip` is a processor that LLVM knows (`sm_80`, `sm_90a`). Fails for
  /// others, and for those before sm_80, which have no bf16.
  static llvm::Expected<NVPTXTarget> create(StringRef chip);

  /// `sm_90a`.
  StringRef getChip() const { return chip; }
  /// 90. Every GPU of this or a higher number runs the PTX.
  unsigned getNumber() const { return number; }
  /// What the PTX is for: the chip without its suffix, `sm_90`. Kernels use no
  /// instruction that only one chip has.
  std::string getPTXChip() const { return "sm_" + std::to_string(number); }
  std::unique_ptr<llvm::TargetMachine> createMachine() const;

private:
  std::string chip;
  unsigned number = 0;
};

/// Translates the kernels of `device` and optimises them. Null after a
/// diagnostic if they cannot be translated, or if they use what the target
/// does not have: functions without a body, or intrinsics that the back end
/// would abort on.
std::unique_ptr<llvm::Module> translateAndOptimize(gpu::GPUModuleOp device,
                                                   llvm::LLVMContext &context,
                                                   const NVPTXTarget &target);

/// The text of PTX, of the lowest ISA version that the target allows. The
/// module is changed; it is one that `translateAndOptimize` returned, or a part
/// of one.
std::string emitPTX(llvm::Module &module, const NVPTXTarget &target);

/// Registers `wav-translate --device-to-llvmir` and `--device-to-ptx`.
void registerDeviceTranslations();

} // namespace mlir::wav

#endif // WAV_TARGET_NVPTX_H
