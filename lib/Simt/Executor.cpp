//===- Executor.cpp - GPU code, executed on the CPU -----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Simt/Executor.h"

#include "Instrument.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::wav;
using namespace mlir::wav::simt;

struct SimtExecutor::Impl {
  explicit Impl(const SimtOptions &options)
      : options(options), machine(options) {}

  llvm::Error compile(llvm::orc::ThreadSafeModule owner);

  SimtOptions options;
  Machine machine;
  std::deque<Site> sites;
  std::vector<SimtKernel> kernels;
  std::vector<KernelEntry> entries;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  /// What the JIT says when a lookup fails.
  std::string problem;
};

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// The functions that the host's back end makes calls of.
static llvm::orc::SymbolMap getHostFunctions(llvm::orc::LLJIT &jit) {
  llvm::orc::SymbolMap map;
  auto bind = [&](StringRef name, auto *function) {
    map[jit.mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(function),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  using Unary = float(float);
  using Binary = float(float, float);
  bind("memcpy", &std::memcpy);
  bind("memmove", &std::memmove);
  bind("memset", &std::memset);
  bind("expf", static_cast<Unary *>(&std::exp));
  bind("exp2f", static_cast<Unary *>(&std::exp2));
  bind("logf", static_cast<Unary *>(&std::log));
  bind("log2f", static_cast<Unary *>(&std::log2));
  bind("sinf", static_cast<Unary *>(&std::sin));
  bind("cosf", static_cast<Unary *>(&std::cos));
  bind("tanhf", static_cast<Unary *>(&std::tanh));
  bind("roundf", static_cast<Unary *>(&std::round));
  bind("powf", static_cast<Binary *>(&std::pow));
  bind("fmodf", static_cast<Binary *>(&std::fmod));
  bind("fmaf", static_cast<float (*)(float, float, float)>(&std::fma));
  return map;
}

llvm::Error SimtExecutor::Impl::compile(llvm::orc::ThreadSafeModule owner) {
  llvm::Module *module = owner.getModuleUnlocked();
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto created = llvm::orc::LLJITBuilder().create();
  if (!created)
    return created.takeError();
  jit = std::move(*created);
  jit->getExecutionSession().setErrorReporter([this](llvm::Error error) {
    problem = llvm::toString(std::move(error));
  });
  if (llvm::Error error = jit->getMainJITDylib().define(
          llvm::orc::absoluteSymbols(getHostFunctions(*jit))))
    return error;

  if (llvm::Error error =
          instrument(*module, machine, options.check, sites, kernels))
    return error;
  module->setTargetTriple(jit->getTargetTriple());
  module->setDataLayout(jit->getDataLayout());
  std::string broken;
  llvm::raw_string_ostream stream(broken);
  if (llvm::verifyModule(*module, &stream))
    return llvm::createStringError("the module is not valid IR: " + broken);

  // Variables that have a place of their own.
  SmallVector<std::pair<std::string, uint64_t>> variables;
  for (llvm::GlobalVariable &global :
       llvm::make_early_inc_range(module->globals())) {
    if (global.hasAppendingLinkage()) { // llvm.used
      global.eraseFromParent();
      continue;
    }
    if (global.isDeclaration())
      return llvm::createStringError("the module does not define '" +
                                     global.getName() + "'");
    if (!global.hasName())
      global.setName("constant");
    global.setLinkage(llvm::GlobalValue::ExternalLinkage);
    variables.push_back(
        {global.getName().str(),
         jit->getDataLayout().getTypeAllocSize(global.getValueType())});
  }

  if (llvm::Error error = jit->addIRModule(std::move(owner)))
    return error;
  auto lookup = [&](StringRef name) -> llvm::Expected<llvm::orc::ExecutorAddr> {
    auto address = jit->lookup(name);
    if (address || problem.empty())
      return address;
    llvm::consumeError(address.takeError());
    return llvm::createStringError("cannot run the module on the CPU: " +
                                   problem);
  };
  for (const SimtKernel &kernel : kernels) {
    auto address = lookup((Twine(kEntryPrefix) + kernel.name).str());
    if (!address)
      return address.takeError();
    entries.push_back(address->toPtr<KernelEntry>());
  }
  for (const auto &[name, bytes] : variables) {
    auto address = lookup(name);
    if (!address)
      return address.takeError();
    machine.memory.addBuffer(address->toPtr<void *>(), bytes, name);
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<SimtExecutor>>
SimtExecutor::create(std::unique_ptr<llvm::Module> module,
                     std::unique_ptr<llvm::LLVMContext> context,
                     const SimtOptions &options) {
  std::unique_ptr<SimtExecutor> executor(new SimtExecutor());
  executor->impl = std::make_unique<Impl>(options);
  if (llvm::Error error =
          executor->impl->compile({std::move(module), std::move(context)}))
    return error;
  return executor;
}

SimtExecutor::SimtExecutor() = default;
SimtExecutor::~SimtExecutor() = default;

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

ArrayRef<SimtKernel> SimtExecutor::getKernels() const { return impl->kernels; }

void SimtExecutor::setSeed(uint64_t seed) { impl->machine.setSeed(seed); }

std::vector<SimtAccess> SimtExecutor::takeAccesses() {
  AccessCounter *counter = impl->machine.memory.counter.get();
  return counter ? counter->take() : std::vector<SimtAccess>();
}

SimtTraffic SimtExecutor::takeTraffic() {
  TrafficCounter *traffic = impl->machine.memory.traffic.get();
  return traffic ? traffic->take() : SimtTraffic();
}

void SimtExecutor::registerBuffer(void *data, size_t bytes, StringRef name) {
  impl->machine.memory.addBuffer(data, bytes, name);
}

void SimtExecutor::unregisterBuffer(void *data) {
  impl->machine.memory.removeBuffer(data);
}

/// Equal addresses that the IR promises to be different memory: optimisations
/// rely on it.
static llvm::Error checkAliases(const SimtKernel &kernel,
                                ArrayRef<void *> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const SimtKernel::Parameter &a = kernel.parameters[j];
      const SimtKernel::Parameter &b = kernel.parameters[i];
      if (arguments[i] == arguments[j] && (a.noAlias || b.noAlias) &&
          !a.unused && !b.unused && (a.written || b.written))
        return llvm::createStringError(
            "aliased arguments: kernel '" + kernel.name + "': arguments " +
            Twine(j) + " and " + Twine(i) +
            " are one address, which the kernel writes by one of them; they "
            "are declared noalias");
    }
  return llvm::Error::success();
}

llvm::Error SimtExecutor::launch(StringRef name, int64_t grid, int64_t threads,
                                 int64_t sharedBytes,
                                 ArrayRef<void *> arguments) {
  const auto *kernel = llvm::find_if(
      getKernels(), [&](const SimtKernel &k) { return k.name == name; });
  if (kernel == getKernels().end())
    return llvm::createStringError("the module has no kernel '" + name + "'");
  auto fail = [&](const Twine &message) {
    return llvm::createStringError("kernel '" + name + "' " + message);
  };
  if (arguments.size() != kernel->parameters.size())
    return fail("has " + Twine(kernel->parameters.size()) +
                " parameters and got " + Twine(arguments.size()) +
                " arguments");
  if (threads < 1 || threads > kMaxThreads)
    return fail("is launched with " + Twine(threads) +
                " threads; a block has 1 to " + Twine(kMaxThreads));
  if (kernel->requiredThreads && threads != kernel->requiredThreads)
    return fail("needs " + Twine(kernel->requiredThreads) +
                " threads a block and is launched with " + Twine(threads));
  if (sharedBytes < 0 || sharedBytes > static_cast<int64_t>(kMaxSharedBytes))
    return fail("is launched with " + Twine(sharedBytes) +
                " bytes of shared memory; a block has at most " +
                Twine(kMaxSharedBytes));
  if (impl->options.check)
    if (llvm::Error error = checkAliases(*kernel, arguments))
      return error;
  Machine &machine = impl->machine;
  machine.reports.beginLaunch(name);
  machine.memory.beginLaunch(sharedBytes, arguments);
  machine.run(impl->entries[kernel - getKernels().begin()], arguments.data(),
              grid, static_cast<uint32_t>(threads));
  return machine.reports.take();
}
