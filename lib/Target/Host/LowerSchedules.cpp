//===- LowerSchedules.cpp - Schedules to the LLVM dialect -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The addresses that an entry point passes on are a constant table of
// (base, offset) pairs, which the runtime resolves once. The entry is one call
// a step, so that its code is small however many buffers a step has, and costs
// LLVM nothing.
//
//===----------------------------------------------------------------------===//

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"
#include "wav/Target/Manifest.h"
#include "wavrt/abi.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::wav {
#define GEN_PASS_DEF_LOWERSCHEDULESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// The addresses of one entry point.
class AddressTable {
public:
  /// Appends the addresses of the given buffers and banks; returns the index
  /// of the first.
  int64_t add(ValueRange slots) {
    // Tables first, so that the slots are adjacent.
    for (Value slot : slots)
      if (auto table = slot.getDefiningOp<TableOp>())
        addBank(table);
    int64_t index = size();
    for (Value slot : slots)
      addSlot(slot);
    return index;
  }

  /// Appends where the addresses from `index` on lie themselves.
  int64_t addTable(int64_t index) {
    append(WAVRT_BASE_TABLE, index * sizeof(void *));
    return size() - 1;
  }

  int64_t size() const { return entries.size() / 2; }
  /// base 0, offset 0, base 1, offset 1, ...
  ArrayRef<int64_t> getEntries() const { return entries; }

private:
  void append(int64_t base, int64_t offset) {
    entries.push_back(base);
    entries.push_back(offset);
  }

  void addSlot(Value slot) {
    llvm::TypeSwitch<Operation *>(slot.getDefiningOp())
        .Case([&](ViewOp view) {
          append(static_cast<int64_t>(view.getArena()), view.getOffset());
        })
        .Case([&](TableOp table) {
          append(WAVRT_BASE_TABLE, banks.at(table) * sizeof(void *));
        })
        .Case([&](NullOp) { append(WAVRT_BASE_ZERO, 0); });
  }

  void addBank(TableOp table) {
    if (!banks.try_emplace(table, size()).second)
      return;
    append(WAVRT_BASE_ZERO, table.getResult().getType().getSize());
    for (Value buffer : table.getBuffers())
      addSlot(buffer);
  }

  SmallVector<int64_t> entries;
  llvm::DenseMap<Operation *, int64_t> banks;
};

/// The kernels of `gpu.module @device`, in order.
class DeviceKernels {
public:
  /// Fails after a diagnostic, as does `check`.
  static FailureOr<DeviceKernels> find(ModuleOp module);

  /// Whether the device can run every step of a schedule.
  LogicalResult check(ScheduleOp schedule) const;

  size_t size() const { return kernels.size(); }
  int64_t indexOf(StringRef name) const {
    return kernels.find(name) - kernels.begin();
  }

  struct Kernel {
    int64_t slots, threads, sharedBytes;
    /// Whether its only parameter is a table of the slots of its instances.
    bool takesTable;
    int64_t getNumParameters() const { return takesTable ? 1 : slots; }
  };
  const Kernel &get(StringRef name) const { return kernels.find(name)->second; }
  auto begin() const { return kernels.begin(); }
  auto end() const { return kernels.end(); }

private:
  llvm::MapVector<StringRef, Kernel> kernels;
};

/// Builds the program of a module.
class HostBuilder {
public:
  /// `device`: the kernels that launches are of, or null if they are functions
  /// of the module.
  HostBuilder(ModuleOp module, const DeviceKernels *device)
      : module(module), device(device),
        b(module.getLoc(), OpBuilder::atBlockEnd(module.getBody())) {}

