//===- Fill.cpp - Filling the inputs of a step ----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row of a table for each kind of docs/manifest.md. A new kind is a new
// row; a new input of a known kind is nothing at all.
//
//===----------------------------------------------------------------------===//

#include "wavrt/random.h"
#include "wavrt/train.h"

#include <cmath>
#include <limits>

using namespace wavrt;

namespace {

using Writer = std::function<void(Session &, const StepState &)>;

/// An input, as the makers of writers see it.
struct Request {
  const EntryInfo &entry;
  const InputInfo &input;
  const Batch &batch;

  [[noreturn]] void fail(const std::string &problem) const {
    throw Error("input '" + input.name + "' of entry point '" + entry.name +
                "' " + problem +
                "; compile the model again, with the compiler of this version");
  }
  [[noreturn]] void failKind(const std::string &problem) const {
    fail("is filled with '" + input.fill.kind + "', " + problem);
  }

  double number(std::string_view name) const {
    auto it = input.fill.numbers.find(name);
    if (it == input.fill.numbers.end())
      failKind("which needs a number '" + std::string(name) + "'");
    return it->second;
  }
  const std::string &word(std::string_view name) const {
    auto it = input.fill.words.find(name);
    if (it == input.fill.words.end())
      failKind("which needs a text '" + std::string(name) + "'");
    return it->second;
  }
};

struct Kind {
  std::string_view name;
  Writer (*make)(const Request &request);
};

/// A number of a run that its user sets.
struct Setting {
  std::string_view name;
  double TrainSettings::*value;
};

constexpr Setting allSettings[] = {
    {"weight_decay", &TrainSettings::weightDecay},
    {"clip", &TrainSettings::clip},
};

} // namespace

template <typename Table> static std::string namesOf(const Table &table) {
  std::string names;
  for (const auto &row : table)
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

/// Writes the one number that `compute` makes of a step.
template <typename Compute>
static Writer writeNumber(const Request &request, Compute compute) {
  const InputInfo &input = request.input;
  if (input.dtype == DType::I32 || input.numElements() != 1)
    request.failKind("which is one number and no integer");
  return [&input, compute](Session &session, const StepState &step) {
    double value = compute(step);
    session.write(input, std::span<const double>(&value, 1));
  };
}

/// Writes the tokens of a batch, or their targets.
template <std::vector<int32_t> Batch::*tokens>
static Writer writeTokens(const Request &request) {
  const InputInfo &input = request.input;
  auto size = static_cast<int64_t>((request.batch.*tokens).size());
  if (input.dtype != DType::I32 || input.numElements() != size)
    request.failKind("which are " + std::to_string(size) +
                     " integers, batch times context");
  return [&input](Session &session, const StepState &step) {
    session.write(input, std::span<const int32_t>(step.batch.*tokens));
  };
}

static Writer writeSetting(const Request &request) {
  const std::string &name = request.word("name");
  for (const Setting &setting : allSettings)
    if (setting.name == name)
      return writeNumber(request,
                         [value = setting.value](const StepState &step) {
                           return step.settings.*value;
                         });
  request.failKind("but there is no setting '" + name +
                   "'; known: " + namesOf(allSettings));
}

static Writer writeLearningRate(const Request &request) {
  return writeNumber(request, [](const StepState &step) {
    return learningRate(step.settings, step.index);
  });
}

static Writer writeBiasCorrection(const Request &request) {
  double beta = request.number("beta");
  if (!(beta >= 0 && beta < 1))
    request.failKind("whose 'beta' is not in [0, 1)");
  return writeNumber(request, [beta](const StepState &step) {
    return 1 - std::pow(beta, static_cast<double>(step.index + 1));
  });
}

static Writer writeFraction(const Request &request) {
  return writeNumber(request, [](const StepState &step) {
    return static_cast<double>(step.index) /
           static_cast<double>(step.settings.steps);
  });
}

/// In [0, 1), and exact in f32, so that every back end sees the same numbers.
static Writer writeRandom(const Request &request) {
  const InputInfo &input = request.input;
  double stream = request.number("stream");
  if (!(stream >= 0 && stream < 0x1p31) || stream != std::floor(stream))
    request.failKind("whose 'stream' is not a whole number from 0 to 2^31 - 1");
  if (input.dtype != DType::F32 && input.dtype != DType::F64)
    request.failKind("which are numbers in f32 or f64");
  if (input.numElements() > std::numeric_limits<uint32_t>::max())
    request.failKind("which are at most 2^32 - 1 numbers");
  auto number = static_cast<Stream>(static_cast<uint32_t>(Stream::Inputs) +
                                    static_cast<uint32_t>(stream));
  return [&input, number](Session &session, const StepState &step) {
    Random random(step.settings.seed, number);
    std::vector<double> values(static_cast<size_t>(input.numElements()));
    for (size_t i = 0; i != values.size(); ++i)
      values[i] =
          std::floor(0x1p24 * random.uniform(static_cast<uint64_t>(step.index),
                                             static_cast<uint32_t>(i))) *
          0x1p-24;
    session.write(input, std::span<const double>(values));
  };
}

static constexpr Kind kinds[] = {
    {"tokens", writeTokens<&Batch::tokens>},
    {"targets", writeTokens<&Batch::targets>},
    {"setting", writeSetting},
    {"learning_rate", writeLearningRate},
    {"bias_correction", writeBiasCorrection},
    {"fraction", writeFraction},
    {"random", writeRandom},
};

static Writer makeWriter(const Request &request) {
  const std::string &kind = request.input.fill.kind;
  if (kind.empty())
    request.fail("does not say what fills it ('fill' of the manifest)");
  for (const Kind &known : kinds)
    if (known.name == kind)
      return known.make(request);
  request.failKind("which training does not know; it knows " + namesOf(kinds));
}

InputFiller::InputFiller(const EntryInfo &entry, const Batch &batch) {
  for (const InputInfo &input : entry.inputs)
    writers.push_back(makeWriter({entry, input, batch}));
}

void InputFiller::fill(Session &session, const StepState &step) const {
  for (const Writer &write : writers)
    write(session, step);
}
