//===- Processor.cpp - What the machine's processor can do ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/processor.h"

#include <algorithm>
#include <cpuid.h>

using namespace wavrt;

namespace {
struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;

  Registers(unsigned leaf, unsigned subleaf) {
    // Zeros where there is no such leaf. The largest subleaf of leaf 7 is in
    // its first; what lies beyond repeats other leaves on some processors.
    if (leaf == 7 && subleaf > 0 && Registers(7, 0).eax < subleaf)
      return;
    __get_cpuid_count(leaf, subleaf, &eax, &ebx, &ecx, &edx);
  }
};

struct Feature {
  std::string_view name;
  bool isPresent;
};
} // namespace

static const std::vector<Feature> &features() {
  static const std::vector<Feature> all = {
#define WAVRT_FEATURE(NAME, LEAF, SUBLEAF, REGISTER, BIT, SAVED)               \
  {NAME, (Registers(LEAF, SUBLEAF).REGISTER >> BIT & 1) &&                     \
             __builtin_cpu_supports(SAVED)},
      WAVRT_FOR_EACH_FEATURE(WAVRT_FEATURE)
#undef WAVRT_FEATURE
  };
  return all;
}

std::string wavrt::processorName() {
  std::string name;
  for (unsigned leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
    Registers text(leaf, 0);
    for (unsigned word : {text.eax, text.ebx, text.ecx, text.edx})
      for (int i = 0; i != 4; ++i)
        if (char c = static_cast<char>(word >> 8 * i))
          name += c;
  }
  size_t first = name.find_first_not_of(' ');
  if (first == std::string::npos)
    return "of unknown name";
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

std::vector<std::string>
wavrt::missingFeatures(const std::vector<std::string> &needed) {
  std::vector<std::string> missing;
  for (const std::string &name : needed) {
    auto it = std::ranges::find(features(), name, &Feature::name);
    if (it != features().end() && !it->isPresent)
      missing.push_back(name);
  }
  return missing;
}

void wavrt::requireProcessor(const Manifest &manifest) {
  if (!__builtin_cpu_supports("x86-64-v3"))
    throw Error(ExitCode::Device,
                "this processor (" + processorName() +
                    ") has no AVX2 and FMA; WAV programs need an x86-64-v3 "
                    "processor (Intel since 2013, AMD since 2015)");
  std::vector<std::string> missing = missingFeatures(manifest.features);
  if (missing.empty())
    return;
  std::string names;
  for (const std::string &name : missing)
    names += (names.empty() ? "" : ", ") + name;
  throw Error(
      ExitCode::Device,
      "this program was compiled for a processor with " + names +
          ", which this one (" + processorName() +
          ") lacks; compile it with wavc --cpu=" +
          (__builtin_cpu_supports("x86-64-v4") ? "x86-64-v4" : "x86-64-v3"));
}
