//===- Format.cpp - Text for people ---------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Format.h"

#include "wavrt/train.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdarg>

using namespace wavrt;

std::string wavrt::format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  int size = std::vsnprintf(nullptr, 0, pattern, arguments);
  std::string result(static_cast<size_t>(size), '\0');
  std::vsnprintf(result.data(), result.size() + 1, pattern, again);
  va_end(again);
  va_end(arguments);
  return result;
}

std::string wavrt::formatCount(double count) {
  const char *suffix = "";
  for (const char *next : {" k", " M", " G", " T"}) {
    if (count < 1000)
      break;
    count /= 1000;
    suffix = next;
  }
  return format(*suffix ? "%.1f%s" : "%.0f%s", count, suffix);
}

std::string wavrt::formatBytes(uint64_t bytes) {
  auto count = static_cast<double>(bytes);
  const char *suffix = "B";
  for (const char *next : {"KiB", "MiB", "GiB"}) {
    if (count < 1024)
      break;
    count /= 1024;
    suffix = next;
  }
  return format(bytes < 1024 ? "%.0f %s" : "%.1f %s", count, suffix);
}

int64_t wavrt::numParameters(const Manifest &manifest) {
  int64_t count = 0;
  for (const ParameterInfo &parameter : manifest.parameters)
    count += parameter.numElements();
  return count;
}

int64_t wavrt::planeBytes(const Manifest &manifest) {
  auto model = nlohmann::json::parse(manifest.modelJson);
  auto hiddenSize = model.find("hidden_size");
  if (hiddenSize == model.end() || !hiddenSize->is_number_integer())
    return 0;
  int64_t elementBytes = manifest.precision == "bf16"  ? 2
                         : manifest.precision == "f64" ? 8
                                                       : 4;
  return manifest.batch * manifest.context * hiddenSize->get<int64_t>() *
         elementBytes;
}

uint64_t wavrt::peakMemory(const Manifest &manifest) {
  uint64_t bytes = 0;
  for (size_t arena : manifest.arenaBytes)
    bytes += arena;
  return bytes;
}

void Table::addModel(const Manifest &manifest) {
  auto model = nlohmann::ordered_json::parse(manifest.modelJson);
  for (const auto &[key, value] : model.items())
    add(key, value.is_string() ? value.get<std::string>() : value.dump());
}

void Table::addProgram(const Manifest &manifest) {
  add("target", manifest.target);
  add("precision", manifest.precision);
  add("batch x context", format("%lld x %lld", (long long)manifest.batch,
                                (long long)manifest.context));
  int64_t tokens = manifest.batch * manifest.context;
  add("tokens per step", std::to_string(tokens));
  int64_t parameters = numParameters(manifest), decayed = 0;
  for (const ParameterInfo &parameter : manifest.parameters)
    decayed += parameter.decay ? parameter.numElements() : 0;
  add("parameters",
      formatCount(static_cast<double>(parameters)) +
          format(" (%lld in %zu tensors; %lld decayed)", (long long)parameters,
                 manifest.parameters.size(), (long long)decayed));
  if (const EntryInfo *entry = manifest.findEntry("train_step")) {
    auto flops = static_cast<double>(flopsOf(*entry));
    add("FLOPs per step", formatCount(flops));
    add("FLOPs per token", formatCount(flops / static_cast<double>(tokens)));
  }
  for (int arena = 0; arena != WAVRT_NUM_ARENAS; ++arena)
    add("memory, " + std::string(name(static_cast<wavrt_arena>(arena))),
        formatBytes(manifest.arenaBytes[arena]));
  add("memory, total", formatBytes(peakMemory(manifest)));
}

std::string Table::text() const {
  size_t width = 0;
  for (const auto &[name, value] : rows)
    width = std::max(width, name.size());
  std::string result;
  for (const auto &[name, value] : rows)
    result += name + std::string(width + 2 - name.size(), ' ') + value + "\n";
  return result;
}
