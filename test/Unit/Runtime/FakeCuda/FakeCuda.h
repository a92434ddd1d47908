//===- FakeCuda.h - A GPU that is none --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A shared library in the place of libcuda.so.1 and of libcublasLt. Its memory
// has addresses of its own; what is enqueued is done when it is waited for, so
// that what is not waited for is not there; and every call notes itself and
// fails if it is told to.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_FAKECUDA_H
#define WAVRT_TEST_FAKECUDA_H

#include <map>
#include <string>
#include <vector>

namespace wavrt::test {

struct FakeCuda {
  /// What it pretends to be.
  int devices = 1, major = 9, minor = 0, version = 12080;
  size_t memory = size_t(1) << 30;
  /// Whether cuBLASLt takes lists of matrices, as that of CUDA 13 does.
  bool takesLists = true;
  /// What a function returns instead of doing its work; for one image,
  /// "load <image>" is the function.
  std::map<std::string, int> failures;
  /// What waiting returns when a kernel of this name was launched.
  std::map<std::string, int> kernelFailures;
  /// What the assembler of the driver has to say.
  std::string jitLog;

  /// What was asked for, in order: "launch scale 4x32 shared 0", ...
  std::vector<std::string> log;
  /// What was made and not given back.
  int live = 0;
  /// Bytes allocated now.
  size_t used = 0;
};

} // namespace wavrt::test

/// The one of this process.
extern "C" wavrt::test::FakeCuda *fakeCuda();

#endif // WAVRT_TEST_FAKECUDA_H
