//===- Profile.cpp - The profile subcommand -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Entry.h"
#include "Format.h"

#include "wavrt/random.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

using namespace wavrt;
using Json = nlohmann::ordered_json;

namespace {
/// All launches of one kernel, or other group, in one run of the entry.
struct Kernel {
  std::string name, category;
  int64_t launches = 0, bytes = 0, flops = 0;
  double seconds = 0;
};
} // namespace

/// Fills the inputs with what costs as much as real ones: random tokens, the
/// last position, normal numbers. A learning rate of zero keeps parameters as
/// they are.
static void fillInputs(Session &session, const EntryInfo &entry) {
  Random random(TrainSettings().seed, Stream::TrainingBatches);
  const Manifest &manifest = session.manifest();
  uint64_t step = 0;
  for (const InputInfo &input : entry.inputs) {
    auto count = static_cast<uint32_t>(input.numElements());
    ++step;
    if (input.dtype == DType::I32) {
      std::vector<int32_t> values(count,
                                  static_cast<int32_t>(manifest.context - 1));
      for (uint32_t i = 0; i != count && !isPosition(input); ++i)
        values[i] =
            static_cast<int32_t>(random.below(manifest.vocabSize, step, i));
      session.write(input, values);
      continue;
    }
    std::vector<double> values(count, 1);
    if (input.fill.kind == "learning_rate")
      values.assign(count, 0);
    else if (!input.shape.empty())
      for (uint32_t i = 0; i != count; ++i)
        values[i] = random.normalPair(step, i)[0];
    session.write(input, std::span<const double>(values));
  }
}

/// Runs the entry and waits for it: a device is done when a result is read.
static double timeRun(Session &session, const EntryInfo &entry) {
  auto begin = std::chrono::steady_clock::now();
  session.run(entry.name);
  if (!entry.outputs.empty()) {
    const TensorInfo &first = entry.outputs.front();
    std::vector<double> values(static_cast<size_t>(first.numElements()));
    session.read(first, values);
  }
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - begin;
  return elapsed.count();
}

/// By time, the longest first.
static std::vector<Kernel> kernelsOf(const EntryInfo &entry,
                                     const std::vector<LaunchTime> &times,
                                     GroupBy by) {
  std::map<std::string, Kernel> byName;
  for (size_t i = 0; i != entry.launches.size(); ++i) {
    const LaunchInfo &launch = entry.launches[i];
    std::string name(groupOf(by, launch.name, launch.category, launch.part));
    Kernel &kernel = byName[name];
    kernel.name = name;
    kernel.category = by == GroupBy::Kernel ? launch.category : "";
    kernel.launches += 1;
    kernel.bytes += launch.bytes;
    kernel.flops += launch.flops;
    kernel.seconds += times[i].seconds /
                      static_cast<double>(std::max<int64_t>(1, times[i].calls));
  }
  std::vector<Kernel> kernels;
  for (auto &[name, kernel] : byName)
    kernels.push_back(std::move(kernel));
  std::ranges::sort(kernels, std::greater(), &Kernel::seconds);
  return kernels;
}

ExitCode wavrt::runProfile(const ProfileOptions &options,
                           const ProgramProvider &provider) {
  Program program = provide(provider, {std::nullopt, {options.entry}});
  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  const EntryInfo &entry = chooseEntry(session, options.entry);
  initializeParameters(session, TrainSettings().seed);
  fillInputs(session, entry);

  for (int warmUp = 0; warmUp != 3; ++warmUp)
    timeRun(session, entry);
  std::vector<double> seconds;
  for (int64_t run = 0; run != options.runs; ++run)
    seconds.push_back(timeRun(session, entry));
  std::ranges::sort(seconds);
  double median = seconds[seconds.size() / 2];

  session.setProfiling(true);
  for (int64_t run = 0; run != options.runs; ++run)
    timeRun(session, entry);
  auto by = static_cast<GroupBy>(std::ranges::find(groupNames, options.by) -
                                 std::begin(groupNames));
  std::vector<Kernel> kernels =
      kernelsOf(entry, session.profile(entry.name), by);
  bool ofKernels = by == GroupBy::Kernel;
  double total = 0;
  for (const Kernel &kernel : kernels)
    total += kernel.seconds;

  if (options.json) {
    Json list = Json::array();
    for (const Kernel &kernel : kernels) {
      Json &row = list.emplace_back(Json{{"name", kernel.name}});
      if (ofKernels)
        row["category"] = kernel.category;
      row["launches"] = kernel.launches;
      row["ms"] = 1e3 * kernel.seconds;
      row["bytes"] = kernel.bytes;
      row["flops"] = kernel.flops;
    }
    Json document = {
        {"entry", entry.name},        {"target", session.manifest().target},
        {"device", session.device()}, {"runs", options.runs},
        {"median_ms", 1e3 * median},  {"best_ms", 1e3 * seconds.front()}};
    if (!ofKernels)
      document["by"] = options.by;
    document[ofKernels ? "kernels" : "groups"] = list;
    std::printf("%s\n", document.dump(2).c_str());
    return ExitCode::Done;
  }
  std::printf("%s on %s: median of %lld runs %.3f ms, best %.3f ms\n\n",
              entry.name.c_str(), session.device().c_str(),
              (long long)options.runs, 1e3 * median, 1e3 * seconds.front());
  std::printf("%-48s %-10s %8s %10s %6s %9s %10s\n", options.by.c_str(),
              ofKernels ? "category" : "", "launches", "ms", "%", "GB/s",
              "GFLOP/s");
  for (const Kernel &kernel : kernels)
    std::printf("%-48s %-10s %8lld %10.4f %6.1f %9.2f %10.2f\n",
                kernel.name.c_str(), kernel.category.c_str(),
                (long long)kernel.launches, 1e3 * kernel.seconds,
                100 * kernel.seconds / total,
                static_cast<double>(kernel.bytes) / kernel.seconds / 1e9,
                static_cast<double>(kernel.flops) / kernel.seconds / 1e9);
  std::printf("%-59s %8s %10.4f\n", "total, timed one by one", "", 1e3 * total);
  return ExitCode::Done;
}
