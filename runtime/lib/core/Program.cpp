//===- Program.cpp - A manifest with its entry points -----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/program.h"

using namespace wavrt;

Program::Program(Manifest manifest, std::vector<EntryFn> entries,
                 std::vector<std::byte> constants)
    : manifest_(std::move(manifest)), entries_(std::move(entries)),
      constants_(std::move(constants)) {
  if (entries_.size() != manifest_.entries.size())
    throw Error("program: the manifest lists " +
                std::to_string(manifest_.entries.size()) +
                " entry points, the code has " +
                std::to_string(entries_.size()));
  if (constants_.size() != manifest_.arenaBytes[WAVRT_CONSTANTS])
    throw Error("program: the manifest states " +
                std::to_string(manifest_.arenaBytes[WAVRT_CONSTANTS]) +
                " bytes of constants, the code has " +
                std::to_string(constants_.size()));
}

Program Program::fromCompiled(const wavrt_program &program) {
  if (program.magic != WAVRT_MAGIC)
    throw Error("program: not a compiled WAV program (wrong magic number)");
  if (program.abi_version != WAVRT_ABI_VERSION)
    throw Error("program: compiled for version " +
                std::to_string(program.abi_version) +
                " of the runtime, this is version " +
                std::to_string(WAVRT_ABI_VERSION) + "; recompile the model");

  Manifest manifest =
      Manifest::parse({program.manifest, program.manifest_size});
  std::vector<EntryFn> entries;
  for (uint32_t i = 0; i < program.num_entries; ++i) {
    const wavrt_entry &entry = program.entries[i];
    if (i < manifest.entries.size() && manifest.entries[i].name != entry.name)
      throw Error("program: entry point " + std::to_string(i) + " is '" +
                  entry.name + "' in the code and '" +
                  manifest.entries[i].name + "' in the manifest");
    entries.emplace_back(entry.run);
  }
  auto *first = static_cast<const std::byte *>(program.constants);
  std::vector<std::byte> constants(
      first, first + manifest.arenaBytes[WAVRT_CONSTANTS]);
  return Program(std::move(manifest), std::move(entries), std::move(constants));
}