  void declareRuntime();
  void buildEntry(ScheduleOp schedule);
  void buildProgram(StringRef manifest, StringRef constants);

private:
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(b, type, b.getIntegerAttr(type, value));
  }
  Value i32(int64_t value) { return constant(b.getI32Type(), value); }
  Value i64(int64_t value) { return constant(b.getI64Type(), value); }
  Value null() { return LLVM::ZeroOp::create(b, pointer); }
  Value addressOf(StringRef symbol) {
    return LLVM::AddressOfOp::create(b, pointer, symbol);
  }
  /// The address of element `index` of an array.
  Value element(Type type, Value base, Value index) {
    return LLVM::GEPOp::create(b, pointer, type, base, index);
  }
  Value element(Type type, Value base, int64_t index) {
    return element(type, base, i64(index));
  }
  LLVM::GlobalOp global(const Twine &name, Type type, Attribute value);
  LLVM::GlobalOp integers(const Twine &name, ArrayRef<int64_t> values);
  void bytes(const Twine &name, StringRef value);
  /// A struct or array of the given elements.
  Value structOf(Type type, ArrayRef<Value> elements);
  /// A constant of such a type, whose elements `build` makes.
  void aggregate(StringRef name, Type type, LLVM::Linkage linkage,
                 function_ref<SmallVector<Value>()> build);
  void declare(StringRef name, Type result, ArrayRef<Type> arguments);

  void declareDevice();
  StringRef launchFunction() const {
    return device ? "wavrt_launch_device" : "wavrt_launch";
  }
  /// The address of a kernel's code, or of its `wavrt_device_kernel`.
  Value kernelOf(LaunchOp launch);
  Type deviceKernelType() {
    Type i32Type = b.getI32Type();
    return LLVM::LLVMStructType::getLiteral(
        b.getContext(), {pointer, i32Type, i32Type, i32Type});
  }

  ModuleOp module;
  const DeviceKernels *device;
  ImplicitLocOpBuilder b;
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  /// Names, and sizes of the address tables.
  SmallVector<std::pair<std::string, int64_t>> entries;
};

} // namespace

//===----------------------------------------------------------------------===//
// Device kernels
//===----------------------------------------------------------------------===//

FailureOr<DeviceKernels> DeviceKernels::find(ModuleOp module) {
  auto code = module.lookupSymbol<gpu::GPUModuleOp>("device");
  if (!code)
    return module.emitError("a program for a GPU needs its kernels in "
                            "'gpu.module @device'; wav-kernels-to-nvvm makes "
                            "it");
  DeviceKernels result;
  for (auto function : code.getOps<LLVM::LLVMFuncOp>()) {
    if (!function->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()))
      continue;
    auto threads = function->getAttrOfType<DenseI32ArrayAttr>(
        NVVM::NVVMDialect::getReqntidAttrName());
    if (!threads || threads.empty())
      return function.emitError("a kernel needs the attribute '")
             << NVVM::NVVMDialect::getReqntidAttrName()
             << "', the threads of a block";
    auto shared = function->getAttrOfType<IntegerAttr>(kSharedBytesAttr);
    auto instances = function->getAttrOfType<DenseI64ArrayAttr>(kInstancesAttr);
    result.kernels[function.getSymName()] = {
        instances ? instances[1] : function.getNumArguments(), threads[0],
        shared ? shared.getInt() : 0, instances != nullptr};
  }
  return result;
}

LogicalResult DeviceKernels::check(ScheduleOp schedule) const {
  for (auto launch : schedule.getOps<LaunchOp>()) {
    const auto *kernel = kernels.find(launch.getKernel());
    if (kernel == kernels.end())
      return launch.emitError("launches '")
             << launch.getKernel() << "', which 'gpu.module @device' lacks";
    if (kernel->second.slots != launch.getNumSlots())
      return launch.emitError("passes ")
             << launch.getNumSlots() << " slots, but '" << launch.getKernel()
             << "' has " << kernel->second.slots;
    if (launch.getInstances() > 1 && !kernel->second.takesTable)
      return launch.emitError("launches ")
             << launch.getInstances() << " instances of '" << launch.getKernel()
             << "', which takes no table of them; run wav-batch-steps before "
                "wav-kernels-to-nvvm";
  }
  for (auto call : schedule.getOps<CallOp>())
    if (!call.isProduct())
      return call.emitError("calls '")
             << call.getFunction()
             << "', and on a GPU the runtime computes only matrix products; "
                "wav-calls-to-kernels makes kernels of the rest";
  return success();
}

//===----------------------------------------------------------------------===//
// Globals
//===----------------------------------------------------------------------===//

