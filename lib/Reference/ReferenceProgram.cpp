//===- ReferenceProgram.cpp - A module as a runnable program --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Reference/ReferenceProgram.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Support/Json.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::wav;

static constexpr size_t kSlotAlignment = 64;

static bool isFloat(RankedTensorType type) {
  return isa<FloatType>(type.getElementType());
}

static size_t getNumBytes(RankedTensorType type) {
  return type.getNumElements() *
         (isFloat(type) ? sizeof(double) : sizeof(int32_t));
}

ReferenceProgram::ReferenceProgram(OwningOpRef<ModuleOp> owned,
                                   RefRounding rounding)
    : module(std::move(owned)), interpreter(*module, rounding) {}

FailureOr<std::shared_ptr<ReferenceProgram>>
ReferenceProgram::create(OwningOpRef<ModuleOp> module, RefRounding rounding) {
  std::shared_ptr<ReferenceProgram> program(
      new ReferenceProgram(std::move(module), rounding));
  for (auto function : program->module->getOps<func::FuncOp>())
    if (function.isPublic() && failed(program->addEntry(function)))
      return failure();
  if (failed(program->writeManifest()))
    return failure();
  return program;
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

FailureOr<ReferenceProgram::Slot>
ReferenceProgram::addSlot(func::FuncOp function, Type type, StringAttr name) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!name || !tensor)
    return function.emitOpError("is an entry point, so that each argument and "
                                "result must be a tensor with a 'wav.name'");
  size_t offset = ioBytes;
  ioBytes = llvm::alignTo(offset + getNumBytes(tensor), kSlotAlignment);
  return Slot{name.str(), tensor, offset, {}};
}

LogicalResult ReferenceProgram::addEntry(func::FuncOp function) {
  Entry entry;
  entry.function = function;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr);
    FailureOr<Slot> slot = addSlot(function, type, name);
    if (failed(slot))
      return failure();
    slot->fill = function.getArgAttrOfType<DictionaryAttr>(i, kFillAttr);
    entry.inputs.push_back(*slot);
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto name = function.getResultAttrOfType<StringAttr>(i, kNameAttr);
    FailureOr<Slot> slot = addSlot(function, type, name);
    if (failed(slot))
      return failure();
    entry.outputs.push_back(*slot);
  }
  entries.push_back(std::move(entry));
  return success();
}

size_t ReferenceProgram::getArenaSize(Arena arena) {
  auto uses = [&](auto op) { return op.getArena() == arena; };
  bool isUsed =
      arena == Arena::Parameters || llvm::any_of(entries, [&](Entry &entry) {
        return llvm::any_of(entry.function.getOps<GetArenaOp>(), uses) ||
               llvm::any_of(entry.function.getOps<SetArenaOp>(), uses);
      });
  return isUsed
             ? interpreter.getParameterLayout().getArenaType().getNumElements()
             : 0;
}

int32_t ReferenceProgram::run(size_t index, wavrt_context *context) {
  const Entry &entry = entries[index];
  auto *io = static_cast<char *>(context->arenas[WAVRT_IO]);

  SmallVector<RefTensorPtr> arguments;
  for (const Slot &slot : entry.inputs) {
    auto tensor = std::make_shared<RefTensor>(slot.type);
    if (isFloat(slot.type))
      std::copy_n(reinterpret_cast<const double *>(io + slot.offset),
                  tensor->values.size(), tensor->values.begin());
    else
      std::copy_n(reinterpret_cast<const int32_t *>(io + slot.offset),
                  tensor->indices.size(), tensor->indices.begin());
    arguments.push_back(std::move(tensor));
  }

  auto arena = [&](wavrt_arena id, size_t size) {
    return MutableArrayRef<double>(static_cast<double *>(context->arenas[id]),
                                   size);
  };
  ReferenceMemory memory{
      arena(WAVRT_PARAMETERS, getArenaSize(Arena::Parameters)),
      arena(WAVRT_FIRST_MOMENT, getArenaSize(Arena::FirstMoment)),
      arena(WAVRT_SECOND_MOMENT, getArenaSize(Arena::SecondMoment)),
      arena(WAVRT_STATE, interpreter.getNumStateElements())};

  FailureOr<SmallVector<RefTensorPtr>> results =
      interpreter.run(entry.function, arguments, memory);
  // The diagnostic says why; the ABI knows one kind of failure.
  if (failed(results))
    return WAVRT_OUT_OF_RANGE;
  for (auto [slot, result] : llvm::zip(entry.outputs, *results)) {
    llvm::copy(result->values, reinterpret_cast<double *>(io + slot.offset));
    llvm::copy(result->indices, reinterpret_cast<int32_t *>(io + slot.offset));
  }
  return WAVRT_OK;
}

