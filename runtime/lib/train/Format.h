//===- Format.h - Text for people -------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_FORMAT_H
#define WAVRT_TRAIN_FORMAT_H

#include "wavrt/program.h"

#include <utility>

namespace wavrt {

/// As printf.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);

std::string formatCount(double count);   ///< 21.3 M
std::string formatBytes(uint64_t bytes); ///< 85.2 MiB

/// Names and values in two aligned columns.
class Table {
public:
  void add(std::string name, std::string value) {
    rows.emplace_back(std::move(name), std::move(value));
  }
  /// Every key of the model configuration.
  void addModel(const Manifest &manifest);
  /// Target, precision, batch, context, parameters, memory, work.
  void addProgram(const Manifest &manifest);
  std::string text() const;

private:
  std::vector<std::pair<std::string, std::string>> rows;
};

int64_t numParameters(const Manifest &manifest);
/// Bytes of a plane, one matrix [tokens of a batch, hidden size] as activations
/// are stored; 0 if the model states no hidden size.
int64_t planeBytes(const Manifest &manifest);
/// The sum of all arenas, the most a session holds besides small change.
uint64_t peakMemory(const Manifest &manifest);

} // namespace wavrt

#endif // WAVRT_TRAIN_FORMAT_H
