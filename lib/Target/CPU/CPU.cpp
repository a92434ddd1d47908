//===- CPU.cpp - Machine code for the CPU -----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/CPU.h"

#include "../Optimize.h"
#include "wavrt/processor.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// CPUTarget
//===----------------------------------------------------------------------===//

static const llvm::Target *lookUpTarget(const std::string &triple) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::InitializeNativeTargetAsmParser(); // for inline assembly
  std::string error;
  return llvm::TargetRegistry::lookupTarget(llvm::Triple(triple), error);
}

/// What this machine has, as LLVM spells it: `+avx2,-sse4a,...`.
static std::string getHostFeatures() {
  std::vector<std::string> features;
  for (const auto &[feature, isPresent] : llvm::sys::getHostCPUFeatures())
    features.push_back(((isPresent ? "+" : "-") + feature).str());
  llvm::sort(features);
  return llvm::join(features, ",");
}

llvm::Expected<CPUTarget> CPUTarget::create(StringRef name) {
  CPUTarget target;
  bool isNative = name == "native";
  target.triple = llvm::sys::getDefaultTargetTriple();
  target.name = isNative ? llvm::sys::getHostCPUName().str() : name.str();
  target.features = isNative ? getHostFeatures() : "";

  const llvm::Target *backEnd = lookUpTarget(target.triple);
  if (!backEnd)
    return llvm::createStringError("LLVM was built without a back end for '" +
                                   target.triple + "'");
  // An unknown name would be reported, and ignored, by every later query.
  std::unique_ptr<llvm::MCSubtargetInfo> baseline(
      backEnd->createMCSubtargetInfo(llvm::Triple(target.triple), "", ""));
  if (!baseline->isCPUStringValid(target.name))
    return llvm::createStringError(
        "unknown processor '" + target.name +
        "'; use 'native', 'x86-64-v3', 'x86-64-v4', or a name that 'llc "
        "-mcpu=help' lists");

  std::unique_ptr<llvm::MCSubtargetInfo> info(backEnd->createMCSubtargetInfo(
      llvm::Triple(target.triple), target.name, target.features));
  if (!info->checkFeatures("+avx2,+fma"))
    return llvm::createStringError(
        "processor '" + target.name +
        "' has no AVX2 and FMA; x86-64-v3 or later is needed");
  target.vectorWidth = info->checkFeatures("+avx512f,+avx512vl") ? 16 : 8;
#define WAV_FEATURE(NAME, ...)                                                 \
  if (info->checkFeatures("+" NAME))                                           \
    target.needed.push_back(NAME);
  WAVRT_FOR_EACH_FEATURE(WAV_FEATURE)
#undef WAV_FEATURE
  return target;
}

std::unique_ptr<llvm::TargetMachine> CPUTarget::createMachine() const {
  llvm::TargetOptions options;
  // Multiply-adds are fused where the IR says so.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      lookUpTarget(triple)->createTargetMachine(
          llvm::Triple(triple), name, features, options, llvm::Reloc::PIC_,
          std::nullopt, llvm::CodeGenOptLevel::Default));
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

/// Gives every function the processor, which LLVM's optimisations read from
/// attributes.
static void setProcessor(llvm::Module &module, const CPUTarget &target,
                         const llvm::TargetMachine &machine) {
  std::string bits = std::to_string(32 * target.getVectorWidth());
  for (llvm::Function &function : module) {
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    // LLVM prefers 256 bits on processors whose clock once suffered from 512.
    function.addFnAttr("prefer-vector-width", bits);
    if (!function.isDeclaration())
      function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

void wav::registerTranslations(MLIRContext &context) {
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
}

std::unique_ptr<llvm::Module>
wav::translateAndOptimize(ModuleOp module, llvm::LLVMContext &context,
                          const CPUTarget &target) {
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context);
  if (!code)
    return nullptr;

  std::unique_ptr<llvm::TargetMachine> machine = target.createMachine();
  setMachine(*code, *machine);
  setProcessor(*code, target, *machine);
  optimize(*code, *machine);
  return code;
}

Object wav::emitObject(llvm::Module &module, const CPUTarget &target) {
  return emit(module, *target.createMachine(),
              llvm::CodeGenFileType::ObjectFile);
}

Object wav::emitAssembly(llvm::Module &module, const CPUTarget &target) {
  return emit(module, *target.createMachine(),
              llvm::CodeGenFileType::AssemblyFile);
}
