//===- Info.cpp - The info subcommand -------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Format.h"

#include <nlohmann/json.hpp>

using namespace wavrt;
using Json = nlohmann::ordered_json;

namespace {
/// All launches of one kernel in one run of an entry.
struct Kernel {
  std::string name, category;
  int64_t launches = 0, bytes = 0, flops = 0;
};
} // namespace

/// In the order of first launch.
static std::vector<Kernel> kernelsOf(const EntryInfo &entry) {
  std::vector<Kernel> kernels;
  std::map<std::string, size_t> index;
  for (const LaunchInfo &launch : entry.launches) {
    auto [found, isNew] = index.emplace(launch.name, kernels.size());
    if (isNew)
      kernels.push_back({launch.name, launch.category});
    Kernel &kernel = kernels[found->second];
    kernel.launches += 1;
    kernel.bytes += launch.bytes;
    kernel.flops += launch.flops;
  }
  return kernels;
}

/// Bytes that one run of an entry moves, by category.
static std::map<std::string, int64_t> trafficOf(const EntryInfo &entry) {
  std::map<std::string, int64_t> traffic;
  for (const LaunchInfo &launch : entry.launches)
    for (const auto &[category, bytes] : launch.bytesByCategory)
      traffic[category] += bytes;
  return traffic;
}

/// Null where the size of a plane is not known.
static Json planes(int64_t bytes, int64_t planeBytes) {
  if (planeBytes == 0)
    return nullptr;
  return static_cast<double>(bytes) / static_cast<double>(planeBytes);
}

static Json toJson(const Program &program) {
  const Manifest &manifest = program.manifest();
  Json tensors = Json::array();
  for (const ParameterInfo &parameter : manifest.parameters)
    tensors.push_back({{"name", parameter.name},
                       {"shape", parameter.shape},
                       {"dtype", name(parameter.dtype)},
                       {"decay", parameter.decay}});
  Json arenas = Json::object();
  for (int i = 0; i != WAVRT_NUM_ARENAS; ++i)
    arenas[std::string(name(static_cast<wavrt_arena>(i)))] =
        manifest.arenaBytes[i];
  Json entries = Json::object();
  for (const EntryInfo &entry : manifest.entries) {
    Json kernels = Json::array();
    for (const Kernel &kernel : kernelsOf(entry))
      kernels.push_back({{"name", kernel.name},
                         {"category", kernel.category},
                         {"launches", kernel.launches},
                         {"bytes", kernel.bytes},
                         {"flops", kernel.flops}});
    Json traffic = Json::object();
    for (const auto &[category, bytes] : trafficOf(entry))
      traffic[category] = {{"bytes", bytes},
                           {"planes", planes(bytes, planeBytes(manifest))}};
    entries[entry.name] = {{"kernels", kernels}, {"traffic", traffic}};
  }
  return {{"target", manifest.target},
          {"device", program.device()},
          {"precision", manifest.precision},
          {"batch", manifest.batch},
          {"context", manifest.context},
          {"model", Json::parse(manifest.modelJson)},
          {"parameters",
           {{"count", numParameters(manifest)}, {"tensors", tensors}}},
          {"plane_bytes", planeBytes(manifest)},
          {"memory", {{"arenas", arenas}, {"peak", peakMemory(manifest)}}},
          {"entries", entries}};
}

static void print(const Program &program) {
  const Manifest &manifest = program.manifest();
  Table table;
  table.addModel(manifest);
  table.addProgram(manifest);
  table.add("device", program.device());
  std::printf("%s\nparameters\n", table.text().c_str());
  for (const ParameterInfo &parameter : manifest.parameters)
    std::printf("  %-60s %s\n", parameter.name.c_str(),
                Json(parameter.shape).dump().c_str());
  for (const EntryInfo &entry : manifest.entries) {
    std::printf("\n%-48s %-10s %8s %12s %10s\n", entry.name.c_str(), "category",
                "launches", "bytes", "FLOPs");
    Kernel total{"total", ""};
    auto row = [](const Kernel &kernel) {
      std::printf("  %-46s %-10s %8lld %12s %10s\n", kernel.name.c_str(),
                  kernel.category.c_str(), (long long)kernel.launches,
                  formatBytes(static_cast<uint64_t>(kernel.bytes)).c_str(),
                  formatCount(static_cast<double>(kernel.flops)).c_str());
    };
    for (const Kernel &kernel : kernelsOf(entry)) {
      row(kernel);
      total.launches += kernel.launches;
      total.bytes += kernel.bytes;
      total.flops += kernel.flops;
    }
    row(total);
    std::printf("\n%-59s %8s %12s\n", (entry.name + ", by category").c_str(),
                "planes", "bytes");
    for (const auto &[category, bytes] : trafficOf(entry)) {
      Json count = planes(bytes, planeBytes(manifest));
      std::printf("  %-57s %8s %12s\n", category.c_str(),
                  count.is_null() ? "-"
                                  : format("%.1f", count.get<double>()).c_str(),
                  formatBytes(static_cast<uint64_t>(bytes)).c_str());
    }
  }
}

ExitCode wavrt::runInfo(const InfoOptions &options,
                        const ProgramProvider &provider) {
  Program program = provide(provider, {std::nullopt, {"train_step"}});
  if (options.json)
    std::printf("%s\n", toJson(program).dump(2).c_str());
  else
    print(program);
  return ExitCode::Done;
}
