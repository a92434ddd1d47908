//===- Manifest.cpp - Parsing of the program manifest -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A manifest may come from a file, so nothing in it is trusted: after parsing,
// every tensor is known to be aligned and inside its arena.
//
//===----------------------------------------------------------------------===//

#include "wavrt/program.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <set>

using namespace wavrt;
using nlohmann::json;

static constexpr std::string_view dtypeNames[] = {"f32", "f64", "bf16", "i32"};
static constexpr size_t dtypeSizes[] = {4, 8, 2, 4};
static constexpr std::string_view arenaNames[WAVRT_NUM_ARENAS] = {
    "parameters", "gradients", "first_moment", "second_moment",
    "state",      "io",        "scratch",      "constants"};

size_t wavrt::sizeOf(DType type) { return dtypeSizes[static_cast<int>(type)]; }
std::string_view wavrt::name(DType type) {
  return dtypeNames[static_cast<int>(type)];
}
std::string_view wavrt::name(wavrt_arena arena) { return arenaNames[arena]; }

int64_t TensorInfo::numElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

size_t TensorInfo::numBytes() const {
  return static_cast<size_t>(numElements()) * sizeOf(dtype);
}

template <typename Range>
static auto *findByName(Range &range, std::string_view name) {
  for (auto &element : range)
    if (element.name == name)
      return &element;
  return static_cast<decltype(&*std::begin(range))>(nullptr);
}

const InputInfo *EntryInfo::findInput(std::string_view name) const {
  return findByName(inputs, name);
}
const TensorInfo *EntryInfo::findOutput(std::string_view name) const {
  return findByName(outputs, name);
}
const EntryInfo *Manifest::findEntry(std::string_view name) const {
  return findByName(entries, name);
}

namespace {

/// A JSON value and the path that leads to it, for messages.
class Node {
public:
  Node(const json &value, std::string path)
      : value(value), path(std::move(path)) {}

  [[noreturn]] void fail(const std::string &problem) const {
    throw Error("manifest: " + path + " " + problem +
                " (the program is damaged, or another version's)");
  }

  bool has(const char *key) const {
    return value.is_object() && value.contains(key);
  }
  Node operator[](const char *key) const {
    if (!value.is_object())
      fail("is not an object");
    auto it = value.find(key);
    if (it == value.end())
      fail("has no '" + std::string(key) + "'");
    return {*it, path.empty() ? key : path + "." + key};
  }
  std::vector<Node> elements() const {
    if (!value.is_array())
      fail("is not a list");
    std::vector<Node> nodes;
    nodes.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i)
      nodes.emplace_back(value[i], path + "[" + std::to_string(i) + "]");
    return nodes;
  }

  /// The fields of an object by their names, in the order of these.
  std::vector<std::pair<std::string, Node>> fields() const {
    if (!value.is_object())
      fail("is not an object");
    std::vector<std::pair<std::string, Node>> nodes;
    for (const auto &[key, field] : value.items())
      nodes.emplace_back(key, Node(field, path + "." + key));
    return nodes;
  }

  bool isString() const { return value.is_string(); }
  const std::string &string() const {
    if (!value.is_string())
      fail("is not a string");
    return value.get_ref<const std::string &>();
  }
  /// A whole number in [low, 2^62], so that sums of two do not overflow.
  int64_t integer(int64_t low = 0) const {
    constexpr int64_t high = int64_t(1) << 62;
    bool inRange =
        value.is_number_unsigned()
            ? value.get<uint64_t>() <= uint64_t(high) &&
                  value.get<int64_t>() >= low
            : value.is_number_integer() && value.get<int64_t>() >= low;
    if (!inRange)
      fail("is not a whole number of at least " + std::to_string(low));
    return value.get<int64_t>();
  }
  double number() const {
    if (!value.is_number())
      fail("is not a number");
    return value.get<double>();
  }
  bool boolean() const {
    if (!value.is_boolean())
      fail("is neither true nor false");
    return value.get<bool>();
  }
  /// The position of this string in `names`.
  template <size_t N> int oneOf(const std::string_view (&names)[N]) const {
    const std::string &text = string();
    auto it = std::find(std::begin(names), std::end(names), text);
    if (it == std::end(names)) {
      std::string valid;
      for (std::string_view name : names)
        valid += (valid.empty() ? "" : ", ") + std::string(name);
      fail("is '" + text + "', not one of " + valid);
    }
    return static_cast<int>(it - std::begin(names));
  }
  std::string dump() const { return value.dump(); }

private:
  const json &value;
  std::string path;
};

} // namespace

static void parseTensor(const Node &node, const Manifest &manifest,
                        wavrt_arena arena, TensorInfo &info) {
  info.name = node["name"].string();
  info.dtype = static_cast<DType>(node["dtype"].oneOf(dtypeNames));
  info.arena = arena;
  info.offset = static_cast<size_t>(node["offset"].integer());

  int64_t bytes = sizeOf(info.dtype);
  for (const Node &size : node["shape"].elements()) {
    info.shape.push_back(size.integer());
    if (__builtin_mul_overflow(bytes, info.shape.back(), &bytes))
      node.fail("is too large");
  }
  if (info.offset % sizeOf(info.dtype) != 0)
    node["offset"].fail("is not a multiple of the element size");
  size_t end;
  if (__builtin_add_overflow(info.offset, static_cast<size_t>(bytes), &end) ||
      end > manifest.arenaBytes[arena])
    node.fail("('" + info.name + "') lies outside the arena '" +
              std::string(arenaNames[arena]) + "'");
}

