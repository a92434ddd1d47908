//===- LowerSchedules.cpp - Schedules to the LLVM dialect -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The addresses that an entry point passes on are a constant table of
// (base, offset) pairs. The entry resolves all of them in one loop and then
// makes one call a step, so that its code is small however many buffers a step
// has, and costs LLVM nothing.
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"
#include "wav/Passes.h"
#include "wav/Target/Manifest.h"
#include "wavrt/abi.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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
  /// What an offset counts from: an arena, the resolved table, or zero.
  enum Base : int64_t {
    Table = WAVRT_NUM_ARENAS,
    Zero = WAVRT_NUM_ARENAS + 1,
    NumBases
  };

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
          append(Table, banks.at(table) * sizeof(void *));
        })
        .Case([&](NullOp) { append(Zero, 0); });
  }

  void addBank(TableOp table) {
    if (!banks.try_emplace(table, size()).second)
      return;
    append(Zero, table.getRows().size());
    for (Value row : table.getRows())
      addSlot(row);
  }

  SmallVector<int64_t> entries;
  llvm::DenseMap<Operation *, int64_t> banks;
};

/// Builds the program of a module.
class HostBuilder {
public:
  HostBuilder(ModuleOp module)
      : module(module),
        b(module.getLoc(), OpBuilder::atBlockEnd(module.getBody())) {}

  void declareRuntime();
  void buildEntry(ScheduleOp schedule);
  void buildProgram(StringRef manifest, StringRef constants);

private:
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(b, type, b.getIntegerAttr(type, value));
  }
  Value i64(int64_t value) { return constant(b.getI64Type(), value); }
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
  /// A constant struct or array whose elements `build` makes.
  void aggregate(StringRef name, Type type, LLVM::Linkage linkage,
                 function_ref<SmallVector<Value>()> build);
  void declare(StringRef name, Type result, ArrayRef<Type> arguments);

  Value resolveAddresses(Value context, StringRef entry,
                         const AddressTable &addresses);

  ModuleOp module;
  ImplicitLocOpBuilder b;
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  SmallVector<std::string> entries;
};

} // namespace

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

void HostBuilder::aggregate(StringRef name, Type type, LLVM::Linkage linkage,
                            function_ref<SmallVector<Value>()> build) {
  auto op = LLVM::GlobalOp::create(b, type, /*isConstant=*/true, linkage, name,
                                   /*value=*/nullptr);
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&op.getInitializer());
  Value value = LLVM::UndefOp::create(b, type);
  for (auto [index, element] : llvm::enumerate(build()))
    value = LLVM::InsertValueOp::create(b, value, element, index);
  LLVM::ReturnOp::create(b, ValueRange(value));
}

void HostBuilder::declare(StringRef name, Type result,
                          ArrayRef<Type> arguments) {
  if (!module.lookupSymbol(name))
    LLVM::LLVMFuncOp::create(b, name,
                             LLVM::LLVMFunctionType::get(result, arguments));
}

