//===- ManifestTest.cpp - Tests of manifest parsing -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/program.h"

#include "gtest/gtest.h"

#include <nlohmann/json.hpp>

using namespace wavrt;
using nlohmann::json;

static json validDocument() {
  return json::parse(R"({
    "abi": 5,
    "model": {"vocab_size": 73, "hidden_size": 4, "num_hidden_layers": 2},
    "batch": 8, "context": 16, "precision": "f32", "target": "cpu x86-64-v3",
    "arenas": {"parameters": 1168, "gradients": 1168, "first_moment": 0,
               "second_moment": 0, "state": 64, "io": 1024, "scratch": 0,
               "constants": 0},
    "parameters": [
      {"name": "w", "shape": [73, 4], "dtype": "f32", "offset": 0,
       "init": {"kind": "normal", "value": 0.02}, "decay": true}],
    "entries": [
      {"name": "eval",
       "inputs": [{"name": "tokens", "shape": [128], "dtype": "i32",
                   "arena": "io", "offset": 0}],
       "outputs": [{"name": "loss", "shape": [], "dtype": "f32",
                    "arena": "io", "offset": 512}],
       "launches": [{"name": "k", "category": "routing", "bytes": 10,
                     "flops": 20}]}]})");
}

TEST(Manifest, ReadsInitialValues) {
  json document = validDocument();
  json &weight = document["parameters"][0];
  weight["shape"] = {2};
  weight["init"] = {{"kind", "values"}, {"values", {-1, 0.5}}};
  Manifest manifest = Manifest::parse(document.dump());
  EXPECT_EQ(manifest.parameters[0].init, ParameterInfo::Init::Values);
  EXPECT_EQ(manifest.parameters[0].initValues, (std::vector<double>{-1, 0.5}));

  weight["shape"] = {3};
  EXPECT_THROW(Manifest::parse(document.dump()), Error);
}

TEST(Manifest, ReadsEveryField) {
  Manifest manifest = Manifest::parse(validDocument().dump());
  EXPECT_EQ(json::parse(manifest.modelJson), validDocument()["model"]);
  EXPECT_EQ(manifest.vocabSize, 73);
  EXPECT_EQ(manifest.numLayers, 2);
  EXPECT_EQ(manifest.batch, 8);
  EXPECT_EQ(manifest.context, 16);
  EXPECT_EQ(manifest.precision, "f32");
  EXPECT_EQ(manifest.target, "cpu x86-64-v3");
  EXPECT_EQ(manifest.arenaBytes[WAVRT_PARAMETERS], 1168u);
  EXPECT_EQ(manifest.arenaBytes[WAVRT_IO], 1024u);

  ASSERT_EQ(manifest.parameters.size(), 1u);
  const ParameterInfo &weight = manifest.parameters[0];
  EXPECT_EQ(weight.name, "w");
  EXPECT_EQ(weight.shape, (std::vector<int64_t>{73, 4}));
  EXPECT_EQ(weight.numElements(), 292);
  EXPECT_EQ(weight.numBytes(), 1168u);
  EXPECT_EQ(weight.arena, WAVRT_PARAMETERS);
  EXPECT_EQ(weight.init, ParameterInfo::Init::Normal);
  EXPECT_EQ(weight.initValue, 0.02);
  EXPECT_TRUE(weight.decay);

  const EntryInfo *eval = manifest.findEntry("eval");
  ASSERT_NE(eval, nullptr);
  EXPECT_EQ(manifest.findEntry("train_step"), nullptr);
  ASSERT_NE(eval->findInput("tokens"), nullptr);
  EXPECT_EQ(eval->findInput("tokens")->dtype, DType::I32);
  ASSERT_NE(eval->findOutput("loss"), nullptr);
  EXPECT_EQ(eval->findOutput("loss")->numElements(), 1);
  EXPECT_EQ(eval->findOutput("loss")->offset, 512u);
  EXPECT_EQ(eval->findOutput("logits"), nullptr);
  ASSERT_EQ(eval->launches.size(), 1u);
  EXPECT_EQ(eval->launches[0].category, "routing");
  EXPECT_EQ(eval->launches[0].flops, 20);
}

TEST(Manifest, FilesAllBytesUnderACategory) {
  json document = validDocument();
  json &launch = document["entries"][0]["launches"][0];
  using Bytes = std::map<std::string, int64_t>;
  auto parsed = [&] {
    Manifest manifest = Manifest::parse(document.dump());
    return manifest.entries[0].launches[0].bytesByCategory;
  };
  EXPECT_EQ(parsed(), (Bytes{{"routing", 10}}));
  launch["bytes_by_category"] = {{"norm", 4}, {"routing", 6}};
  EXPECT_EQ(parsed(), (Bytes{{"norm", 4}, {"routing", 6}}));
}

static std::string messageOf(const std::string &text) {
  try {
    Manifest::parse(text);
  } catch (const Error &error) {
    EXPECT_EQ(error.code, ExitCode::BadInput);
    return error.what();
  }
  return "accepted";
}