//===----------------------------------------------------------------------===//
// Manifest
//===----------------------------------------------------------------------===//

/// The fields that every tensor of a manifest has.
static llvm::json::Object describeTensor(StringRef name, RankedTensorType type,
                                         size_t offset) {
  return llvm::json::Object{{"name", name},
                            {"shape", llvm::json::Array(type.getShape())},
                            {"dtype", isFloat(type) ? "f64" : "i32"},
                            {"offset", static_cast<int64_t>(offset)}};
}

LogicalResult ReferenceProgram::writeManifest() {
  auto config = (*module)->getAttrOfType<StringAttr>(kConfigAttr);
  auto batch = (*module)->getAttrOfType<IntegerAttr>(kBatchAttr);
  auto context = (*module)->getAttrOfType<IntegerAttr>(kContextAttr);
  if (!config || !batch || !context)
    return module->emitError("a program needs the module attributes "
                             "'wav.config', 'wav.batch' and 'wav.context', "
                             "which wav-build sets");
  llvm::Expected<llvm::json::Value> model = parseJson(config);
  if (!model)
    return module->emitError("'wav.config' is not JSON: ")
           << llvm::toString(model.takeError());

  const ParameterLayout &layout = interpreter.getParameterLayout();
  llvm::json::Array parameters;
  for (ParameterOp op : layout.getParameters()) {
    llvm::json::Object parameter =
        describeTensor(op.getSymName(), cast<RankedTensorType>(op.getType()),
                       layout.getOffset(op) * sizeof(double));
    parameter["init"] = describeInit(op);
    parameter["decay"] = op.getDecay();
    parameters.push_back(std::move(parameter));
  }

  auto describeSlots = [](ArrayRef<Slot> slots) {
    llvm::json::Array tensors;
    for (const Slot &slot : slots) {
      llvm::json::Object tensor =
          describeTensor(slot.name, slot.type, slot.offset);
      tensor["arena"] = "io";
      if (slot.fill)
        tensor["fill"] = describeFields(slot.fill);
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  };
  llvm::json::Array described;
  for (Entry &entry : entries)
    described.push_back(
        llvm::json::Object{{"name", entry.function.getSymName()},
                           {"inputs", describeSlots(entry.inputs)},
                           {"outputs", describeSlots(entry.outputs)},
                           {"launches", llvm::json::Array()}});

  auto getBytes = [&](Arena arena) {
    return static_cast<int64_t>(getArenaSize(arena) * sizeof(double));
  };
  llvm::json::Object arenas{
      {"parameters", getBytes(Arena::Parameters)},
      {"gradients", 0},
      {"first_moment", getBytes(Arena::FirstMoment)},
      {"second_moment", getBytes(Arena::SecondMoment)},
      {"state", static_cast<int64_t>(interpreter.getNumStateElements() *
                                     sizeof(double))},
      {"io", static_cast<int64_t>(ioBytes)},
      {"scratch", 0},
      {"constants", 0}};

  llvm::json::Object document{
      {"abi", static_cast<int64_t>(WAVRT_ABI_VERSION)},
      {"model", std::move(*model)},
      {"batch", batch.getInt()},
      {"context", context.getInt()},
      {"precision", interpreter.getRounding() == RefRounding::Storage
                        ? describePrecision(*module)
                        : "f64"},
      {"target", "reference"},
      {"arenas", std::move(arenas)},
      {"parameters", std::move(parameters)},
      {"entries", std::move(described)}};
  if (llvm::json::Object optimizer = describeOptimizer(*module);
      !optimizer.empty())
    document["optimizer"] = std::move(optimizer);
  llvm::raw_string_ostream(manifest) << llvm::json::Value(std::move(document));
  return success();
}
