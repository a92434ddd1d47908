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
  return std::stoull(value.get<std::string>(), nullptr, 16);
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
    digests[name] = {{"bytes", digest.bytes}, {"xxh3", hex(digest.checksum)}};
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
      {"data",
       {{"bytes", state.data.bytes},
        {"xxh3", hex(state.data.checksum)},
        {"training_tokens", state.data.trainingTokens}}},
      {"files", digests}};
  if (state.optimizer)
    document["optimizer"] = {{"beta1", state.optimizer->beta1},
                             {"beta2", state.optimizer->beta2},
                             {"epsilon", state.optimizer->epsilon}};
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
    state.step = document.at("step");
    const json &settings = document.at("settings");
    state.settings = {settings.at("steps"),        settings.at("lr"),
                      settings.at("min_lr"),       settings.at("warmup"),
                      settings.at("weight_decay"), settings.at("clip"),
                      document.at("seed")};
    state.modelJson = document.at("model").dump();
    state.batch = document.at("batch");
    state.context = document.at("context");
    state.precision = document.at("precision");
    state.target = document.at("target");
    if (document.contains("optimizer")) {
      const json &adamW = document["optimizer"];
      state.optimizer = {adamW.at("beta1"), adamW.at("beta2"),
                         adamW.at("epsilon")};
    }
    if (const json &characters = document.at("vocabulary");
        !characters.is_null()) {
      std::string bytes;
      for (uint8_t character : characters.get<std::vector<uint8_t>>())
        bytes.push_back(static_cast<char>(character));
      state.vocabulary = Vocabulary(std::move(bytes));
    }
    const json &data = document.at("data");
    state.data = {data.at("bytes"), parseHex(data.at("xxh3")),
                  data.at("training_tokens")};
    for (const auto &[name, digest] : document.at("files").items())
      files[name] = {digest.at("bytes"), parseHex(digest.at("xxh3"))};
    return state;
  } catch (const json::exception &) {
    throw Error("not a checkpoint's state");
  } catch (const std::logic_error &) { // stoull
    throw Error("not a checkpoint's state");
  }
}