static void checkUnique(std::set<std::string> &names, const Node &node) {
  if (!names.insert(node["name"].string()).second)
    node["name"].fail("appears twice");
}

static void parseParameters(const Node &list, Manifest &manifest) {
  static constexpr std::string_view kinds[] = {"normal", "constant", "values"};
  std::set<std::string> names;
  for (const Node &node : list.elements()) {
    checkUnique(names, node);
    ParameterInfo &info = manifest.parameters.emplace_back();
    parseTensor(node, manifest, WAVRT_PARAMETERS, info);
    Node init = node["init"];
    info.init = static_cast<ParameterInfo::Init>(init["kind"].oneOf(kinds));
    if (info.init == ParameterInfo::Init::Values) {
      for (const Node &value : init["values"].elements())
        info.initValues.push_back(value.number());
      if (int64_t(info.initValues.size()) != info.numElements())
        init["values"].fail("has not one value for each element");
    } else {
      info.initValue = init["value"].number();
    }
    info.decay = node["decay"].boolean();
  }
}

template <typename Info>
static std::vector<Info> parseTensors(const Node &list,
                                      const Manifest &manifest) {
  std::set<std::string> names;
  std::vector<Info> tensors;
  for (const Node &node : list.elements()) {
    checkUnique(names, node);
    auto arena = static_cast<wavrt_arena>(node["arena"].oneOf(arenaNames));
    parseTensor(node, manifest, arena, tensors.emplace_back());
  }
  return tensors;
}

static FillInfo parseFill(const Node &node) {
  FillInfo fill;
  fill.kind = node["kind"].string();
  for (const auto &[name, field] : node.fields())
    if (field.isString())
      fill.words[name] = field.string();
    else
      fill.numbers[name] = field.number();
  fill.words.erase("kind");
  return fill;
}

static std::vector<InputInfo> parseInputs(const Node &list,
                                          const Manifest &manifest) {
  auto inputs = parseTensors<InputInfo>(list, manifest);
  std::vector<Node> nodes = list.elements();
  for (size_t i = 0; i != inputs.size(); ++i)
    if (nodes[i].has("fill"))
      inputs[i].fill = parseFill(nodes[i]["fill"]);
  return inputs;
}

static OptimizerInfo parseOptimizer(const Node &node) {
  OptimizerInfo optimizer;
  optimizer.name = node["name"].string();
  for (const auto &[name, field] : node.fields())
    if (name != "name")
      optimizer.constants[name] = field.number();
  return optimizer;
}

static LaunchInfo parseLaunch(const Node &node) {
  LaunchInfo launch{node["name"].string(), node["category"].string(),
                    node["bytes"].integer(), node["flops"].integer(),
                    node.has("part") ? node["part"].string() : ""};
  if (node.has("bytes_by_category"))
    for (const auto &[category, bytes] : node["bytes_by_category"].fields())
      launch.bytesByCategory[category] = bytes.integer();
  else
    launch.bytesByCategory[launch.category] = launch.bytes;
  return launch;
}

static void parseEntries(const Node &list, Manifest &manifest) {
  std::set<std::string> names;
  for (const Node &node : list.elements()) {
    checkUnique(names, node);
    EntryInfo &entry = manifest.entries.emplace_back();
    entry.name = node["name"].string();
    entry.inputs = parseInputs(node["inputs"], manifest);
    entry.outputs = parseTensors<TensorInfo>(node["outputs"], manifest);
    for (const Node &launch : node["launches"].elements())
      entry.launches.push_back(parseLaunch(launch));
  }
}

static void parseArenas(const Node &arenas, Manifest &manifest) {
  for (int i = 0; i < WAVRT_NUM_ARENAS; ++i) {
    Node bytes = arenas[arenaNames[i].data()];
    manifest.arenaBytes[i] = static_cast<size_t>(bytes.integer());
    if (i >= WAVRT_GRADIENTS && i <= WAVRT_SECOND_MOMENT &&
        manifest.arenaBytes[i] != 0 &&
        manifest.arenaBytes[i] != manifest.arenaBytes[WAVRT_PARAMETERS])
      bytes.fail("is neither 0 nor the size of the parameters");
  }
}

Manifest Manifest::parse(std::string_view text) {
  // Writing a value out is recursive, so its depth must be bounded.
  auto checkDepth = [](int depth, json::parse_event_t, json &) {
    if (depth > 100)
      throw Error("manifest: nested too deeply");
    return true;
  };
  json document;
  try {
    document = json::parse(text, checkDepth);
  } catch (const json::exception &error) {
    throw Error("manifest: not JSON: " + std::string(error.what()));
  }

  Node root(document, "");
  if (int64_t abi = root["abi"].integer(); abi != WAVRT_ABI_VERSION)
    throw Error("manifest: made for version " + std::to_string(abi) +
                " of the runtime, this is version " +
                std::to_string(WAVRT_ABI_VERSION) + "; recompile the model");

  Manifest manifest;
  Node model = root["model"];
  manifest.modelJson = model.dump();
  manifest.vocabSize = model["vocab_size"].integer(1);
  manifest.numLayers = model["num_hidden_layers"].integer(1);
  manifest.batch = root["batch"].integer(1);
  manifest.context = root["context"].integer(1);
  manifest.precision = root["precision"].string();
  manifest.target = root["target"].string();
  if (root.has("features"))
    for (const Node &feature : root["features"].elements())
      manifest.features.push_back(feature.string());
  if (root.has("optimizer"))
    manifest.optimizer = parseOptimizer(root["optimizer"]);
  parseArenas(root["arenas"], manifest);
  parseParameters(root["parameters"], manifest);
  parseEntries(root["entries"], manifest);
  return manifest;
}
