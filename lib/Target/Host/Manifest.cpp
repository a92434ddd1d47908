//===- Manifest.cpp - The manifest of a module of schedules -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/Manifest.h"
#include "wav/IR/WavAttributes.h"

#include "wav/Analysis/ParameterLayout.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavScheduleOps.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Support/Json.h"
#include "wavrt/abi.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <optional>

using namespace mlir;
using namespace mlir::wav;
using llvm::json::OStream;

namespace {

class ManifestWriter {
public:
  ManifestWriter(ModuleOp module, OStream &json)
      : module(module), layout(module), json(json) {}

  /// Fails unless all views lie in their arenas.
  LogicalResult checkViews();
  void writeArenas();
  void writeParameters();
  void writeEntries();

private:
  void writeEntry(ScheduleOp schedule);
  void writeTensor(StringRef name, ShapedType type, int64_t offset);
  void writeBuffer(StringRef name, Value buffer, DictionaryAttr fill = {});
  int64_t getArenaBytes() const {
    return getSizeInBytes(layout.getArenaType());
  }

  ModuleOp module;
  ParameterLayout layout;
  OStream &json;
};

} // namespace

/// The part of the model that a step computes, `model.layers.3.self_attn`:
/// the first name in its location. Empty if it has none.
static StringRef getPart(Location location) {
  auto name = location->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : StringRef();
}

