//===- NVPTX.cpp - Machine code for NVIDIA GPUs -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/NVPTX.h"

#include "../Optimize.h"
#include "InvariantLoads.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr StringRef kTriple = "nvptx64-nvidia-cuda";
/// The first with bf16.
static constexpr unsigned kOldestChip = 80;

//===----------------------------------------------------------------------===//
// NVPTXTarget
//===----------------------------------------------------------------------===//

static const llvm::Target *lookUpTarget() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  std::string error;
  return llvm::TargetRegistry::lookupTarget(llvm::Triple(kTriple), error);
}

llvm::Expected<NVPTXTarget> NVPTXTarget::create(StringRef chip) {
  const llvm::Target *backEnd = lookUpTarget();
  if (!backEnd)
    return llvm::createStringError(
        "LLVM was built without a back end for NVIDIA GPUs");
  NVPTXTarget target;
  target.chip = chip.str();
  StringRef number = chip;
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      backEnd->createMCSubtargetInfo(llvm::Triple(kTriple), "", ""));
  if (!number.consume_front("sm_") ||
      number.consumeInteger(10, target.number) || !info->isCPUStringValid(chip))
    return llvm::createStringError(
        "unknown GPU '" + chip +
        "'; use 'sm_80', 'sm_90a', or a name that 'llc -march=nvptx64 "
        "-mcpu=help' lists");
  if (target.number < kOldestChip)
    return llvm::createStringError("GPU '" + chip +
                                   "' has no bf16; sm_80 or later is needed");
  return target;
}

std::unique_ptr<llvm::TargetMachine> NVPTXTarget::createMachine() const {
  llvm::TargetOptions options;
  // Multiply-adds are fused where the IR says so.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      lookUpTarget()->createTargetMachine(
          llvm::Triple(kTriple), getPTXChip(), /*Features=*/"", options,
          std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Intrinsics of the target that kernels may use, and the first chip that has
/// them. The back end aborts on one that the chip lacks.
static constexpr std::pair<StringLiteral, unsigned> kTargetIntrinsics[] = {
    {"llvm.nvvm.barrier", 80},        {"llvm.nvvm.bar.warp.sync", 80},
    {"llvm.nvvm.cp.async.bulk", 90},  {"llvm.nvvm.cp.async", 80},
    {"llvm.nvvm.div.full", 80},       {"llvm.nvvm.ex2.approx", 80},
    {"llvm.nvvm.ldmatrix", 80},       {"llvm.nvvm.lg2.approx", 80},
    {"llvm.nvvm.mma.m16n8k8.", 80},   {"llvm.nvvm.mma.m16n8k16.", 80},
    {"llvm.nvvm.read.ptx.sreg.", 80}, {"llvm.nvvm.rsqrt.approx", 80},
    {"llvm.nvvm.shfl.sync", 80},      {"llvm.nvvm.vote", 80},
};

/// Functions that LLVM knows and the target has only through libdevice.
static bool needsLibrary(llvm::Intrinsic::ID id) {
  switch (id) {
  case llvm::Intrinsic::acos:
  case llvm::Intrinsic::asin:
  case llvm::Intrinsic::atan:
  case llvm::Intrinsic::atan2:
  case llvm::Intrinsic::cos:
  case llvm::Intrinsic::cosh:
  case llvm::Intrinsic::exp:
  case llvm::Intrinsic::exp2:
  case llvm::Intrinsic::exp10:
  case llvm::Intrinsic::log:
  case llvm::Intrinsic::log2:
  case llvm::Intrinsic::log10:
  case llvm::Intrinsic::pow:
  case llvm::Intrinsic::powi:
  case llvm::Intrinsic::sin:
  case llvm::Intrinsic::sincos:
  case llvm::Intrinsic::sinh:
  case llvm::Intrinsic::tan:
  case llvm::Intrinsic::tanh:
    return true;
  default:
    return false;
  }
}

/// Why the target cannot execute `call`; empty if it can.
static std::string whyNot(const llvm::CallBase &call,
                          const NVPTXTarget &target) {
  if (call.isInlineAsm())
    return "holds inline assembly";
  const llvm::Function *callee = call.getCalledFunction();
  if (!callee)
    return "calls through a pointer";
  if (!callee->isDeclaration())
    return "";
  std::string name = callee->getName().str();
  if (!callee->isIntrinsic())
    return "calls '" + name + "', which has no body";
  if (needsLibrary(callee->getIntrinsicID()))
    return "calls '" + name +
           "', which GPUs do not have; wav-approximate-math replaces exp, "
           "log and tanh of f32";
  if (!StringRef(name).starts_with("llvm.nvvm."))
    return "";
  for (const auto &[prefix, number] : kTargetIntrinsics)
    if (StringRef(name).starts_with(prefix))
      return target.getNumber() >= number
                 ? ""
                 : "calls '" + name + "', which needs sm_" +
                       std::to_string(number) + ", not " +
                       target.getChip().str();
  return "calls '" + name + "', which is not known to work on every GPU";
}

/// The back end leaves calls of missing functions to a linker that there is
/// not, and aborts on what it cannot select.
static LogicalResult check(gpu::GPUModuleOp device, llvm::Module &code,
                           const NVPTXTarget &target) {
  for (llvm::Function &kernel : code)
    for (llvm::Instruction &instruction : llvm::instructions(kernel)) {
      auto *call = dyn_cast<llvm::CallBase>(&instruction);
      if (!call)
        continue;
      std::string reason = whyNot(*call, target);
      if (!reason.empty())
        return device.emitError("kernel '")
               << kernel.getName() << "' " << reason;
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

std::unique_ptr<llvm::Module>
wav::translateAndOptimize(gpu::GPUModuleOp device, llvm::LLVMContext &context,
                          const NVPTXTarget &target) {
  MLIRContext *mlirContext = device.getContext();
  registerBuiltinDialectTranslation(*mlirContext);
  registerGPUDialectTranslation(*mlirContext);
  registerLLVMDialectTranslation(*mlirContext);
  registerNVVMDialectTranslation(*mlirContext);
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(device, context, device.getName());
  if (!code)
    return nullptr;
  std::unique_ptr<llvm::TargetMachine> machine = target.createMachine();
  setMachine(*code, *machine);
  for (llvm::Function &function : *code)
    if (!function.isDeclaration())
      function.addFnAttr(llvm::Attribute::NoUnwind);
  optimize(*code, *machine);
  if (failed(check(device, *code, target)))
    return nullptr;
  for (llvm::Function &kernel : *code)
    markInvariantLoads(kernel);
  return code;
}

std::string wav::emitPTX(llvm::Module &module, const NVPTXTarget &target) {
  llvm::SmallVector<char, 0> text = emit(module, *target.createMachine(),
                                         llvm::CodeGenFileType::AssemblyFile);
  return std::string(text.begin(), text.end());
}
