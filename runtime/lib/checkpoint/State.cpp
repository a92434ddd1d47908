//===- State.cpp - state.json ---------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The schema is described in docs/checkpoints.md.
//
//===----------------------------------------------------------------------===//

#include "State.h"

#include "data/XxHash.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <limits>

using namespace wavrt;
using nlohmann::json;

static constexpr int formatVersion = 1;

static std::string hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(value));
  return text;
}

static uint64_t parseHex(const json &value) {
  const auto &text = value.get_ref<const std::string &>();
  const char *end = text.data() + text.size();
  uint64_t result = 0;
  auto [rest, error] = std::from_chars(text.data(), end, result, 16);
  if (error != std::errc() || rest != end)
    throw Error("'" + text + "' is not a hexadecimal number");
  return result;
}

// A checksum says that a document is what its writer wrote, not that the writer
// was this program: every value is checked as if there were none.

/// A value as a message shows it.
static std::string show(const json &value) {
  return value.is_primitive() ? value.dump().substr(0, 40) : value.type_name();
}

/// A whole number in [least, most]. The library would convert any other number.
static int64_t parseWhole(const json &object, const char *key, int64_t least,
                          int64_t most = std::numeric_limits<int64_t>::max()) {
  const json &value = object.at(key);
  if (!value.is_number_unsigned() ||
      value.get<uint64_t>() < static_cast<uint64_t>(least) ||
      value.get<uint64_t>() > static_cast<uint64_t>(most))
    throw Error("'" + std::string(key) + "' is " + show(value) +
                ", not a whole number from " + std::to_string(least) + " to " +
                std::to_string(most));
  return value.get<int64_t>();
}

static uint64_t parseUnsigned(const json &object, const char *key) {
  const json &value = object.at(key);
  if (!value.is_number_unsigned())
    throw Error("'" + std::string(key) + "' is " + show(value) +
                ", not a whole number of at least 0");
  return value;
}

/// A number of at least 0. Infinities are not JSON.
static double parseReal(const json &object, const char *key) {
  const json &value = object.at(key);
  if (!value.is_number() || value.get<double>() < 0)
    throw Error("'" + std::string(key) + "' is " + show(value) +
                ", not a number of at least 0");
  return value;
}

static json formatDigest(const FileDigest &digest) {
  return {{"bytes", digest.bytes}, {"xxh3", hex(digest.checksum)}};
}

static FileDigest parseDigest(const json &digest) {
  return {parseUnsigned(digest, "bytes"), parseHex(digest.at("xxh3"))};
}

static Vocabulary parseVocabulary(const json &characters) {
  if (characters.is_null())
    return {};
  std::string bytes;
  for (const json &character : characters.get_ref<const json::array_t &>()) {
    if (!character.is_number_unsigned() || character.get<uint64_t>() > 255)
      throw Error("'vocabulary' holds " + show(character) +
                  ", which is not a byte");
    bytes.push_back(static_cast<char>(character.get<uint8_t>()));
  }
  if (bytes.empty())
    throw Error("'vocabulary' is empty");
  return Vocabulary(std::move(bytes));
}

/// The one without a name: it is older than names.
static constexpr const char *unnamedOptimizer = "adamw";

static json formatOptimizer(const OptimizerInfo &optimizer) {
  json object = optimizer.constants;
  if (optimizer.name != unnamedOptimizer)
    object["name"] = optimizer.name;
  return object;
}

static OptimizerInfo parseOptimizer(const json &object) {
  OptimizerInfo optimizer{unnamedOptimizer, {}};
  for (const auto &[key, value] : object.get_ref<const json::object_t &>())
    if (key == "name")
      optimizer.name = value;
    else
      optimizer.constants[key] = parseReal(object, key.c_str());
  return optimizer;
}

/// Of the document without its own checksum. JSON objects are kept sorted and
/// numbers print as they parse, so the text of a document is unique.
static uint64_t checksumOf(const json &document) {
  std::string text = document.dump();
  return xxh3(std::as_bytes(std::span(text)));
}

