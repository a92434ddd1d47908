//===- CompileKernels.cpp - The GPU half of a program -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileKernels.h"

#include "Dump.h"
#include "KernelReport.h"
#include "Stopwatch.h"
#include "wav/Target/NVPTX.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::wav;

FailureOr<DeviceCode> wav::compileKernels(gpu::GPUModuleOp device,
                                          const CompileOptions &options,
                                          DeviceModule *kernels) {
  auto report = [&](llvm::Error error) -> LogicalResult {
    return emitError(device.getLoc(), llvm::toString(std::move(error)));
  };
  llvm::Expected<NVPTXTarget> gpu = NVPTXTarget::create(options.pipeline.chip);
  if (!gpu)
    return report(gpu.takeError());

  Stopwatch stopwatch(options.verbose);
  DeviceModule optimized;
  optimized.context = std::make_unique<llvm::LLVMContext>();
  optimized.code = translateAndOptimize(device, *optimized.context, *gpu);
  if (!optimized.code)
    return failure();
  stopwatch.lap("kernels");
  if (!options.dumpKernelsTo.empty() &&
      failed(dumpDeviceModule(device, *optimized.code, *gpu,
                              options.dumpKernelsTo)))
    return failure();
  DeviceCode code;
  code.chip = gpu->getPTXChip();
  if (kernels) {
    *kernels = std::move(optimized);
    return code;
  }

  code.ptx = emitPTX(*optimized.code, *gpu);
  stopwatch.lap("ptx");
  llvm::Expected<std::string> ptxas = findPtxas(options.device.ptxas);
  if (!ptxas)
    return report(ptxas.takeError());
  ArrayRef<std::string> chips = options.device.chips;
  if (chips.empty())
    chips = options.pipeline.chip;
  if (!ptxas->empty())
    for (const std::string &chip : chips) {
      llvm::Expected<Cubin> cubin = assemble(*ptxas, code.ptx, chip);
      if (!cubin)
        return report(cubin.takeError());
      code.cubins.push_back(std::move(*cubin));
      stopwatch.lap(chip);
    }

  if (!options.dumpKernelsTo.empty() &&
      failed(dumpDeviceCode(device, code, *ptxas, options.dumpKernelsTo)))
    return failure();
  if (!options.device.reportTo.empty() &&
      failed(writeKernelReport(device, code, options.device.reportTo,
                               options.device.reportBy)))
    return failure();
  return code;
}
