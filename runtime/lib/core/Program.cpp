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
    : manifest_(std::move(manifest)), constants_(std::move(constants)) {
  for (EntryFn &entry : entries)
    entries_.push_back(
        {[run = std::move(entry)](wavrt_context *context, void *const *) {
           return run(context);
         },
         {}});
  check();
}

void Program::check() const {
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

Program Program::fromCompiled(const wavrt_program &program,
                              DeviceFactory makeDevice, std::string device) {
  if (program.magic != WAVRT_MAGIC)
    throw Error("program: not a compiled WAV program (wrong magic number)");
  if (program.abi_version != WAVRT_ABI_VERSION)
    throw Error("program: compiled for version " +
                std::to_string(program.abi_version) +
                " of the runtime, this is version " +
                std::to_string(WAVRT_ABI_VERSION) + "; recompile the model");

  Program result;
  result.device_ = std::move(device);
  Manifest &manifest = result.manifest_;
  manifest = Manifest::parse({program.manifest, program.manifest_size});
  for (uint32_t i = 0; i < program.num_entries; ++i) {
    const wavrt_entry &entry = program.entries[i];
    if (i < manifest.entries.size() && manifest.entries[i].name != entry.name)
      throw Error("program: entry point " + std::to_string(i) + " is '" +
                  entry.name + "' in the code and '" +
                  manifest.entries[i].name + "' in the manifest");
    result.entries_.push_back(
        {entry.run, {entry.addresses, 2 * entry.num_addresses}});
  }
  auto *first = static_cast<const std::byte *>(program.constants);
  result.constants_.assign(first, first + manifest.arenaBytes[WAVRT_CONSTANTS]);
  if (program.device) {
    if (!makeDevice)
      throw Error(ExitCode::Device, "program: compiled for '" +
                                        manifest.target +
                                        "', and no such device was opened");
    result.deviceCode_ = program.device;
    result.deviceKernels_ = {program.device_kernels,
                             program.num_device_kernels};
    result.makeDevice_ = std::move(makeDevice);
  }
  result.check();
  return result;
}