LLVM::GlobalOp HostBuilder::global(const Twine &name, Type type,
                                   Attribute value) {
  return LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                LLVM::Linkage::Internal, name.str(), value);
}

LLVM::GlobalOp HostBuilder::integers(const Twine &name,
                                     ArrayRef<int64_t> values) {
  int64_t size = values.size();
  return global(name, LLVM::LLVMArrayType::get(b.getI64Type(), size),
                DenseElementsAttr::get(
                    RankedTensorType::get(size, b.getI64Type()), values));
}

void HostBuilder::bytes(const Twine &name, StringRef value) {
  global(name, LLVM::LLVMArrayType::get(b.getI8Type(), value.size()),
         b.getStringAttr(value));
}

Value HostBuilder::structOf(Type type, ArrayRef<Value> elements) {
  Value value = LLVM::UndefOp::create(b, type);
  for (auto [index, element] : llvm::enumerate(elements))
    value = LLVM::InsertValueOp::create(b, value, element, index);
  return value;
}

void HostBuilder::aggregate(StringRef name, Type type, LLVM::Linkage linkage,
                            function_ref<SmallVector<Value>()> build) {
  auto op = LLVM::GlobalOp::create(b, type, /*isConstant=*/true, linkage, name,
                                   /*value=*/nullptr);
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&op.getInitializer());
  LLVM::ReturnOp::create(b, ValueRange(structOf(type, build())));
}

void HostBuilder::declare(StringRef name, Type result,
                          ArrayRef<Type> arguments) {
  if (!module.lookupSymbol(name))
    LLVM::LLVMFuncOp::create(b, name,
                             LLVM::LLVMFunctionType::get(result, arguments));
}

void HostBuilder::declareRuntime() {
  Type i32Type = b.getI32Type(), i64Type = b.getI64Type();
  declare(launchFunction(), LLVM::LLVMVoidType::get(b.getContext()),
          {pointer, i64Type, pointer, pointer, i64Type});
  declare("wavrt_call", i32Type, {pointer, i64Type, pointer, pointer, pointer});
  declare("wavrt_call_batch", i32Type,
          {pointer, i64Type, pointer, pointer, pointer, i64Type, i64Type});
  if (device)
    declareDevice();
}

