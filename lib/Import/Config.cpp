//===- Config.cpp - Models from and to configuration files ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Import/Import.h"

#include "JsonObject.h"
#include "Residual.h"

#include "wav/IR/WavModelOps.h"
#include "wav/Schemes/Presets.h"
#include "wav/Support/Numbers.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

/// A parse error of llvm::json: `[line:column, byte=offset]: what`.
static void reportSyntaxError(const JsonSource &source, llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  auto [place, message] = StringRef(text).split("]: ");
  size_t offset = 0;
  place.split("byte=").second.getAsInteger(10, offset);
  emitError(source.getLocation(offset)) << "invalid JSON: " << message;
}

static LogicalResult requireInteger(JsonObject &object, StringRef key,
                                    int64_t &value) {
  return object.require(key) ? object.read(key, value) : failure();
}

/// `rope_parameters` is the newer spelling of `rope_theta` and `rope_scaling`.
static LogicalResult importRopeParameters(JsonObject &object,
                                          double &ropeTheta) {
  const JsonValue *json = object.get("rope_parameters");
  if (!json || json->getAsNull())
    return success();
  const llvm::json::Object *inner = json->getAsObject();
  if (!inner)
    return object.emitError("rope_parameters") << "expected an object";
  JsonObject parameters(object.getSource(), *inner,
                        object.getPath("rope_parameters"));
  return success(succeeded(parameters.expect("rope_type", "default")) &&
                 succeeded(parameters.read("rope_theta", ropeTheta)) &&
                 succeeded(parameters.finish("is not supported")));
}

/// Keys of a Llama configuration that must say what every model here does.
static LogicalResult expectLlama(JsonObject &object, int64_t width,
                                 int64_t heads) {
  const std::pair<StringLiteral, JsonValue> expected[] = {
      {"architectures", llvm::json::Array{"LlamaForCausalLM"}},
      {"model_type", "llama"},
      {"hidden_act", "silu"},
      {"num_key_value_heads", heads},
      {"head_dim", width / std::max<int64_t>(heads, 1)},
      {"attention_bias", false},
      {"mlp_bias", false},
      {"attention_dropout", 0},
      {"rope_scaling", nullptr},
      {"pretraining_tp", 1},
  };
  for (const auto &[key, value] : expected)
    if (failed(object.expect(key, value)))
      return failure();
  return success();
}

static FailureOr<ResidualAttr> importResidualOf(JsonObject &object,
                                                int64_t layers) {
  const JsonValue *json = object.get("residual");
  const llvm::json::Object standard{{"scheme", "standard"}};
  const llvm::json::Object *inner = json ? json->getAsObject() : &standard;
  if (!inner)
    return object.emitError("residual")
           << "expected an object such as {\"scheme\": \"standard\"}";
  JsonObject residual(object.getSource(), *inner, object.getPath("residual"));
  return importResidual(residual, layers);
}

static FailureOr<ModelOp> importModel(JsonObject &object, StringRef name,
                                      OpBuilder &builder, Location loc) {
  int64_t vocabulary, width, layers, heads, context;
  if (failed(requireInteger(object, "vocab_size", vocabulary)) ||
      failed(requireInteger(object, "hidden_size", width)) ||
      failed(requireInteger(object, "num_hidden_layers", layers)) ||
      failed(requireInteger(object, "num_attention_heads", heads)) ||
      failed(requireInteger(object, "max_position_embeddings", context)))
    return failure();

  int64_t hidden = 4 * width;
  double epsilon = 1e-6, ropeTheta = 10000, initializerRange = 0.02;
  bool tied = true;
  if (failed(object.read("intermediate_size", hidden)) ||
      failed(object.read("rms_norm_eps", epsilon)) ||
      failed(object.read("rope_theta", ropeTheta)) ||
      failed(importRopeParameters(object, ropeTheta)) ||
      failed(object.read("initializer_range", initializerRange)) ||
      failed(object.read("tie_word_embeddings", tied)))
    return failure();

  FailureOr<ResidualAttr> residual = importResidualOf(object, layers);
  if (failed(residual) || failed(expectLlama(object, width, heads)))
    return failure();
  for (StringRef key : {"bos_token_id", "eos_token_id", "pad_token_id", "dtype",
                        "torch_dtype", "transformers_version", "use_cache"})
    object.get(key);
  if (failed(object.finish("not a key of a model configuration")))
    return failure();

  return ModelOp::create(builder, loc, name, vocabulary, width, hidden, layers,
                         heads, context, APFloat(epsilon), APFloat(ropeTheta),
                         APFloat(initializerRange), tied, *residual);
}

