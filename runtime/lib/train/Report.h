//===- Report.h - What a training run prints --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_REPORT_H
#define WAVRT_TRAIN_REPORT_H

#include "wavrt/train.h"

#include <nlohmann/json_fwd.hpp>

#include <memory>

namespace wavrt {

/// A file of one JSON object a line; nothing if the path is empty.
class JsonLog {
public:
  /// Throws Error when the file cannot be opened.
  JsonLog(const std::string &path, bool append);

  /// A record that cannot be written is lost; the first that is gets a warning.
  void write(const nlohmann::ordered_json &record);

private:
  struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  std::string path;
  std::unique_ptr<std::FILE, Close> file;
  bool torn = false; ///< Whether the last record may be there in part.
  bool lost = false;
};

/// Where the metrics of a step go: a line on standard output and a record in
/// the log.
class StepReport {
public:
  /// `peak`: FLOP/s of the machine, 0 if unknown.
  StepReport(const Manifest &manifest, int64_t steps, double peak, JsonLog log);

  void step(int64_t step, const StepResult &result,
            std::optional<double> validationLoss);

  Console console;

private:
  JsonLog log;
  int64_t steps;
  double peak, tokens, flops;
};

} // namespace wavrt

#endif // WAVRT_TRAIN_REPORT_H
