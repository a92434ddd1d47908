//===- Schedule.cpp - Learning-rate schedule ------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace wavrt;

double wavrt::learningRate(const TrainSettings &settings, int64_t index) {
  double peak = settings.learningRate, least = settings.minLearningRate;
  if (index < settings.warmup)
    return peak * static_cast<double>(index + 1) /
           static_cast<double>(settings.warmup);
  double progress = static_cast<double>(index - settings.warmup) /
                    static_cast<double>(
                        std::max<int64_t>(settings.steps - settings.warmup, 1));
  return least + (peak - least) * 0.5 *
                     (1 + std::cos(std::numbers::pi * std::min(progress, 1.0)));
}
