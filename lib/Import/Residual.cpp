//===- Residual.cpp - Residual schemes as JSON ----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Residual.h"

#include "wav/Schemes/Presets.h"
#include "wav/Support/Numbers.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

/// What a scheme must have for an option to mean something to it; `Custom` is
/// what no preset has.
enum class Needs {
  Blocks,
  Softmax,
  Details,
  Biases,
  Matches,
  WriteScale,
  Custom
};

/// The fields of a `#wav.residual`, to be edited.
struct Fields {
  int64_t blockSize;
  SmallVector<RowAttr> rows;
  Normaliser normaliser;
  BiasMode biasMode;
  BiasScope biasScope;
  bool base, keyGain;
  PartialDetails partialDetails;
  bool finalDetails, matchDetach;
  WriteScale writeScale;
  double writeScaleInit;
  int64_t heads, keySlice;

  explicit Fields(ResidualAttr residual)
      : blockSize(residual.getBlockSize()), rows(residual.getRows()),
        normaliser(residual.getNormaliser()), biasMode(residual.getBiasMode()),
        biasScope(residual.getBiasScope()), base(residual.getBase()),
        keyGain(residual.getKeyGain()),
        partialDetails(residual.getPartialDetails()),
        finalDetails(residual.getFinalDetails()),
        matchDetach(residual.getMatchDetach()),
        writeScale(residual.getWriteScale()),
        writeScaleInit(residual.getWriteScaleInit().getValueAsDouble()),
        heads(residual.getHeads()), keySlice(residual.getKeySlice()) {}

  ResidualAttr get(function_ref<InFlightDiagnostic()> emitError,
                   MLIRContext *context) const {
    return ResidualAttr::getChecked(
        emitError, context, blockSize, ArrayRef(rows), normaliser, biasMode,
        biasScope, base, keyGain, partialDetails, finalDetails, matchDetach,
        writeScale, Builder(context).getF64FloatAttr(writeScaleInit), heads,
        keySlice);
  }

  /// Calls `visit(key, needs, member)` for every field that is an option, those
  /// that give another what it needs before it.
  template <typename Visitor> static void forEachOption(Visitor visit) {
    visit("block_size", Needs::Blocks, &Fields::blockSize);
    visit("normaliser", Needs::Custom, &Fields::normaliser);
    visit("bias_mode", Needs::Biases, &Fields::biasMode);
    visit("bias_scope", Needs::Biases, &Fields::biasScope);
    visit("base", Needs::Custom, &Fields::base);
    visit("key_gain", Needs::Softmax, &Fields::keyGain);
    visit("partial_details", Needs::Details, &Fields::partialDetails);
    visit("final_details", Needs::Details, &Fields::finalDetails);
    visit("match_detach", Needs::Matches, &Fields::matchDetach);
    visit("write_scale", Needs::Custom, &Fields::writeScale);
    visit("write_scale_init", Needs::WriteScale, &Fields::writeScaleInit);
    visit("heads", Needs::Custom, &Fields::heads);
    visit("key_slice", Needs::Custom, &Fields::keySlice);
  }

  /// Blocks of one sublayer are what some presets are.
  bool has(Needs needs) const {
    switch (needs) {
    case Needs::Blocks:
      return blockSize > 1;
    case Needs::Softmax:
      return normaliser == Normaliser::Softmax;
    case Needs::Details:
      return llvm::any_of(rows, [](RowAttr row) { return row.isDetail(); });
    case Needs::Biases:
      return llvm::any_of(rows, [](RowAttr row) { return row.getBiasInit(); });
    case Needs::Matches:
      return llvm::any_of(rows,
                          [](RowAttr row) { return !row.getMatch().empty(); });
    case Needs::WriteScale:
      return writeScale != WriteScale::None;
    case Needs::Custom:
      return false;
    }
    llvm_unreachable("unknown need");
  }
};

} // namespace

/// The preset whose fields, but the rows, `custom` starts from.
static constexpr StringLiteral kCustomDefaults = "block_attnres";

