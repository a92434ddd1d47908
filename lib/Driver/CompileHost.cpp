//===- CompileHost.cpp - The CPU half of a program --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileHost.h"

#include "Dump.h"
#include "Stopwatch.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Threading.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::wav;

/// Modules that are compiled side by side. Not as many as there are threads, so
/// that an executable is the same wherever it is made.
static constexpr unsigned kParts = 8;

namespace {

/// A function that needs nothing of its module, which takes its address.
struct Kernel {
  LLVM::LLVMFuncOp function;
  int64_t size;
  size_t index;
};

} // namespace

/// The largest first.
static SmallVector<Kernel> findKernels(ModuleOp module) {
  // Those that are named by something else than `llvm.mlir.addressof`.
  llvm::DenseSet<StringAttr> others;
  if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion()))
    for (SymbolTable::SymbolUse use : *uses)
      if (!isa<LLVM::AddressOfOp>(use.getUser()))
        others.insert(use.getSymbolRef().getRootReference());

  SmallVector<Kernel> kernels;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal() || function.getComdatAttr() ||
        function.getLinkage() != LLVM::Linkage::Internal ||
        others.contains(function.getSymNameAttr()))
      continue;
    auto uses = SymbolTable::getSymbolUses(&function.getBody());
    if (!uses || !uses->empty())
      continue;
    int64_t size = 0;
    function.walk([&](Operation *) { ++size; });
    kernels.push_back({function, size, kernels.size()});
  }
  llvm::sort(kernels, [](const Kernel &a, const Kernel &b) {
    return std::tuple(-a.size, a.index) < std::tuple(-b.size, b.index);
  });
  return kernels;
}

static ModuleOp makePart(ModuleOp module) {
  auto part = ModuleOp::create(module.getLoc());
  for (StringRef name : {LLVM::LLVMDialect::getDataLayoutAttrName(),
                         LLVM::LLVMDialect::getTargetTripleAttrName()})
    if (Attribute value = module->getAttr(name))
      part->setAttr(name, value);
  return part;
}

/// Moves kernels from `module` into modules of about equal size, where they
/// have names that start with `prefix`.
static SmallVector<OwningOpRef<ModuleOp>> takeKernels(ModuleOp module,
                                                      StringRef prefix) {
  SmallVector<OwningOpRef<ModuleOp>> parts;
  SmallVector<int64_t> sizes(kParts, 0);
  for (unsigned i = 0; i < kParts; ++i)
    parts.push_back(makePart(module));
  llvm::StringMap<StringAttr> names;
  for (auto [function, size, index] : findKernels(module)) {
    auto name =
        StringAttr::get(module.getContext(), prefix + "." + function.getName());
    names[function.getName()] = name;
    OpBuilder builder(function);
    // Without a location: debug information is of definitions.
    auto declaration = LLVM::LLVMFuncOp::create(
        builder, builder.getUnknownLoc(), name, function.getFunctionType());
    function->remove();
    function.setSymNameAttr(name);
    for (LLVM::LLVMFuncOp each : {declaration, function}) {
      each.setLinkage(LLVM::Linkage::External);
      each.setVisibility_(LLVM::Visibility::Hidden);
    }
    unsigned least =
        std::min_element(sizes.begin(), sizes.end()) - sizes.begin();
    sizes[least] += size;
    parts[least]->push_back(function);
  }
  module.walk([&](LLVM::AddressOfOp address) {
    if (auto name = names.find(address.getGlobalName()); name != names.end())
      address.setGlobalNameAttr(FlatSymbolRefAttr::get(name->second));
  });
  return parts;
}

FailureOr<SmallVector<Object>> wav::compileHost(ModuleOp module,
                                                const CPUTarget &target,
                                                const CompileOptions &options,
                                                const DeviceCode *deviceCode) {
  Stopwatch stopwatch(options.verbose);
  registerTranslations(*module.getContext());
  // Files of each kernel are written from a module of all.
  const bool dumps = !options.dumpKernelsTo.empty();
  SmallVector<OwningOpRef<ModuleOp>> parts;
  if (!dumps)
    parts = takeKernels(module, options.symbol);

  SmallVector<Object> objects(1 + parts.size());
  LogicalResult result = failableParallelForEach(
      module.getContext(), llvm::seq<size_t>(0, objects.size()), [&](size_t i) {
        llvm::LLVMContext context;
        std::unique_ptr<llvm::Module> code = translateAndOptimize(
            i == 0 ? module : *parts[i - 1], context, target);
        if (!code)
          return failure();
        if (i == 0) {
          if (deviceCode)
            defineDeviceCode(*code, *deviceCode);
          code->getNamedGlobal("wav_program")->setName(options.symbol);
          if (dumps && !deviceCode &&
              failed(dumpCode(module, *code, target, options.dumpKernelsTo)))
            return failure();
        }
        objects[i] = emitObject(*code, target);
        return success();
      });
  if (failed(result))
    return failure();
  stopwatch.lap("objects");
  if (dumps &&
      failed(dumpObject(module, objects.front(), options.dumpKernelsTo)))
    return failure();
  return objects;
}