std::string wavrt::formatState(const CheckpointState &state,
                               const FileDigests &files) {
  const TrainSettings &settings = state.settings;
  json vocabulary; // null for models of token ids.
  for (unsigned char character : state.vocabulary.characters())
    vocabulary.push_back(character);
  json digests = json::object();
  for (const auto &[name, digest] : files)
    digests[name] = formatDigest(digest);
  json data = formatDigest(state.data.training);
  data["training_tokens"] = state.data.trainingTokens;
  if (state.data.validation)
    data["validation"] = formatDigest(*state.data.validation);
  json document = {
      {"format", formatVersion},
      {"versions", {{"wav", WAVRT_VERSION}, {"abi", WAVRT_ABI_VERSION}}},
      {"step", state.step},
      {"seed", settings.seed},
      {"data_cursor", state.step * state.batch},
      {"settings",
       {{"steps", settings.steps},
        {"lr", settings.learningRate},
        {"min_lr", settings.minLearningRate},
        {"warmup", settings.warmup},
        {"weight_decay", settings.weightDecay},
        {"clip", settings.clip}}},
      {"model", json::parse(state.modelJson)},
      {"batch", state.batch},
      {"context", state.context},
      {"precision", state.precision},
      {"target", state.target},
      {"vocabulary", vocabulary},
      {"data", data},
      {"files", digests}};
  if (!state.tiles.empty())
    document["tiles"] = state.tiles;
  if (state.optimizer)
    document["optimizer"] = formatOptimizer(*state.optimizer);
  document["checksum"] = hex(checksumOf(document));
  return document.dump(2) + "\n";
}

CheckpointState wavrt::parseState(const std::string &text, FileDigests &files) {
  // Writing a value out, for the checksum, is recursive.
  auto checkDepth = [](int depth, json::parse_event_t, json &) {
    if (depth > 100)
      throw Error("nested too deeply");
    return true;
  };
  try {
    json document = json::parse(text, checkDepth);
    if (document.at("format") != formatVersion)
      throw Error("format " + document["format"].dump() +
                  " is unknown to this program, which reads format " +
                  std::to_string(formatVersion));
    uint64_t checksum = parseHex(document.at("checksum"));
    document.erase("checksum");
    if (checksum != checksumOf(document))
      throw Error("the checksum does not match");
    CheckpointState state;
    const json &settings = document.at("settings");
    state.settings = {
        parseWhole(settings, "steps", 1),    parseReal(settings, "lr"),
        parseReal(settings, "min_lr"),       parseWhole(settings, "warmup", 0),
        parseReal(settings, "weight_decay"), parseReal(settings, "clip"),
        parseUnsigned(document, "seed")};
    state.step = parseWhole(document, "step", 1, state.settings.steps);
    if (!document.at("model").is_object())
      throw Error("'model' is not an object");
    state.modelJson = document["model"].dump();
    state.batch = parseWhole(document, "batch", 1);
    state.context = parseWhole(document, "context", 1);
    int64_t cursor;
    if (__builtin_mul_overflow(state.step, state.batch, &cursor) ||
        document.at("data_cursor") != cursor)
      throw Error("'data_cursor' is not 'step' times 'batch'");
    state.precision = document.at("precision");
    state.target = document.at("target");
    state.tiles = document.value("tiles", "");
    if (state.tiles.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
      throw Error("'tiles' is no name");
    if (document.contains("optimizer"))
      state.optimizer = parseOptimizer(document["optimizer"]);
    state.vocabulary = parseVocabulary(document.at("vocabulary"));
    const json &data = document.at("data");
    state.data.training = parseDigest(data);
    state.data.trainingTokens = parseWhole(data, "training_tokens", 0);
    if (data.contains("validation"))
      state.data.validation = parseDigest(data["validation"]);
    for (const auto &[name, digest] :
         document.at("files").get_ref<const json::object_t &>())
      files[name] = parseDigest(digest);
    return state;
  } catch (const json::exception &) {
    throw Error("not a checkpoint's state");
  }
}
