//===- Sampling.cpp - Drawing the next token ------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace wavrt;

int32_t wavrt::sampleToken(std::span<const double> logits,
                           const SamplingOptions &options, double uniform) {
  for (double logit : logits)
    if (!std::isfinite(logit))
      throw Error(ExitCode::Numerics,
                  "the model's logits are not finite; its weights are of no "
                  "use: take an earlier checkpoint");

  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    double x = logits[static_cast<size_t>(a)];
    double y = logits[static_cast<size_t>(b)];
    return x != y ? x > y : a < b;
  });
  if (options.temperature == 0)
    return order.front();
  if (options.topK > 0 && static_cast<size_t>(options.topK) < order.size())
    order.resize(static_cast<size_t>(options.topK));

  std::vector<double> cumulative;
  double maximum = logits[static_cast<size_t>(order.front())], sum = 0;
  for (int32_t token : order) {
    double logit = logits[static_cast<size_t>(token)];
    sum += std::exp((logit - maximum) / options.temperature);
    cumulative.push_back(sum);
  }
  auto found =
      std::upper_bound(cumulative.begin(), cumulative.end(), uniform * sum);
  if (found == cumulative.end()) // uniform * sum was rounded up to sum.
    --found;
  return order[static_cast<size_t>(found - cumulative.begin())];
}