void HostBuilder::declareDevice() {
  Type i64Type = b.getI64Type();
  // A `wavrt_device_code` that whoever assembles the kernels defines.
  auto codeType = LLVM::LLVMStructType::getLiteral(
      b.getContext(), {pointer, pointer, i64Type, pointer});
  LLVM::GlobalOp::create(b, codeType, /*isConstant=*/true,
                         LLVM::Linkage::External, "wav_device_code",
                         /*value=*/nullptr);

  for (const auto &[name, kernel] : *device)
    bytes(name + ".device_name", (name + Twine('\0')).str());
  Type type = deviceKernelType();
  aggregate("wav_device_kernels",
            LLVM::LLVMArrayType::get(type, device->size()),
            LLVM::Linkage::Internal, [&] {
              SmallVector<Value> elements;
              for (const auto &[name, kernel] : *device)
                elements.push_back(structOf(
                    type, {addressOf((name + ".device_name").str()),
                           i32(kernel.getNumParameters()), i32(kernel.threads),
                           i32(kernel.sharedBytes)}));
              return elements;
            });
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

Value HostBuilder::kernelOf(LaunchOp launch) {
  if (!device)
    return addressOf(launch.getKernel());
  return element(deviceKernelType(), addressOf("wav_device_kernels"),
                 device->indexOf(launch.getKernel()));
}

/// Of several instances: as `wavrt_call_batch` takes them.
static int64_t addBuffers(CallOp call, AddressTable &addresses) {
  if (call.getInstances() == 1)
    return addresses.add(call.getBuffers());
  SmallVector<Value> buffers;
  for (unsigned slot = 0; slot < call.getNumSlots(); ++slot)
    for (unsigned i = 0; i < call.getInstances(); ++i)
      buffers.push_back(call.getSlotsOf(i)[slot]);
  int64_t start = addresses.add(buffers);
  for (unsigned slot = 0; slot < call.getNumSlots(); ++slot)
    addresses.addTable(start + slot * call.getInstances());
  return start;
}

void HostBuilder::buildEntry(ScheduleOp schedule) {
  Type i32Type = b.getI32Type(), i64Type = b.getI64Type();
  std::string name = schedule.getSymName().str();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(schedule);
  b.setLoc(schedule.getLoc());

  AddressTable addresses;
  SmallVector<int64_t> params;
  /// Where a step's addresses and parameters start.
  llvm::DenseMap<Operation *, std::pair<int64_t, int64_t>> starts;
  for (Operation &op : schedule.getBody().front()) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      int64_t start = addresses.add(launch.getSlots());
      if (device && device->get(launch.getKernel()).takesTable)
        start = addresses.addTable(start);
      starts[&op] = {start, 0};
    }
    if (auto call = dyn_cast<CallOp>(op)) {
      starts[&op] = {addBuffers(call, addresses), params.size()};
      llvm::append_range(params, call.getParams());
      declare(call.getFunction(), i32Type, {pointer, pointer, pointer});
    }
  }
  integers(name + ".addresses", addresses.getEntries());
  integers(name + ".params", params);

  // The schedule gives way to the function of its name.
  schedule.setSymName(name + ".schedule");
  auto function = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(i32Type, {pointer, pointer}),
      LLVM::Linkage::Internal);
  Block *entry = function.addEntryBlock(b);
  Value context = entry->getArgument(0), resolved = entry->getArgument(1);
  b.setInsertionPointToStart(entry);
  Value paramTable = addressOf(name + ".params");
  Value ok = constant(i32Type, WAVRT_OK);

  // A step that fails ends the entry with its status.
  Region &body = function.getBody();
  Block *exit = new Block();
  Value status = exit->addArgument(i32Type, b.getLoc());
  int64_t index = 0;
  for (Operation &op : schedule.getBody().front()) {
    auto it = starts.find(&op);
    if (it == starts.end())
      continue;
    b.setLoc(op.getLoc());
    Value number = i64(index++);
    auto [address, param] = it->second;
    Value slots = element(pointer, resolved, address);
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      // A device does all instances at once.
      int64_t instances = launch.getInstances(), calls = device ? 1 : instances;
      for (int64_t i = 0; i < calls; ++i)
        LLVM::CallOp::create(
            b, TypeRange(), launchFunction(),
            {context, number, kernelOf(launch),
             i == 0 ? slots : element(pointer, slots, i * launch.getNumSlots()),
             i64(launch.getPartitions() * (instances / calls))});
      continue;
    }
    auto call = cast<CallOp>(op);
    SmallVector<Value> arguments = {context, number,
                                    addressOf(call.getFunction()), slots,
                                    element(i64Type, paramTable, param)};
    if (call.getInstances() > 1)
      arguments.append({i64(call.getNumSlots()), i64(call.getInstances())});
    Value result =
        LLVM::CallOp::create(b, i32Type,
                             call.getInstances() > 1 ? "wavrt_call_batch"
                                                     : "wavrt_call",
                             arguments)
            .getResult();
    Value failed = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, result, ok);
    Block *next = b.createBlock(&body, body.end());
    b.setInsertionPointToEnd(next->getPrevNode());
    LLVM::CondBrOp::create(b, failed, exit, result, next, ValueRange());
    b.setInsertionPointToEnd(next);
  }
  LLVM::BrOp::create(b, ok, exit);
  body.push_back(exit);
  b.setInsertionPointToEnd(exit);
  LLVM::ReturnOp::create(b, ValueRange(status));
  schedule.erase();
  entries.push_back({name, addresses.size()});
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