LogicalResult ManifestWriter::checkViews() {
  int64_t constants = 0;
  for (auto constant : module.getOps<ConstantOp>())
    constants = std::max<int64_t>(
        constants, constant.getOffset() + getSizeInBytes(cast<ShapedType>(
                                              constant.getValue().getType())));
  WalkResult result = module.walk([&](ViewOp view) {
    // The other arenas are as large as their views need.
    bool isOfParameters = view.getArena() <= Arena::SecondMoment;
    if (!isOfParameters && view.getArena() != Arena::Constants)
      return WalkResult::advance();
    int64_t end = view.getOffset() + getSizeInBytes(view.getResult().getType());
    int64_t size = isOfParameters ? getArenaBytes() : constants;
    if (end <= size)
      return WalkResult::advance();
    view.emitOpError("ends at byte ")
        << end << " of the arena '" << stringifyArena(view.getArena())
        << "', which has " << size;
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

void ManifestWriter::writeArenas() {
  int64_t bytes[WAVRT_NUM_ARENAS] = {};
  auto extend = [&](Arena arena, int64_t offset, ShapedType type) {
    int64_t &size = bytes[static_cast<int>(arena)];
    size = std::max(size, offset + getSizeInBytes(type));
  };
  module.walk([&](ViewOp view) {
    extend(view.getArena(), view.getOffset(), view.getResult().getType());
  });
  for (auto constant : module.getOps<ConstantOp>())
    extend(Arena::Constants, constant.getOffset(),
           cast<ShapedType>(constant.getValue().getType()));

  // All or nothing: the optimiser sees these arenas as a whole.
  bytes[WAVRT_PARAMETERS] = getArenaBytes();
  for (Arena arena :
       {Arena::Gradients, Arena::FirstMoment, Arena::SecondMoment})
    if (int64_t &size = bytes[static_cast<int>(arena)])
      size = getArenaBytes();

  json.attributeObject("arenas", [&] {
    for (int i = 0; i < WAVRT_NUM_ARENAS; ++i)
      json.attribute(stringifyArena(static_cast<Arena>(i)), bytes[i]);
  });
}

void ManifestWriter::writeTensor(StringRef name, ShapedType type,
                                 int64_t offset) {
  json.attribute("name", name);
  json.attributeArray("shape", [&] {
    for (int64_t size : type.getShape())
      json.value(size);
  });
  json.attribute("dtype", llvm::formatv("{0}", type.getElementType()).str());
  json.attribute("offset", offset);
}

void ManifestWriter::writeParameters() {
  json.attributeArray("parameters", [&] {
    for (ParameterOp parameter : layout.getParameters())
      json.object([&] {
        auto type = cast<RankedTensorType>(parameter.getType());
        writeTensor(parameter.getSymName(), type,
                    layout.getOffset(parameter) *
                        type.getElementTypeBitWidth() / 8);
        json.attribute("init", describeInit(parameter));
        json.attribute("decay", parameter.getDecay());
      });
  });
}

void ManifestWriter::writeBuffer(StringRef name, Value buffer,
                                 DictionaryAttr fill) {
  auto view = buffer.getDefiningOp<ViewOp>();
  json.object([&] {
    writeTensor(name, view.getResult().getType(), view.getOffset());
    json.attribute("arena", stringifyArena(view.getArena()));
    if (fill)
      json.attribute("fill", describeFields(fill));
  });
}

void ManifestWriter::writeEntry(ScheduleOp schedule) {
  json.attribute("name", schedule.getSymName());
  json.attributeArray("inputs", [&] {
    for (auto input : schedule.getOps<InputOp>())
      writeBuffer(input.getName(), input.getBuffer(), input.getFillAttr());
  });
  json.attributeArray("outputs", [&] {
    for (auto output : schedule.getOps<OutputOp>())
      writeBuffer(output.getName(), output.getBuffer());
  });
  auto writeLaunch = [&](StringRef name, auto op,
                         std::optional<int64_t> partitions = std::nullopt) {
    json.object([&] {
      json.attribute("name", name);
      json.attribute("category", op.getCategory());
      if (StringRef part = getPart(op.getLoc()); !part.empty())
        json.attribute("part", part);
      json.attribute("bytes", static_cast<int64_t>(op.getBytes()));
      if (DictionaryAttr bytes = op.getBytesByCategoryAttr())
        json.attribute("bytes_by_category", describeFields(bytes));
      json.attribute("flops", static_cast<int64_t>(op.getFlops()));
      if (op.getInstances() > 1)
        json.attribute("instances", static_cast<int64_t>(op.getInstances()));
      if (partitions)
        json.attribute("partitions", static_cast<int64_t>(*partitions));
    });
  };
  json.attributeArray("launches", [&] {
    for (Operation &op : schedule.getBody().front())
      llvm::TypeSwitch<Operation *>(&op)
          .Case([&](LaunchOp op) {
            writeLaunch(op.getKernel(), op, op.getPartitions());
          })
          .Case([&](CallOp op) {
            StringRef name = op.getFunction();
            name.consume_front("wavrt_");
            writeLaunch(name, op);
          });
  });
}

void ManifestWriter::writeEntries() {
  json.attributeArray("entries", [&] {
    for (auto schedule : module.getOps<ScheduleOp>())
      json.object([&] { writeEntry(schedule); });
  });
}

FailureOr<std::string> wav::buildManifest(ModuleOp module, StringRef target,
                                          ArrayRef<std::string> features) {
  auto config = module->getAttrOfType<StringAttr>(kConfigAttr);
  auto batch = module->getAttrOfType<IntegerAttr>(kBatchAttr);
  auto context = module->getAttrOfType<IntegerAttr>(kContextAttr);
  if (!config || !batch || !context)
    return module.emitError("a program needs the module attributes "
                            "'wav.config', 'wav.batch' and 'wav.context'; "
                            "wav-build sets them");
  llvm::Expected<llvm::json::Value> model = parseJson(config.getValue());
  if (!model)
    return module.emitError("'wav.config' is not JSON: ")
           << llvm::toString(model.takeError());

  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream);
  ManifestWriter writer(module, json);
  if (failed(writer.checkViews()))
    return failure();
  json.object([&] {
    json.attribute("abi", static_cast<int64_t>(WAVRT_ABI_VERSION));
    json.attribute("model", *model);
    json.attribute("batch", batch.getInt());
    json.attribute("context", context.getInt());
    json.attribute("precision", describePrecision(module));
    json.attribute("target", target);
    if (llvm::json::Object optimizer = describeOptimizer(module);
        !optimizer.empty())
      json.attribute("optimizer", std::move(optimizer));
    json.attributeArray("features", [&] {
      for (const std::string &feature : features)
        json.value(feature);
    });
    writer.writeArenas();
    writer.writeParameters();
    writer.writeEntries();
  });
  return text;
}
