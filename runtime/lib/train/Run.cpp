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
                                       const InputInfo &input,
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
  Session session(program, options.threads, options.tiles);
  noteThreads(session, options.threads);
  const EntryInfo &entry = chooseEntry(session, options.entry);

  // Integers are floats in the file, which holds them exactly.
  SafetensorsFile file(options.in);
  auto read = [&](const TensorInfo &tensor) {
    auto stored = file.tensors().find(tensor.name);
    if (stored == file.tensors().end() || stored->second.shape != tensor.shape)
      throw Error("'" + options.in + "' has no '" + tensor.name +
                  "' of the shape that the program wants");
    std::vector<double> values(static_cast<size_t>(tensor.numElements()));
    file.read(stored->second, values);
    return values;
  };
  for (const ParameterInfo &parameter : program.manifest().parameters)
    session.write(parameter, std::span<const double>(read(parameter)));
  for (const InputInfo &input : entry.inputs) {
    std::vector<double> values = read(input);
    if (input.dtype == DType::I32)
      session.write(input, toIntegers(values, input, program.manifest()));
    else
      session.write(input, std::span<const double>(values));
  }
  session.run(entry.name);

  std::vector<StoredTensor> outputs;
  for (const TensorInfo &output : entry.outputs)
    outputs.push_back({output.name, output.shape, output});
  AtomicPath out(options.out);
  saveTensors(session, out.temporary(), outputs);
  out.commit();
  return ExitCode::Done;
}
