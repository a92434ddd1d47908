//===- Entry.h - Access to the inputs and outputs of entries ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_ENTRY_H
#define WAVRT_TRAIN_ENTRY_H

#include "wavrt/program.h"

#include <initializer_list>

namespace wavrt {

/// These throw Error when the program lacks what is asked for: it was then
/// made by a compiler of another version.
const EntryInfo &findEntry(const Session &session, std::string_view name);
const InputInfo &findInput(const EntryInfo &entry, std::string_view name);
const TensorInfo &findOutput(const EntryInfo &entry, std::string_view name);

/// An entry point that the user named. Throws Error if there is none.
const EntryInfo &chooseEntry(const Session &session, const std::string &name);

/// Whether an input is a position, below the context; other integers are
/// tokens.
bool isPosition(const InputInfo &input);

/// Throws Error if the entry has an input that is not among `known`.
void checkInputs(const EntryInfo &entry,
                 std::initializer_list<std::string_view> known);

void writeInput(Session &session, const EntryInfo &entry, std::string_view name,
                std::span<const int32_t> values);
void writeInput(Session &session, const EntryInfo &entry, std::string_view name,
                double value);
double readOutput(Session &session, const EntryInfo &entry,
                  std::string_view name);

} // namespace wavrt

#endif // WAVRT_TRAIN_ENTRY_H
