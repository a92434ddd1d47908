//===- DeviceCall.cpp - A library call as GPU kernels, run on the CPU -----===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCall.h"

#include "KernelRunner.h"
#include "wav/Codegen/GPU.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/Passes.h"
#include "wav/Simt/Executor.h"
#include "wav/Target/NVPTX.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/bit.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

using namespace mlir;
using namespace mlir::wav;

static size_t getBytes(const std::string &type) {
  return type == "bf16" ? 2 : 4;
}

static size_t getSize(const DeviceCall::Buffer &buffer) {
  size_t size = 1;
  for (int64_t extent : buffer.shape)
    size *= static_cast<size_t>(extent);
  return size;
}

static std::string getMemRef(const DeviceCall::Buffer &buffer) {
  if (buffer.shape.empty())
    return "memref<0xi32>";
  std::string text = "memref<";
  for (int64_t extent : buffer.shape)
    text += std::to_string(extent) + "x";
  return text + buffer.type + ">";
}

static void encode(const std::string &type, double value, char *target) {
  if (type == "i32") {
    auto integer = std::isnan(value) ? 0 : static_cast<int32_t>(value);
    std::memcpy(target, &integer, 4);
    return;
  }
  auto bits = llvm::bit_cast<uint32_t>(static_cast<float>(value));
  if (type == "f32") {
    std::memcpy(target, &bits, 4);
    return;
  }
  // To nearest, ties to even.
  if (!std::isnan(value))
    bits += 0x7fff + ((bits >> 16) & 1);
  auto high = static_cast<uint16_t>(bits >> 16);
  std::memcpy(target, &high, 2);
}

static double decode(const std::string &type, const char *source) {
  uint32_t bits = 0;
  if (type == "bf16") {
    uint16_t high;
    std::memcpy(&high, source, 2);
    bits = uint32_t(high) << 16;
  } else {
    std::memcpy(&bits, source, 4);
  }
  return type == "i32" ? static_cast<int32_t>(bits)
                       : llvm::bit_cast<float>(bits);
}

double wav::roundTo(const std::string &type, double value) {
  char bytes[4];
  encode(type, value, bytes);
  return decode(type, bytes);
}

DeviceCall::DeviceCall(const std::string &function,
                       std::vector<Buffer> callBuffers,
                       const std::vector<int64_t> &params)
    : buffers(std::move(callBuffers)) {
  registerForKernels(context);
  compile(function, params);
}

void DeviceCall::compile(const std::string &function,
                         const std::vector<int64_t> &params) {
  std::string text = "wav.schedule @s {\n", names, types, numbers;
  int64_t offset = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const char *separator = i ? ", " : "";
    std::string name = "%b" + std::to_string(i), type = getMemRef(buffers[i]);
    names += separator + name;
    types += separator + type;
    text += name + " = ";
    if (buffers[i].shape.empty()) {
      text += "wav.null : " + type + "\n";
      continue;
    }
    text += "wav.view scratch[" + std::to_string(offset) + "] : " + type + "\n";
    offset += static_cast<int64_t>(getSize(buffers[i]) * 4 + 63) / 64 * 64;
  }
  for (int64_t param : params)
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(param);
  text +=
      "wav.call \"" + function + "\"(" + names + ") [" + numbers +
      "] {bytes = 0 : i64, category = \"other\", flops = 0 : i64} : " + types +
      "\n}\n";
  module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);

  PassManager toKernels(&context);
  toKernels.addPass(createCallsToKernelsPass());
  ASSERT_TRUE(succeeded(toKernels.run(*module)));
  // Views come in the order of the buffers, absent ones left out.
  std::map<int64_t, size_t> byOffset;
  size_t next = 0;
  module->walk([&](ViewOp view) {
    while (next < buffers.size() && buffers[next].shape.empty())
      ++next;
    byOffset[view.getOffset()] = next;
    if (next++ < buffers.size())
      return;
    ArrayRef<int64_t> shape = view.getResult().getType().getShape();
    buffers.push_back({"f32", {shape.begin(), shape.end()}, {}});
  });
  module->walk([&](LaunchOp launch) {
    auto kernel = module->lookupSymbol<func::FuncOp>(launch.getKernel());
    auto shared = kernel->getAttrOfType<IntegerAttr>(kSharedBytesAttr);
    std::vector<size_t> slots;
    for (Value slot : launch.getSlots())
      slots.push_back(byOffset.at(slot.getDefiningOp<ViewOp>().getOffset()));
    launches.push_back(
        {kernel.getName().str(), std::move(slots),
         static_cast<int64_t>(launch.getPartitions()),
         kernel->getAttrOfType<IntegerAttr>(kThreadsAttr).getInt(),
         shared ? shared.getInt() : 0});
  });

  PassManager toNVVM(&context);
  toNVVM.addNestedPass<func::FuncOp>(createApproximateMathPass());
  toNVVM.addPass(createKernelsToNVVMPass());
  ASSERT_TRUE(succeeded(toNVVM.run(*module)));
}

