//===- Report.cpp - What a training run prints ----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "Commands.h"
#include "Entry.h"
#include "Format.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

using namespace wavrt;
using Json = nlohmann::ordered_json;

/// Whether the file ends inside a line, as after a crash.
static bool endsTorn(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(-1, std::ios::end);
  char last = '\n';
  return file.get(last) && last != '\n';
}

/// A log replaces a log, but no text, model or weights that was named by
/// mistake.
static void checkIsLog(const std::string &path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none))
    return;
  std::ifstream file(path, std::ios::binary);
  std::string line(256, '\0');
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<size_t>(file.gcount()));
  bool isLog = line.starts_with("{") && line.find("\"step\"") != line.npos;
  if (!line.empty() && !isLog)
    throw Error("--log '" + path +
                "' holds something else than a log; name another file");
}

JsonLog::JsonLog(const std::string &path, bool append) : path(path) {
  if (path.empty())
    return;
  checkIsLog(path);
  torn = append && endsTorn(path);
  file.reset(std::fopen(path.c_str(), append ? "ae" : "we"));
  if (!file)
    throw Error("cannot write --log '" + path + "': " + std::strerror(errno));
}

void JsonLog::write(const Json &record) {
  if (!file)
    return;
  std::fprintf(file.get(), "%s%s\n", torn ? "\n" : "", record.dump().c_str());
  torn = std::fflush(file.get()) != 0 || std::ferror(file.get());
  if (torn && !std::exchange(lost, true))
    warn("cannot write --log '" + path + "': " + std::strerror(errno) +
         "; the run goes on");
  std::clearerr(file.get());
}

StepReport::StepReport(const Manifest &manifest, int64_t steps, double peak,
                       JsonLog log)
    : console(stdout, ::isatty(STDOUT_FILENO)), log(std::move(log)),
      steps(steps), peak(peak),
      tokens(static_cast<double>(manifest.batch * manifest.context)),
      flops(static_cast<double>(flopsOf(*manifest.findEntry("train_step")))) {}

void StepReport::step(int64_t step, const StepResult &result,
                      std::optional<double> validationLoss) {
  double ms = result.seconds * 1e3;
  double tokenRate = tokens / result.seconds, rate = flops / result.seconds;
  std::string total = std::to_string(steps);
  std::string prefix =
      format("step %*lld/%s | ", static_cast<int>(total.size()),
             (long long)step, total.c_str());
  console.line(
      prefix +
      format("loss %.6f | norm %.4f | lr %.2e | %.2f ms | %.0f tok/s | ",
             result.loss, result.gradNorm, result.learningRate, ms, tokenRate) +
      (peak > 0 ? format("%.1f%% of peak", 100 * rate / peak)
                : format("%.2f GFLOP/s", rate / 1e9)));
  Json record = {{"step", step},
                 {"loss", result.loss},
                 {"grad_norm", result.gradNorm},
                 {"lr", result.learningRate},
                 {"ms", ms},
                 {"tokens_per_second", tokenRate},
                 {"flops_per_second", rate}};
  if (peak > 0)
    record["peak_fraction"] = rate / peak;
  if (validationLoss) {
    console.line(prefix + format("validation loss %.6f", *validationLoss));
    record["val_loss"] = *validationLoss;
  }
  log.write(record);
}
