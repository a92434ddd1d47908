//===- KernelRunner.cpp - Runs one kernel and its reference ------- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelRunner.h"

#include "wav/Driver/Registration.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Pipelines/Pipelines.h"
#include "wav/Reference/Reference.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace mlir;
using namespace mlir::wav;

/// A tensor in memory, between two rows of guards.
struct KernelRunner::Buffer {
  static constexpr size_t kGuard = 16;
  static constexpr uint32_t kGuardBits = 0x7fabcdef;

  explicit Buffer(RankedTensorType type) : type(type) {
    size = 1;
    for (int64_t extent : type.getShape())
      size *= extent;
    memory.assign(size + 2 * kGuard, kGuardBits);
    uint32_t nan = 0x7fc00000;
    std::fill_n(memory.begin() + kGuard, size, nan);
  }
  float *floats() { return reinterpret_cast<float *>(&memory[kGuard]); }
  int32_t *integers() { return reinterpret_cast<int32_t *>(&memory[kGuard]); }
  bool isIntact() const {
    auto isGuard = [](uint32_t word) { return word == kGuardBits; };
    return std::all_of(memory.begin(), memory.begin() + kGuard, isGuard) &&
           std::all_of(memory.end() - kGuard, memory.end(), isGuard);
  }

  RankedTensorType type;
  size_t size;
  std::vector<uint32_t> memory;
};

/// What the argument table points to: one tensor, or the table of a bank.
struct KernelRunner::Slot {
  bool isBank = false;
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<int64_t> bankTable;
};

KernelRunner::Slot KernelRunner::makeSlot(Type type) {
  Slot slot;
  auto bank = dyn_cast<BankType>(type);
  slot.isBank = bool(bank);
  if (!bank) {
    auto tensor = cast<RankedTensorType>(type);
    if (!tensor.hasStaticShape())
      tensor = tensor.clone({options.bankSize});
    slot.buffers.push_back(std::make_unique<Buffer>(tensor));
    return slot;
  }
  int64_t size = bank.isDynamic() ? options.bankSize : bank.getSize();
  slot.bankTable.push_back(size);
  for (int64_t i = 0; i < size; ++i) {
    for (RankedTensorType part : bank.getPartTypes()) {
      slot.buffers.push_back(std::make_unique<Buffer>(part));
      slot.bankTable.push_back(
          reinterpret_cast<int64_t>(slot.buffers.back()->floats()));
    }
  }
  return slot;
}

void wav::registerForKernels(MLIRContext &context) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  registerAllToLLVMIRTranslations(registry);
  context.appendDialectRegistry(registry);
}

std::unique_ptr<ExecutionEngine> wav::compileForHost(ModuleOp module) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  std::unique_ptr<llvm::TargetMachine> machine = llvm::cantFail(
      llvm::cantFail(llvm::orc::JITTargetMachineBuilder::detectHost())
          .createTargetMachine());
  auto optimize = makeOptimizingTransformer(2, 0, machine.get());
  ExecutionEngineOptions options;
  options.transformer = optimize;
  return llvm::cantFail(
      ExecutionEngine::create(module, options, std::move(machine)));
}

KernelOp KernelRunner::getKernel() const { return cast<KernelOp>(kernel); }

