//===- Entry.cpp - Access to the inputs and outputs of entries ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entry.h"

#include <algorithm>

using namespace wavrt;

[[noreturn]] static void fail(const std::string &problem) {
  throw Error(problem + "; compile the model again, with the compiler of this "
                        "version");
}

static std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

const EntryInfo &wavrt::findEntry(const Session &session,
                                  std::string_view name) {
  if (const EntryInfo *entry = session.manifest().findEntry(name))
    return *entry;
  fail("the program has no entry point " + quoted(name));
}

const InputInfo &wavrt::findInput(const EntryInfo &entry,
                                  std::string_view name) {
  if (const InputInfo *input = entry.findInput(name))
    return *input;
  fail("entry point " + quoted(entry.name) + " has no input " + quoted(name));
}

const TensorInfo &wavrt::findOutput(const EntryInfo &entry,
                                    std::string_view name) {
  if (const TensorInfo *output = entry.findOutput(name))
    return *output;
  fail("entry point " + quoted(entry.name) + " has no output " + quoted(name));
}

const EntryInfo &wavrt::chooseEntry(const Session &session,
                                    const std::string &name) {
  if (const EntryInfo *entry = session.manifest().findEntry(name))
    return *entry;
  std::string names;
  for (const EntryInfo &entry : session.manifest().entries)
    names += (names.empty() ? "" : ", ") + entry.name;
  throw Error("the program has no entry point " + quoted(name) +
              "; it has: " + names);
}

bool wavrt::isPosition(const InputInfo &input) {
  return input.fill.kind == "position";
}

void wavrt::checkInputs(const EntryInfo &entry,
                        std::initializer_list<std::string_view> known) {
  for (const TensorInfo &input : entry.inputs)
    if (std::ranges::find(known, input.name) == known.end())
      fail("entry point " + quoted(entry.name) + " has the unknown input " +
           quoted(input.name));
}

void wavrt::writeInput(Session &session, const EntryInfo &entry,
                       std::string_view name, std::span<const int32_t> values) {
  session.write(findInput(entry, name), values);
}

void wavrt::writeInput(Session &session, const EntryInfo &entry,
                       std::string_view name, double value) {
  session.write(findInput(entry, name), std::span<const double>(&value, 1));
}

double wavrt::readOutput(Session &session, const EntryInfo &entry,
                         std::string_view name) {
  double value;
  session.read(findOutput(entry, name), std::span(&value, 1));
  return value;
}
