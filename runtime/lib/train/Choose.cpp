//===- Choose.cpp - Choosing where a program runs -------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/app.h"
#include "wavrt/cuda.h"

#include <cstdio>

using namespace wavrt;

Program wavrt::chooseProgram(const wavrt_program *cpu,
                             const wavrt_program *cuda, DeviceChoice choice) {
  if (choice == DeviceChoice::CPU)
    cuda = nullptr;
  if (choice == DeviceChoice::CUDA)
    cpu = nullptr;
  if (!cpu && !cuda)
    throw Error(ExitCode::BadUsage,
                "this program has no code for the chosen device; compile it "
                "with wavc --target=cpu,cuda");
  if (!cuda)
    return Program::fromCompiled(*cpu);
  CudaOpening opening = openCuda(*cuda->device);
  if (!cpu || !opening.failure)
    return Program::fromCompiled(*cuda, opening.makeDevice,
                                 (opening.failure ? "none: " : "") +
                                     opening.description);
  std::string device = "CPU, for want of a GPU: " + opening.description;
  std::fprintf(stderr, "note: running on the %s\n", device.c_str());
  return Program::fromCompiled(*cpu, nullptr, device);
}
