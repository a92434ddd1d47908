//===- Translations.cpp - wav-translate for device code ---------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/NVPTX.h"

#include "wav/Codegen/GPU.h"
#include "wav/IR/WavDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace mlir::wav;

/// Hands the optimised code of the `gpu.module @device` in `op` to `print`.
static LogicalResult
translate(Operation *op, StringRef chip,
          function_ref<void(llvm::Module &, const NVPTXTarget &)> print) {
  auto module = dyn_cast<ModuleOp>(op);
  auto device = module
                    ? module.lookupSymbol<gpu::GPUModuleOp>(kDeviceModuleName)
                    : gpu::GPUModuleOp();
  if (!device)
    return emitError(op->getLoc(), "has no 'gpu.module @")
           << kDeviceModuleName << "'; wav-kernels-to-nvvm makes it";
  llvm::Expected<NVPTXTarget> target = NVPTXTarget::create(chip);
  if (!target)
    return emitError(op->getLoc(), llvm::toString(target.takeError()));
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateAndOptimize(device, context, *target);
  if (!code)
    return failure();
  print(*code, *target);
  return success();
}

static void registerDialects(DialectRegistry &registry) {
  registry.insert<WavDialect>();
  registerAllDialects(registry);
}

void wav::registerDeviceTranslations() {
  static llvm::cl::opt<std::string> chip(
      "chip", llvm::cl::desc("GPU that device code is for"),
      llvm::cl::init("sm_90a"));
  TranslateFromMLIRRegistration toLLVM(
      "device-to-llvmir", "gpu.module @device to optimised LLVM IR",
      [](Operation *op, raw_ostream &output) {
        return translate(op, chip,
                         [&](llvm::Module &code, const NVPTXTarget &) {
                           code.print(output, nullptr);
                         });
      },
      registerDialects);
  TranslateFromMLIRRegistration toPTX(
      "device-to-ptx", "gpu.module @device to PTX",
      [](Operation *op, raw_ostream &output) {
        return translate(op, chip,
                         [&](llvm::Module &code, const NVPTXTarget &target) {
                           output << emitPTX(code, target);
                         });
      },
      registerDialects);
}