void HostBuilder::buildProgram(StringRef manifest, StringRef constants) {
  Type i32Type = b.getI32Type(), i64Type = b.getI64Type();
  b.setLoc(module.getLoc());
  bytes("wav_manifest", manifest);
  bytes("wav_constants", constants);
  for (const auto &[entry, numAddresses] : entries)
    bytes(entry + ".name", {entry.c_str(), entry.size() + 1});

  auto entryType = LLVM::LLVMStructType::getLiteral(
      b.getContext(), {pointer, pointer, i64Type, pointer});
  auto entriesType = LLVM::LLVMArrayType::get(entryType, entries.size());
  aggregate("wav_entries", entriesType, LLVM::Linkage::Internal, [&] {
    SmallVector<Value> elements;
    for (const auto &[entry, numAddresses] : entries)
      elements.push_back(structOf(
          entryType, {addressOf(entry + ".name"), addressOf(entry),
                      i64(numAddresses), addressOf(entry + ".addresses")}));
    return elements;
  });

  // In the order of `wavrt_program`.
  auto programType = LLVM::LLVMStructType::getLiteral(
      b.getContext(), {i64Type, i32Type, i32Type, pointer, pointer, i64Type,
                       pointer, pointer, i64Type, pointer});
  aggregate("wav_program", programType, LLVM::Linkage::External, [&] {
    SmallVector<Value> elements = {
        i64(WAVRT_MAGIC),          i32(WAVRT_ABI_VERSION),
        i32(entries.size()),       addressOf("wav_entries"),
        addressOf("wav_manifest"), i64(manifest.size()),
        addressOf("wav_constants")};
    if (device)
      elements.append({addressOf("wav_device_code"), i64(device->size()),
                       addressOf("wav_device_kernels")});
    else
      elements.append({null(), i64(0), null()});
    return elements;
  });
}

/// The bytes of the constants arena.
static std::string getConstantBytes(ModuleOp module) {
  std::string bytes;
  for (auto constant : module.getOps<ConstantOp>()) {
    auto value = cast<DenseElementsAttr>(constant.getValue());
    ArrayRef<char> data = value.getRawData();
    size_t size = value.getNumElements() *
                  (value.getElementType().getIntOrFloatBitWidth() / 8);
    bytes.resize(std::max(bytes.size(), constant.getOffset() + size));
    for (size_t at = 0; at < size; at += data.size())
      llvm::copy(data, bytes.begin() + constant.getOffset() + at);
  }
  return bytes;
}

/// Fails unless nothing is left to lower but schedules and what the manifest
/// says.
static LogicalResult checkLowered(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (!isa<ParameterOp, StateOp, wav::ConstantOp, ScheduleOp,
             LLVM::LLVMFuncOp, LLVM::GlobalOp, gpu::GPUModuleOp>(op))
      return op.emitOpError(
          "must be lowered before schedules are: functions by "
          "wav-plan, kernels by wav-kernel-pipeline, or by "
          "wav-lane-pipeline and wav-kernels-to-nvvm");
  return success();
}

namespace {
struct LowerSchedulesPass
    : wav::impl::LowerSchedulesPassBase<LowerSchedulesPass> {
  using LowerSchedulesPassBase::LowerSchedulesPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(checkLowered(module)))
      return signalPassFailure();
    FailureOr<std::string> manifest =
        buildManifest(module, target, llvm::to_vector(features));
    if (failed(manifest))
      return signalPassFailure();
    std::string constants = getConstantBytes(module);
    std::optional<DeviceKernels> device;
    if (StringRef(target).starts_with("cuda")) {
      FailureOr<DeviceKernels> found = DeviceKernels::find(module);
      if (failed(found))
        return signalPassFailure();
      for (auto schedule : module.getOps<ScheduleOp>())
        if (failed(found->check(schedule)))
          return signalPassFailure();
      device = std::move(*found);
    }

    // The compiler's own copies of internal functions may be optimised freely.
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      if (!function.isExternal())
        function.setLinkage(LLVM::Linkage::Internal);

    HostBuilder builder(module, device ? &*device : nullptr);
    builder.declareRuntime();
    for (auto schedule :
         llvm::make_early_inc_range(module.getOps<ScheduleOp>()))
      builder.buildEntry(schedule);
    builder.buildProgram(*manifest, constants);
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<ParameterOp, StateOp, wav::ConstantOp>(op))
        op.erase();
    // The manifest has said what they say.
    for (NamedAttribute attribute : llvm::to_vector(module->getAttrs()))
      if (isa_and_present<WavDialect>(attribute.getNameDialect()))
        module->removeAttr(attribute.getName());
  }
};
} // namespace