FailureOr<OwningOpRef<ModuleOp>> wav::importConfig(llvm::SourceMgr &sources,
                                                   MLIRContext *context) {
  context->loadDialect<WavDialect>();
  JsonSource source(sources, context);
  if (failed(source.checkForm()))
    return failure();
  llvm::Expected<JsonValue> json = llvm::json::parse(source.getText());
  if (!json) {
    reportSyntaxError(source, json.takeError());
    return failure();
  }
  if (failed(source.checkKeys()))
    return failure();
  FileLineColLoc loc = source.getLocation(JsonPath());
  const llvm::json::Object *object = json->getAsObject();
  if (!object)
    return emitError(loc) << "expected a model configuration: a JSON object";

  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  JsonObject root(source, *object);
  StringRef file = loc.getFilename();
  StringRef name = file == "<stdin>" ? "model" : llvm::sys::path::stem(file);
  if (failed(importModel(root, name, builder, loc)))
    return failure();
  // The user wrote a configuration, not the op.
  bool printOp = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  LogicalResult valid = verify(*module);
  context->printOpOnDiagnostic(printOp);
  if (failed(valid))
    return failure();
  return module;
}

/// Standard input can be read once; a tool may load its model again, in another
/// context.
static std::unique_ptr<llvm::MemoryBuffer> openModel(StringRef path,
                                                     std::string *error) {
  if (path != "-")
    return openInputFile(path, error);
  static const std::unique_ptr<llvm::MemoryBuffer> input =
      openInputFile(path, error);
  return input ? llvm::MemoryBuffer::getMemBuffer(*input) : nullptr;
}

/// Text of MLIR may start with a brace too: that of `{-# ... #-}`.
static bool isConfig(StringRef path, StringRef text) {
  if (path != "-")
    return path.ends_with(".json");
  text = text.ltrim();
  return text.starts_with("{") && !text.starts_with("{-#");
}

FailureOr<OwningOpRef<ModuleOp>> wav::loadModel(StringRef path,
                                                MLIRContext *context) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openModel(path, &error);
  if (!file)
    return emitError(UnknownLoc::get(context)) << error;
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  if (isConfig(path,
               sources.getMemoryBuffer(sources.getMainFileID())->getBuffer()))
    return importConfig(sources, context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, context);
  if (!module)
    return failure();
  return module;
}

FailureOr<ModelOp> wav::getModel(ModuleOp module) {
  auto models = llvm::to_vector(module.getOps<ModelOp>());
  if (models.size() != 1)
    return module.emitError()
           << "expected one wav.model, found " << models.size();
  return models.front();
}

//===----------------------------------------------------------------------===//
// Export
//===----------------------------------------------------------------------===//

std::string wav::exportConfig(ModelOp model, unsigned indent) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, indent);
  auto writeNumber = [&](StringRef key, const APFloat &value) {
    json.attributeBegin(key);
    json.rawValue(formatNumber(value.convertToDouble()));
    json.attributeEnd();
  };
  json.object([&] {
    json.attribute("vocab_size", model.getVocabSize());
    json.attribute("hidden_size", model.getHiddenSize());
    json.attribute("intermediate_size", model.getIntermediateSize());
    json.attribute("num_hidden_layers", model.getNumHiddenLayers());
    json.attribute("num_attention_heads", model.getNumAttentionHeads());
    json.attribute("max_position_embeddings", model.getMaxPositionEmbeddings());
    writeNumber("rms_norm_eps", model.getRmsNormEps());
    writeNumber("rope_theta", model.getRopeTheta());
    writeNumber("initializer_range", model.getInitializerRange());
    json.attribute("tie_word_embeddings", model.getTieWordEmbeddings());
    json.attributeBegin("residual");
    exportResidual(json, model.getResidual(), model.getNumHiddenLayers());
    json.attributeEnd();
  });
  return text;
}
