//===- processor.h - What the machine's processor can do --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime needs x86-64-v3. Compiled code may need more: the manifest names
// it, and a session refuses to start where it is missing, before any such
// instruction is met.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_PROCESSOR_H
#define WAVRT_PROCESSOR_H

/// The features beyond x86-64-v3 whose instructions LLVM chooses for arithmetic
/// on its own, as LLVM names them: X(name, leaf, subleaf, register, bit of
/// CPUID, the feature whose registers the operating system must save).
#define WAVRT_FOR_EACH_FEATURE(X)                                              \
  X("avx512f", 7, 0, ebx, 16, "avx512f")                                       \
  X("avx512dq", 7, 0, ebx, 17, "avx512f")                                      \
  X("avx512ifma", 7, 0, ebx, 21, "avx512f")                                    \
  X("avx512cd", 7, 0, ebx, 28, "avx512f")                                      \
  X("avx512bw", 7, 0, ebx, 30, "avx512f")                                      \
  X("avx512vl", 7, 0, ebx, 31, "avx512f")                                      \
  X("avx512vbmi", 7, 0, ecx, 1, "avx512f")                                     \
  X("avx512vbmi2", 7, 0, ecx, 6, "avx512f")                                    \
  X("gfni", 7, 0, ecx, 8, "avx")                                               \
  X("avx512vnni", 7, 0, ecx, 11, "avx512f")                                    \
  X("avx512bitalg", 7, 0, ecx, 12, "avx512f")                                  \
  X("avx512vpopcntdq", 7, 0, ecx, 14, "avx512f")                               \
  X("avx512fp16", 7, 0, edx, 23, "avx512f")                                    \
  X("avxvnni", 7, 1, eax, 4, "avx")                                            \
  X("avx512bf16", 7, 1, eax, 5, "avx512f")                                     \
  X("avxifma", 7, 1, eax, 23, "avx")                                           \
  X("avxvnniint8", 7, 1, edx, 4, "avx")                                        \
  X("avxneconvert", 7, 1, edx, 5, "avx")                                       \
  X("avxvnniint16", 7, 1, edx, 10, "avx")                                      \
  X("egpr", 7, 1, edx, 21, "avx")                                              \
  X("xop", 0x80000001, 0, ecx, 11, "avx")                                      \
  X("fma4", 0x80000001, 0, ecx, 16, "avx")                                     \
  X("tbm", 0x80000001, 0, ecx, 21, "avx")

#include "wavrt/program.h"

namespace wavrt {

/// As it names itself: "AMD EPYC 9354 32-Core Processor".
std::string processorName();

/// Those of `features` that the processor lacks. Names that are not in the list
/// above are ignored.
std::vector<std::string>
missingFeatures(const std::vector<std::string> &features);

/// Throws Error unless this machine can run the program.
void requireProcessor(const Manifest &manifest);

} // namespace wavrt

#endif // WAVRT_PROCESSOR_H
