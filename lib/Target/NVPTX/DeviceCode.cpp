//===- DeviceCode.cpp - A program's GPU code --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/DeviceCode.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::wav;

static llvm::GlobalVariable *define(llvm::Module &host, StringRef name,
                                    llvm::Constant *value) {
  return new llvm::GlobalVariable(host, value->getType(), /*isConstant=*/true,
                                  llvm::GlobalValue::InternalLinkage, value,
                                  name);
}

void wav::defineDeviceCode(llvm::Module &host, const DeviceCode &code) {
  llvm::LLVMContext &context = host.getContext();
  auto bytes = [&](StringRef name, StringRef data, bool addNull) {
    return define(host, name,
                  llvm::ConstantDataArray::getString(context, data, addNull));
  };
  auto number = [&](uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value);
  };

  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *cubinType =
      llvm::StructType::get(pointer, pointer, llvm::Type::getInt64Ty(context));
  std::vector<llvm::Constant *> cubins;
  for (const Cubin &cubin : code.cubins) {
    StringRef data(cubin.bytes.data(), cubin.bytes.size());
    llvm::GlobalVariable *image =
        bytes("wav_cubin." + cubin.chip, data, /*addNull=*/false);
    // The driver reads it as an ELF file.
    image->setAlignment(llvm::Align(16));
    llvm::Constant *chip =
        bytes("wav_chip." + cubin.chip, cubin.chip, /*addNull=*/true);
    cubins.push_back(
        llvm::ConstantStruct::get(cubinType, chip, image, number(data.size())));
  }
  auto *cubinsType = llvm::ArrayType::get(cubinType, cubins.size());
  llvm::Constant *table =
      define(host, "wav_cubins", llvm::ConstantArray::get(cubinsType, cubins));
  llvm::Constant *chip = bytes("wav_ptx_chip", code.chip, /*addNull=*/true);
  llvm::Constant *ptx = bytes("wav_ptx", code.ptx, /*addNull=*/true);
  // In the order of `wavrt_device_code`.
  llvm::Constant *value =
      llvm::ConstantStruct::getAnon({chip, ptx, number(cubins.size()), table});
  llvm::GlobalVariable *declared = host.getGlobalVariable("wav_device_code");
  assert(declared && "wav-lower-schedules declares it");
  declared->setInitializer(value);
  declared->setLinkage(llvm::GlobalValue::InternalLinkage);
}