/// Replaces the value at `pointer` and expects `part` in the message.
static void expectError(const char *pointer, json value,
                        const std::string &part) {
  json document = validDocument();
  document[json::json_pointer(pointer)] = value;
  std::string message = messageOf(document.dump());
  EXPECT_NE(message.find(part), std::string::npos)
      << pointer << ": " << message;
}

TEST(Manifest, RejectsWhatIsNotAManifest) {
  EXPECT_NE(messageOf("").find("not JSON"), std::string::npos);
  EXPECT_NE(messageOf("{\"abi\": 1").find("not JSON"), std::string::npos);
  EXPECT_NE(messageOf("[]").find("not an object"), std::string::npos);
  EXPECT_NE(messageOf("{}").find("has no 'abi'"), std::string::npos);
  std::string deep = "{\"model\": " + std::string(100000, '[') +
                     std::string(100000, ']') + "}";
  EXPECT_NE(messageOf(deep).find("nested too deeply"), std::string::npos);
}

TEST(Manifest, RejectsOtherAbis) {
  expectError("/abi", 1, "version 1");
  expectError("/abi", "1", "abi is not a whole number");
}

TEST(Manifest, NamesTheFieldThatIsWrong) {
  expectError("/batch", 0, "batch is not a whole number of at least 1");
  expectError("/batch", 1.5, "batch is not a whole number");
  expectError("/target", 1, "target is not a string");
  expectError("/model/vocab_size", -3, "model.vocab_size is not");
  expectError("/arenas/io", uint64_t(1) << 63, "arenas.io is not");
  expectError("/arenas/gradients", 4, "arenas.gradients is neither 0 nor");
  expectError("/parameters", 1, "parameters is not a list");
  expectError("/parameters/0/shape/1", -4, "parameters[0].shape[1] is not");
  expectError("/parameters/0/dtype", "f16", "not one of f32, f64, bf16, i32");
  expectError("/parameters/0/init/kind", "uniform", "normal, constant");
  expectError("/parameters/0/decay", 1, "parameters[0].decay is neither");
  expectError("/entries/0/inputs/0/arena", "heap",
              "entries[0].inputs[0].arena");
}

TEST(Manifest, ReadsWhatFillsInputs) {
  json document = validDocument();
  EXPECT_EQ(Manifest::parse(document.dump()).entries[0].inputs[0].fill.kind,
            "");
  json &fill = document["entries"][0]["inputs"][0]["fill"];
  fill = {{"kind", "random"}, {"stream", 3}, {"name", "noise"}};
  FillInfo read = Manifest::parse(document.dump()).entries[0].inputs[0].fill;
  EXPECT_EQ(read.kind, "random");
  EXPECT_EQ(read.numbers.size(), 1u);
  EXPECT_EQ(read.numbers.at("stream"), 3);
  EXPECT_EQ(read.words.size(), 1u);
  EXPECT_EQ(read.words.at("name"), "noise");

  auto rejects = [&](const json &value, const char *text) {
    fill = value;
    EXPECT_NE(messageOf(document.dump()).find(text), std::string::npos)
        << messageOf(document.dump());
  };
  rejects(1, "entries[0].inputs[0].fill is not an object");
  rejects(json::object(), "entries[0].inputs[0].fill has no 'kind'");
  rejects({{"kind", 1}}, "fill.kind is not a string");
  rejects({{"kind", "random"}, {"stream", true}}, "stream is not a number");
}

TEST(Manifest, ReadsTheOptimizer) {
  json document = validDocument();
  EXPECT_FALSE(Manifest::parse(document.dump()).optimizer);
  document["optimizer"] = {{"name", "lion"}, {"beta1", 0.9}};
  EXPECT_EQ(Manifest::parse(document.dump()).optimizer,
            (OptimizerInfo{"lion", {{"beta1", 0.9}}}));
  document["optimizer"]["beta1"] = "many";
  EXPECT_NE(messageOf(document.dump()).find("optimizer.beta1 is not a number"),
            std::string::npos);
  document["optimizer"] = {{"beta1", 0.9}};
  EXPECT_NE(messageOf(document.dump()).find("optimizer has no 'name'"),
            std::string::npos);
}

TEST(Manifest, KeepsTensorsInsideTheirArenas) {
  expectError("/parameters/0/offset", 4, "lies outside the arena 'parameters'");
  expectError("/parameters/0/offset", int64_t(1) << 62, "lies outside");
  expectError("/parameters/0/offset", 2, "not a multiple of the element size");
  expectError("/parameters/0/shape/0", int64_t(1) << 60, "is too large");
  expectError("/entries/0/outputs/0/offset", 1024, "('loss') lies outside");
}

TEST(Manifest, RejectsDuplicateNames) {
  json document = validDocument();
  document["arenas"]["parameters"] = document["arenas"]["gradients"] = 4096;
  document["parameters"].push_back(document["parameters"][0]);
  EXPECT_NE(messageOf(document.dump()).find("parameters[1].name appears twice"),
            std::string::npos);
}
