//===- Initialize.cpp - Initial parameters --------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/train.h"

#include "data/XxHash.h"

#include <algorithm>

using namespace wavrt;

void wavrt::initializeParameters(Session &session, uint64_t seed) {
  Random random(seed, Stream::Parameters);
  std::vector<double> values;
  for (const ParameterInfo &parameter : session.manifest().parameters) {
    values.resize(static_cast<size_t>(parameter.numElements()));
    if (parameter.init == ParameterInfo::Init::Constant) {
      std::ranges::fill(values, parameter.initValue);
    } else if (parameter.init == ParameterInfo::Init::Values) {
      values = parameter.initValues;
    } else {
      uint64_t step = XXH64(parameter.name.data(), parameter.name.size(), 0);
      for (size_t e = 0; e < values.size(); e += 2) {
        auto pair = random.normalPair(step, static_cast<uint32_t>(e / 2));
        values[e] = parameter.initValue * pair[0];
        if (e + 1 < values.size())
          values[e + 1] = parameter.initValue * pair[1];
      }
    }
    session.write(parameter, values);
  }
}