static RowAttr editRow(RowAttr row, StringRef match, FloatAttr biasInit) {
  return RowAttr::get(row.getContext(), row.getName(), row.getCoefficients(),
                      match, biasInit);
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

/// Reads a number or null.
static LogicalResult readNumber(JsonObject &object, StringRef key,
                                FloatAttr &value) {
  const JsonValue *json = object.get(key);
  if (json && json->getAsNull()) {
    value = {};
    return success();
  }
  double number = 0;
  if (failed(object.read(key, number)))
    return failure();
  if (json)
    value = Builder(object.getSource().getContext()).getF64FloatAttr(number);
  return success();
}

/// Reads a string or null, which is the empty string.
static LogicalResult readName(JsonObject &object, StringRef key,
                              std::string &value) {
  const JsonValue *json = object.get(key);
  if (json && json->getAsNull()) {
    value.clear();
    return success();
  }
  return object.read(key, value);
}

static LogicalResult readCoefficients(JsonObject &object,
                                      SmallVectorImpl<double> &coefficients) {
  constexpr StringLiteral kKey = "coefficients";
  const JsonValue *json = object.get(kKey);
  if (!json)
    return success();
  const llvm::json::Array *array = json->getAsArray();
  if (!array)
    return object.emitError(kKey) << "expected a list of numbers";
  coefficients.clear();
  for (const JsonValue &element : *array) {
    std::optional<double> number = element.getAsNumber();
    if (!number)
      return object.emitError(kKey) << "expected a list of numbers";
    coefficients.push_back(*number);
  }
  return success();
}

static FailureOr<RowAttr> importRow(JsonObject object) {
  std::string name, match;
  SmallVector<double> coefficients(4, 1.0);
  FloatAttr biasInit;
  if (!object.require("name") || failed(object.read("name", name)) ||
      failed(readCoefficients(object, coefficients)) ||
      failed(readName(object, "match", match)) ||
      failed(readNumber(object, "bias_init", biasInit)) ||
      failed(object.finish("not a key of a row")))
    return failure();
  MLIRContext *context = object.getSource().getContext();
  auto emitError = [&] { return object.emitError(); };
  RowAttr row = RowAttr::getChecked(
      function_ref<InFlightDiagnostic()>(emitError), context, StringRef(name),
      DenseF64ArrayAttr::get(context, coefficients), StringRef(match),
      biasInit);
  if (!row)
    return failure();
  return row;
}

static LogicalResult importRows(JsonObject &object,
                                SmallVectorImpl<RowAttr> &rows) {
  const JsonValue *json = object.require("rows");
  if (!json)
    return failure();
  const llvm::json::Array *array = json->getAsArray();
  if (!array)
    return object.emitError("rows") << "expected a list of rows";
  rows.clear();
  for (const auto &[index, element] : llvm::enumerate(*array)) {
    JsonPath path = object.getPath("rows");
    path.push_back(index);
    const llvm::json::Object *row = element.getAsObject();
    if (!row)
      return object.getSource().emitError(path) << "expected an object";
    FailureOr<RowAttr> attr = importRow({object.getSource(), *row, path});
    if (failed(attr))
      return failure();
    rows.push_back(*attr);
  }
  return success();
}

/// `bias_init` and `match_ref` set a field of every detail of a preset.
static LogicalResult importDetails(JsonObject &object,
                                   MutableArrayRef<RowAttr> rows) {
  for (RowAttr &row : rows) {
    if (!row.isDetail())
      continue;
    std::string match = row.getMatch().str();
    FloatAttr biasInit = row.getBiasInit();
    if (failed(readName(object, "match_ref", match)) ||
        failed(readNumber(object, "bias_init", biasInit)))
      return failure();
    row = editRow(row, match, biasInit);
  }
  return success();
}

static ResidualAttr importPreset(JsonObject &object, StringRef scheme,
                                 int64_t layers) {
  if (llvm::is_contained(getPlannedSchemes(), scheme)) {
    object.emitError("scheme")
        << "'" << scheme
        << "' is not available yet; available: " << listPresets() << ", custom";
    return {};
  }
  ResidualAttr preset =
      getPreset(scheme, layers, object.getSource().getContext());
  if (!preset)
    object.emitError("scheme")
        << "unknown scheme '" << scheme << "'; available: " << listPresets()
        << ", custom";
  return preset;
}

FailureOr<ResidualAttr> wav::importResidual(JsonObject &object,
                                            int64_t layers) {
  std::string scheme;
  if (!object.require("scheme") || failed(object.read("scheme", scheme)))
    return failure();
  bool custom = scheme == "custom";
  ResidualAttr preset = importPreset(
      object, custom ? StringRef(kCustomDefaults) : scheme, layers);
  if (!preset)
    return failure();

  const Fields given(preset);
  Fields fields = given;
  LogicalResult result = custom ? importRows(object, fields.rows)
                                : importDetails(object, fields.rows);
  Fields::forEachOption([&](StringRef key, Needs needs, auto member) {
    bool isOfCustom = needs == Needs::Custom || needs == Needs::Blocks;
    if (succeeded(result) &&
        (isOfCustom ? custom || given.has(needs) : fields.has(needs)))
      result = object.read(key, fields.*member);
  });
  if (failed(result) ||
      failed(object.finish("not an option of scheme '" + scheme + "'")))
    return failure();

  MLIRContext *context = object.getSource().getContext();
  ResidualAttr residual =
      fields.get([&] { return object.emitError(); }, context);
  if (!residual)
    return failure();
  return residual;
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

static void write(llvm::json::OStream &json, int64_t value) {
  json.value(value);
}
static void write(llvm::json::OStream &json, bool value) { json.value(value); }
static void write(llvm::json::OStream &json, double value) {
  json.rawValue(formatNumber(value));
}
template <typename Enum>
  requires std::is_enum_v<Enum>
static void write(llvm::json::OStream &json, Enum value) {
  json.value(stringifyEnum(value));
}
static void write(llvm::json::OStream &json, FloatAttr value) {
  if (value)
    write(json, value.getValueAsDouble());
  else
    json.value(nullptr);
}
/// A name or null.
static void write(llvm::json::OStream &json, StringRef value) {
  if (value.empty())
    json.value(nullptr);
  else
    json.value(value);
}

template <typename T>
static void writeKey(llvm::json::OStream &json, StringRef key, const T &value) {
  json.attributeBegin(key);
  write(json, value);
  json.attributeEnd();
}

static void exportRows(llvm::json::OStream &json, ArrayRef<RowAttr> rows) {
  json.attributeArray("rows", [&] {
    for (RowAttr row : rows)
      json.object([&] {
        json.attribute("name", row.getName());
        json.attributeArray("coefficients", [&] {
          for (double c : row.getCoefficients().asArrayRef())
            write(json, c);
        });
        writeKey(json, "match", row.getMatch());
        writeKey(json, "bias_init", row.getBiasInit());
      });
  });
}

static RowAttr getFirstDetail(ArrayRef<RowAttr> rows) {
  for (RowAttr row : rows)
    if (row.isDetail())
      return row;
  return {};
}

/// Whether the options of a preset can turn it into `wanted`.
static bool covers(const Fields &preset, const Fields &wanted) {
  RowAttr detail = getFirstDetail(wanted.rows);
  bool result =
      llvm::equal(preset.rows, wanted.rows, [&](RowAttr p, RowAttr w) {
        return p.getName() == w.getName() &&
               p.getCoefficients() == w.getCoefficients() &&
               p.isDetail() == w.isDetail() &&
               (!w.isDetail() || (w.getMatch() == detail.getMatch() &&
                                  w.getBiasInit() == detail.getBiasInit()));
      });
  Fields::forEachOption([&](StringRef, Needs needs, auto member) {
    result &= preset.has(needs) || preset.*member == wanted.*member;
  });
  return result;
}

/// Writes the options in which `wanted` differs from `preset`.
static void exportOptions(llvm::json::OStream &json, const Fields &preset,
                          const Fields &wanted) {
  Fields::forEachOption([&](StringRef key, Needs needs, auto member) {
    // What has no effect is refused by the import.
    bool isOfCustom = needs == Needs::Custom || needs == Needs::Blocks;
    if (preset.*member != wanted.*member && (isOfCustom || wanted.has(needs)))
      writeKey(json, key, wanted.*member);
  });
}

void wav::exportResidual(llvm::json::OStream &json, ResidualAttr residual,
                         int64_t layers) {
  const Fields wanted(residual);
  MLIRContext *context = residual.getContext();
  json.object([&] {
    for (const Preset &entry : getPresets()) {
      const Fields preset(getPreset(entry.name, layers, context));
      if (!covers(preset, wanted))
        continue;
      json.attribute("scheme", entry.name);
      exportOptions(json, preset, wanted);
      RowAttr from = getFirstDetail(preset.rows);
      RowAttr to = getFirstDetail(wanted.rows);
      if (from && from.getMatch() != to.getMatch())
        writeKey(json, "match_ref", to.getMatch());
      if (from && from.getBiasInit() != to.getBiasInit())
        writeKey(json, "bias_init", to.getBiasInit());
      return;
    }
    json.attribute("scheme", "custom");
    exportRows(json, residual.getRows());
    exportOptions(json, Fields(getPreset(kCustomDefaults, layers, context)),
                  wanted);
  });
}