static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context,
                                               const NVPTXTarget &target) {
  auto device = module.lookupSymbol<gpu::GPUModuleOp>(kDeviceModuleName);
  return translateAndOptimize(device, context, target);
}

std::vector<std::vector<char>> DeviceCall::runOnce(uint64_t seed) {
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  NVPTXTarget target = llvm::cantFail(NVPTXTarget::create("sm_90a"));
  std::unique_ptr<llvm::Module> code = translate(*module, *llvmContext, target);
  SimtOptions options;
  options.seed = seed;
  std::unique_ptr<SimtExecutor> executor = llvm::cantFail(
      SimtExecutor::create(std::move(code), std::move(llvmContext), options));

  std::vector<std::vector<char>> memory;
  for (const Buffer &buffer : buffers) {
    size_t bytes = getBytes(buffer.type);
    auto &data = memory.emplace_back(getSize(buffer) * bytes);
    for (size_t i = 0; i < getSize(buffer); ++i)
      encode(buffer.type,
             buffer.values.empty() ? std::numeric_limits<double>::quiet_NaN()
                                   : buffer.values[i],
             &data[i * bytes]);
    executor->registerBuffer(data.data(), data.size(),
                             "buffer " + std::to_string(memory.size() - 1));
  }
  for (const Launch &launch : launches) {
    std::vector<void *> slots;
    for (size_t slot : launch.slots)
      slots.push_back(memory[slot].data());
    llvm::Error error =
        executor->launch(launch.kernel, launch.blocks, launch.threads,
                         launch.sharedBytes, slots);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  return memory;
}

std::vector<std::vector<double>> DeviceCall::run() {
  if (launches.empty())
    return std::vector<std::vector<double>>(buffers.size());
  std::vector<std::vector<char>> memory = runOnce(0);
  EXPECT_EQ(memory, runOnce(1)) << "depends on the order of threads";
  std::vector<std::vector<double>> result;
  for (size_t i = 0; i < buffers.size(); ++i) {
    auto &values = result.emplace_back();
    size_t bytes = getBytes(buffers[i].type);
    for (size_t at = 0; at < memory[i].size(); at += bytes)
      values.push_back(decode(buffers[i].type, &memory[i][at]));
  }
  return result;
}

std::vector<KernelResources> DeviceCall::assemble(const std::string &chip) {
  std::string ptxas = llvm::cantFail(findPtxas(""));
  if (ptxas.empty())
    return {};
  llvm::LLVMContext llvmContext;
  NVPTXTarget target = llvm::cantFail(NVPTXTarget::create(chip));
  std::unique_ptr<llvm::Module> code = translate(*module, llvmContext, target);
  llvm::Expected<Cubin> cubin =
      wav::assemble(ptxas, emitPTX(*code, target), chip);
  if (!cubin) {
    ADD_FAILURE() << llvm::toString(cubin.takeError());
    return {};
  }
  return cubin->kernels;
}