void HostBuilder::declareRuntime() {
  Type i32Type = b.getI32Type(), i64Type = b.getI64Type();
  declare("wavrt_launch", LLVM::LLVMVoidType::get(b.getContext()),
          {pointer, i64Type, pointer, pointer, i64Type});
  declare("wavrt_call", i32Type, {pointer, i64Type, pointer, pointer, pointer});
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

/// Emits the loop that resolves the table; returns the resolved addresses.
Value HostBuilder::resolveAddresses(Value context, StringRef entry,
                                    const AddressTable &addresses) {
  Type i64Type = b.getI64Type();
  Value one = i64(1);
  // The bases, in the order of their numbers; the context holds the arenas.
  Value bases =
      LLVM::AllocaOp::create(b, pointer, pointer, i64(AddressTable::NumBases));
  Value resolved =
      LLVM::AllocaOp::create(b, pointer, pointer, i64(addresses.size()));
  for (int64_t arena = 0; arena < WAVRT_NUM_ARENAS; ++arena) {
    Value source = element(pointer, context, arena);
    Value base = LLVM::LoadOp::create(b, pointer, source);
    LLVM::StoreOp::create(b, base, element(pointer, bases, arena));
  }
  LLVM::StoreOp::create(b, resolved,
                        element(pointer, bases, AddressTable::Table));
  Value null = LLVM::ZeroOp::create(b, pointer);
  LLVM::StoreOp::create(b, null, element(pointer, bases, AddressTable::Zero));

  Value table = addressOf((entry + ".addresses").str());
  Value zero = i64(0), end = i64(addresses.size());
  Block *before = b.getBlock();
  Region *region = before->getParent();
  Block *loop = b.createBlock(region, region->end(), i64Type, b.getLoc());
  Block *after = b.createBlock(region, region->end());
  b.setInsertionPointToEnd(before);
  LLVM::BrOp::create(b, zero, loop);

  b.setInsertionPointToEnd(loop);
  Value index = loop->getArgument(0);
  auto pair = LLVM::LLVMArrayType::get(i64Type, 2);
  Value row = element(pair, table, index);
  Value baseNumber = LLVM::LoadOp::create(b, i64Type, row);
  Value offset = LLVM::LoadOp::create(b, i64Type, element(i64Type, row, one));
  Value base =
      LLVM::LoadOp::create(b, pointer, element(pointer, bases, baseNumber));
  Value address = element(b.getI8Type(), base, offset);
  LLVM::StoreOp::create(b, address, element(pointer, resolved, index));
  Value next = LLVM::AddOp::create(b, index, one);
  Value more = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ult, next, end);
  LLVM::CondBrOp::create(b, more, loop, next, after, ValueRange());
  b.setInsertionPointToEnd(after);
  return resolved;
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
    if (auto launch = dyn_cast<LaunchOp>(op))
      starts[&op] = {addresses.add(launch.getSlots()), 0};
    if (auto call = dyn_cast<CallOp>(op)) {
      starts[&op] = {addresses.add(call.getBuffers()), params.size()};
      llvm::append_range(params, call.getParams());
      declare(call.getFunction(), i32Type, {pointer, pointer, pointer});
    }
  }
  integers(name + ".addresses", addresses.getEntries());
  integers(name + ".params", params);

  // The schedule gives way to the function of its name.
  schedule.setSymName(name + ".schedule");
  auto function = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(i32Type, {pointer}),
      LLVM::Linkage::Internal);
  Block *entry = function.addEntryBlock(b);
  Value context = entry->getArgument(0);
  b.setInsertionPointToStart(entry);
  Value resolved = resolveAddresses(context, name, addresses);
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
      LLVM::CallOp::create(b, TypeRange(), "wavrt_launch",
                           {context, number, addressOf(launch.getKernel()),
                            slots, i64(launch.getPartitions())});
      continue;
    }
    auto call = cast<CallOp>(op);
    Value result =
        LLVM::CallOp::create(b, i32Type, "wavrt_call",
                             {context, number, addressOf(call.getFunction()),
                              slots, element(i64Type, paramTable, param)})
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
  entries.push_back(name);
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

void HostBuilder::buildProgram(StringRef manifest, StringRef constants) {
  Type i32Type = b.getI32Type(), i64Type = b.getI64Type();
  b.setLoc(module.getLoc());
  auto bytes = [&](const Twine &name, StringRef value) {
    global(name, LLVM::LLVMArrayType::get(b.getI8Type(), value.size()),
           b.getStringAttr(value));
  };
  bytes("wav_manifest", manifest);
  bytes("wav_constants", constants);
  for (const std::string &entry : entries)
    bytes(entry + ".name", {entry.c_str(), entry.size() + 1});

  auto entryType =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {pointer, pointer});
  auto entriesType = LLVM::LLVMArrayType::get(entryType, entries.size());
  aggregate("wav_entries", entriesType, LLVM::Linkage::Internal, [&] {
    SmallVector<Value> elements;
    for (const std::string &entry : entries) {
      Value element = LLVM::UndefOp::create(b, entryType);
      Value name = addressOf(entry + ".name");
      element = LLVM::InsertValueOp::create(b, element, name, int64_t(0));
      Value run = addressOf(entry);
      elements.push_back(LLVM::InsertValueOp::create(b, element, run, 1));
    }
    return elements;
  });

  // In the order of `wavrt_program`.
  auto programType = LLVM::LLVMStructType::getLiteral(
      b.getContext(),
      {i64Type, i32Type, i32Type, pointer, pointer, i64Type, pointer});
  aggregate("wav_program", programType, LLVM::Linkage::External, [&] {
    return SmallVector<Value>{i64(WAVRT_MAGIC),
                              constant(i32Type, WAVRT_ABI_VERSION),
                              constant(i32Type, entries.size()),
                              addressOf("wav_entries"),
                              addressOf("wav_manifest"),
                              i64(manifest.size()),
                              addressOf("wav_constants")};
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

namespace {
struct LowerSchedulesPass
    : wav::impl::LowerSchedulesPassBase<LowerSchedulesPass> {
  using LowerSchedulesPassBase::LowerSchedulesPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<std::string> manifest = buildManifest(module, target);
    if (failed(manifest))
      return signalPassFailure();
    std::string constants = getConstantBytes(module);

    // The compiler's own copies of internal functions may be optimised freely.
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      if (!function.isExternal())
        function.setLinkage(LLVM::Linkage::Internal);

    HostBuilder builder(module);
    builder.declareRuntime();
    for (auto schedule :
         llvm::make_early_inc_range(module.getOps<ScheduleOp>()))
      builder.buildEntry(schedule);
    builder.buildProgram(*manifest, constants);
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<ParameterOp, StateOp, wav::ConstantOp>(op))
        op.erase();
    // The manifest has said what they say.
    for (StringRef name : {"wav.config", "wav.batch", "wav.context"})
      module->removeAttr(name);
  }
};
} // namespace
