//===- Run.cpp - The run subcommand ---------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Entry.h"

#include "wavrt/safetensors.h"

#include <algorithm>

using namespace wavrt;

/// Ids of tokens, or positions: compiled code does not check them.
static std::vector<int32_t> toIntegers(const std::vector<double> &values,
                                       const TensorInfo &input,
                                       const Manifest &manifest) {
  int64_t bound = isPosition(input) ? manifest.context : manifest.vocabSize;
  std::vector<int32_t> integers;
  for (double value : values) {
    if (!(value >= 0 && value < static_cast<double>(bound)))
      throw Error("'" + input.name + "' has the element " +
                  std::to_string(value) + "; give whole numbers from 0 to " +
                  std::to_string(bound - 1));
    integers.push_back(static_cast<int32_t>(value));
  }
  return integers;
}

ExitCode wavrt::runRun(const RunOptions &options,
                       const ProgramProvider &provider) {
  checkOutput(options.out, {options.in});
  Program program = provide(provider, {std::nullopt, {options.entry}});
  Session session(program, options.threads);
  noteThreads(session, options.threads);
  const EntryInfo &entry = chooseEntry(session, options.entry);

  // Integers are floats in the file, which holds them exactly.
  SafetensorsFile file(options.in);
  std::vector<StoredTensor> tensors = storedParameters(program.manifest());
  for (const TensorInfo &input : entry.inputs)
    tensors.push_back({input.name, input.shape, input});
  auto load = [&](const StoredTensor &tensor) {
    auto stored = file.tensors().find(tensor.name);
    if (stored == file.tensors().end() || stored->second.shape != tensor.shape)
      throw Error("'" + options.in + "' has no '" + tensor.name +
                  "' of the shape that the program wants");
    std::vector<double> values(
        static_cast<size_t>(tensor.memory.numElements()));
    file.read(stored->second, values);
    if (tensor.memory.dtype == DType::I32)
      session.write(tensor.memory,
                    toIntegers(values, tensor.memory, program.manifest()));
    else
      session.write(tensor.memory, std::span<const double>(values));
  };
  std::ranges::for_each(tensors, load);
  session.run(entry.name);

  std::vector<StoredTensor> outputs;
  for (const TensorInfo &output : entry.outputs)
    outputs.push_back({output.name, output.shape, output});
  AtomicPath out(options.out);
  saveTensors(session, out.temporary(), outputs);
  out.commit();
  return ExitCode::Done;
}
