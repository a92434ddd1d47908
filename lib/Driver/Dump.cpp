//===- Dump.cpp - Files that show what the compiler does --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Dump.h"

#include "wav/IR/WavStructureOps.h"

#include "mlir/Support/FileUtilities.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/NVPTXAddrSpace.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;
using namespace mlir::wav;

static LogicalResult write(Operation *op, StringRef folder, const Twine &name,
                           function_ref<void(raw_ostream &)> print) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return emitError(op->getLoc(), "cannot make folder '")
           << folder << "': " << error.message();
  SmallString<128> path(folder);
  llvm::sys::path::append(path, name);
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(path, &message);
  if (!file)
    return emitError(op->getLoc(), message);
  print(file->os());
  file->keep();
  return success();
}

LogicalResult wav::dumpLevel(ModuleOp module, Level level, StringRef folder) {
  std::string name = llvm::formatv("{0}-{1}.mlir", static_cast<int>(level),
                                   stringifyLevel(level));
  return write(module, folder, name,
               [&](raw_ostream &os) { module->print(os); });
}

LogicalResult wav::dumpKernels(ModuleOp module, StringRef folder) {
  for (auto kernel : module.getOps<KernelOp>())
    if (failed(write(module, folder, kernel.getSymName() + ".mlir",
                     [&](raw_ostream &os) {
                       kernel->print(os);
                       os << '\n';
                     })))
      return failure();
  return success();
}

static LogicalResult write(Operation *op, StringRef folder, const Twine &name,
                           StringRef bytes) {
  return write(op, folder, name, [&](raw_ostream &os) { os << bytes; });
}

/// A module of `function` and the shared memory that it uses alone.
static std::unique_ptr<llvm::Module> extract(llvm::Module &code,
                                             llvm::Function &function) {
  llvm::ValueToValueMapTy map;
  std::unique_ptr<llvm::Module> part =
      llvm::CloneModule(code, map, [&](const llvm::GlobalValue *value) {
        return value == &function ||
               value->getAddressSpace() == llvm::NVPTXAS::ADDRESS_SPACE_SHARED;
      });
  // An internal function that nobody calls would not be emitted.
  part->getFunction(function.getName())
      ->setLinkage(llvm::GlobalValue::ExternalLinkage);
  for (llvm::Function &other : llvm::make_early_inc_range(*part))
    if (other.isDeclaration() && other.use_empty())
      other.eraseFromParent();
  for (llvm::GlobalVariable &global :
       llvm::make_early_inc_range(part->globals()))
    if (global.use_empty())
      global.eraseFromParent();
  return part;
}

LogicalResult wav::dumpCode(ModuleOp module, llvm::Module &code,
                            const CPUTarget &target, StringRef folder) {
  for (llvm::Function &function : code) {
    if (function.isDeclaration())
      continue;
    std::unique_ptr<llvm::Module> part = extract(code, function);
    if (failed(write(module, folder, function.getName() + ".ll",
                     [&](raw_ostream &os) { part->print(os, nullptr); })))
      return failure();
    Object assembly = emitAssembly(*part, target);
    if (failed(write(module, folder, function.getName() + ".s",
                     [&](raw_ostream &os) {
                       os << StringRef(assembly.data(), assembly.size());
                     })))
      return failure();
  }
  return success();
}

LogicalResult wav::dumpDeviceModule(gpu::GPUModuleOp device, llvm::Module &code,
                                    const NVPTXTarget &target,
                                    StringRef folder) {
  for (llvm::Function &kernel : code) {
    if (kernel.isDeclaration())
      continue;
    std::unique_ptr<llvm::Module> part = extract(code, kernel);
    if (failed(write(device, folder, kernel.getName() + ".ll",
                     [&](raw_ostream &os) { part->print(os, nullptr); })) ||
        failed(write(device, folder, kernel.getName() + ".ptx",
                     emitPTX(*part, target))))
      return failure();
  }
  return success();
}

LogicalResult wav::dumpDeviceCode(gpu::GPUModuleOp device,
                                  const DeviceCode &code, StringRef ptxas,
                                  StringRef folder) {
  if (failed(write(device, folder, "device.ptx", code.ptx)))
    return failure();
  SmallString<128> disassembler(llvm::sys::path::parent_path(ptxas));
  llvm::sys::path::append(disassembler, "nvdisasm");
  bool canDisassemble = llvm::sys::fs::can_execute(disassembler);
  for (const Cubin &cubin : code.cubins) {
    std::string name = "device." + cubin.chip;
    if (failed(write(device, folder, name + ".cubin",
                     StringRef(cubin.bytes.data(), cubin.bytes.size()))))
      return failure();
    if (!canDisassemble)
      continue;
    SmallString<128> input(folder), output(folder);
    llvm::sys::path::append(input, name + ".cubin");
    llvm::sys::path::append(output, name + ".sass");
    std::optional<StringRef> redirects[] = {"", output.str(), ""};
    if (llvm::sys::ExecuteAndWait(disassembler, {disassembler, input},
                                  std::nullopt, redirects))
      return emitError(device.getLoc(), "'")
             << disassembler << "' failed on '" << input << "'";
  }
  return success();
}

LogicalResult wav::dumpObject(ModuleOp module, ArrayRef<char> object,
                              StringRef folder) {
  return write(module, folder, "program.o", [&](raw_ostream &os) {
    os << StringRef(object.data(), object.size());
  });
}
