//===- Tensors.cpp - Moving tensors between sessions and files ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/safetensors.h"

#include <algorithm>

using namespace wavrt;

std::vector<StoredTensor> wavrt::storedParameters(const Manifest &manifest) {
  std::vector<StoredTensor> tensors;
  for (const ParameterInfo &parameter : manifest.parameters)
    tensors.push_back({parameter.name, parameter.shape, parameter});
  return tensors;
}

std::vector<StoredTensor> wavrt::storedMoments(const Manifest &manifest) {
  if (!manifest.optimizer)
    throw Error("this program has no optimiser state; compile it with the "
                "entry point 'train_step'");
  std::vector<StoredTensor> tensors;
  for (const ParameterInfo &parameter : manifest.parameters) {
    for (wavrt_arena arena : {WAVRT_FIRST_MOMENT, WAVRT_SECOND_MOMENT}) {
      if (manifest.arenaBytes[arena] == 0)
        continue; // The optimizer keeps no such moment.
      // The moment arenas have the layout of the parameter arena (abi.h).
      TensorInfo memory = parameter;
      memory.arena = arena;
      tensors.push_back({std::string(name(arena)) + "." + parameter.name,
                         parameter.shape, memory});
    }
  }
  return tensors;
}

FileDigest wavrt::saveTensors(Session &session, const std::string &path,
                              const std::vector<StoredTensor> &tensors) {
  std::vector<TensorSource> sources;
  for (const StoredTensor &tensor : tensors) {
    // Activations may be bf16; files hold F32 whatever the precision.
    DType dtype = tensor.memory.dtype;
    sources.push_back({tensor.name, dtype == DType::BF16 ? DType::F32 : dtype,
                       tensor.shape, [&](std::span<double> values) {
                         session.read(tensor.memory, values);
                       }});
  }
  return writeSafetensors(path, std::move(sources));
}

static std::string text(const std::vector<int64_t> &shape) {
  std::string result = "[";
  for (int64_t extent : shape)
    result += (result.size() > 1 ? ", " : "") + std::to_string(extent);
  return result + "]";
}

static std::string text(const std::vector<std::string> &names) {
  std::string result = "'" + names.front() + "'";
  if (names.size() > 1)
    result += " and " + std::to_string(names.size() - 1) + " more";
  return result;
}

static void checkNames(const SafetensorsFile &file,
                       const std::vector<StoredTensor> &tensors) {
  std::vector<std::string> missing, unknown, expected;
  for (const StoredTensor &tensor : tensors) {
    expected.push_back(tensor.name);
    if (!file.tensors().contains(tensor.name))
      missing.push_back(tensor.name);
  }
  std::ranges::sort(expected);
  for (const auto &[name, tensor] : file.tensors())
    if (!std::ranges::binary_search(expected, name))
      unknown.push_back(name);
  if (missing.empty() && unknown.empty())
    return;
  std::string message = "'" + file.path() + "'";
  if (!missing.empty())
    message += " lacks " + text(missing);
  if (!unknown.empty())
    message += (missing.empty() ? " has " : " and has ") + text(unknown) +
               ", unknown to the model";
  throw Error(message + "; give the weights of this model (`info` lists its "
                        "parameters)");
}

void wavrt::loadTensors(Session &session, const std::string &path,
                        const std::vector<StoredTensor> &tensors) {
  SafetensorsFile file(path);
  checkNames(file, tensors);
  for (const StoredTensor &tensor : tensors) {
    const auto &stored = file.tensors().find(tensor.name)->second;
    if (stored.shape != tensor.shape)
      throw Error("'" + path + "': '" + tensor.name + "' has shape " +
                  text(stored.shape) + " and the model needs " +
                  text(tensor.shape) + "; give the weights of this model");
    file.read(stored, {}); // Checks the type.
  }
  std::vector<double> values;
  for (const StoredTensor &tensor : tensors) {
    const auto &stored = file.tensors().find(tensor.name)->second;
    values.resize(static_cast<size_t>(stored.numElements()));
    file.read(stored, values);
    session.write(tensor.memory, values);
  }
}