KernelRunner::KernelRunner(const std::string &text, const Options &options)
    : options(options) {
  registerForKernels(context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return;
  source = OwningOpRef<Operation *>(module->getOperation()->clone());
  kernel = *cast<ModuleOp>(*source).getOps<KernelOp>().begin();

  PassManager passes(&context);
  PipelineOptions kernelOptions;
  kernelOptions.vectorWidth = options.vectorWidth;
  kernelOptions.unroll = options.unroll;
  buildPipeline(passes, "wav-kernel-pipeline", kernelOptions);
  if (failed(passes.run(*module)))
    return;

  engine = compileForHost(*module);
  function = reinterpret_cast<decltype(function)>(
      llvm::cantFail(engine->lookup(getKernel().getSymName())));

  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  for (auto [index, type] : llvm::enumerate(getKernel().getSlotTypes())) {
    Slot &slot = slots.emplace_back(makeSlot(type));
    table.push_back(slot.isBank ? static_cast<void *>(slot.bankTable.data())
                                : slot.buffers.front()->floats());
    if (index >= getKernel().getBody().front().getNumArguments())
      continue;
    auto range = options.ranges.find(index);
    bool hasRange = range != options.ranges.end();
    double low = hasRange ? range->second.first : -1;
    double high = hasRange ? range->second.second : 0;
    std::uniform_real_distribution<double> uniform(low, high);
    for (auto &buffer : slot.buffers) {
      // Scales are positive, indices of biases -1, 0 or 1.
      bool isScale = slot.isBank && buffer->type.getRank() == 1;
      bool isIndex = slot.isBank && buffer->type.getElementType().isInteger();
      if (isScale)
        uniform = std::uniform_real_distribution<double>(0.5, 2);
      else if (isIndex)
        uniform = std::uniform_real_distribution<double>(-1, 2);
      for (size_t i = 0; i < buffer->size; ++i) {
        if (buffer->type.getElementType().isInteger())
          buffer->integers()[i] = int32_t(std::floor(uniform(generator)));
        else
          buffer->floats()[i] = float(hasRange || isScale ? uniform(generator)
                                                          : normal(generator));
      }
    }
  }
}

KernelRunner::~KernelRunner() = default;

void KernelRunner::run() {
  for (int64_t i = 0; i < int64_t(getKernel().getPartitions()); ++i)
    function(table.data(), i);
}

std::vector<std::vector<double>> KernelRunner::read(const Slot &slot,
                                                    bool isRowSum) {
  std::vector<std::vector<double>> result;
  for (auto &buffer : slot.buffers) {
    std::vector<double> values(buffer->floats(),
                               buffer->floats() + buffer->size);
    if (isRowSum) {
      size_t size = values.size() / getKernel().getPartitions();
      for (size_t i = size; i < values.size(); ++i)
        values[i % size] += values[i];
      values.resize(size);
    }
    result.push_back(std::move(values));
  }
  return result;
}

/// The sources of a bank, given their tensors one after the other.
static RefBank getBank(BankType type, ArrayRef<RefTensorPtr> tensors) {
  RefBank bank;
  for (unsigned at = 0; at < tensors.size(); at += type.getNumParts()) {
    RefSource source = {tensors[at], nullptr, nullptr};
    if (type.getScaled())
      source.scale = tensors[at + type.getPosition(BankPart::Scale)];
    if (type.getBiased())
      source.bias = tensors[at + type.getPosition(BankPart::Bias)];
    bank.push_back(source);
  }
  return bank;
}

double KernelRunner::compare() {
  // The reference comes first: the kernel updates its arguments.
  ReferenceInterpreter interpreter(cast<ModuleOp>(*source));
  ReferenceFrame frame(interpreter, ReferenceMemory());
  Block &body = getKernel().getBody().front();
  for (BlockArgument argument : body.getArguments()) {
    const Slot &slot = slots[argument.getArgNumber()];
    std::vector<RefTensorPtr> tensors;
    for (auto &buffer : slot.buffers) {
      auto tensor = std::make_shared<RefTensor>(buffer->type);
      if (buffer->type.getElementType().isInteger())
        tensor->indices.assign(buffer->integers(),
                               buffer->integers() + buffer->size);
      else
        tensor->values.assign(buffer->floats(),
                              buffer->floats() + buffer->size);
      tensors.push_back(tensor);
    }
    if (auto bank = dyn_cast<BankType>(argument.getType()))
      frame.set(argument, getBank(bank, tensors));
    else
      frame.set(argument, tensors.front());
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (failed(frame.evaluate(body)))
    return infinity;
  run();

  double worst = 0;
  size_t nextSlot = body.getNumArguments();
  for (Value yielded : body.getTerminator()->getOperands()) {
    BlockArgument tied = getTiedArgument(yielded);
    const Slot &slot = slots[tied ? tied.getArgNumber() : nextSlot++];
    std::vector<RefTensorPtr> expected;
    if (slot.isBank)
      for (const RefSource &source : frame.getBank(yielded))
        llvm::copy_if(std::array{source.row, source.scale, source.bias},
                      std::back_inserter(expected),
                      [](const RefTensorPtr &tensor) { return bool(tensor); });
    else
      expected = {frame.share(yielded)};
    std::vector<std::vector<double>> actual = read(slot, isRowSum(yielded));
    for (size_t i = 0; i < actual.size(); ++i) {
      double largest = 0.01, error = 0;
      for (size_t k = 0; k < actual[i].size(); ++k) {
        double difference = std::abs(actual[i][k] - expected[i]->values[k]);
        error = std::isnan(difference) ? infinity : std::max(error, difference);
        largest = std::max(largest, std::abs(expected[i]->values[k]));
      }
      worst = std::max(worst, error / largest);
    }
  }
  for (Slot &slot : slots)
    for (auto &buffer : slot.buffers)
      if (!buffer->isIntact())
        return infinity;
  return worst;
}
