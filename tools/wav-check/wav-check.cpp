//===- wav-check.cpp - Judge of ops, passes and back ends -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavCheckMain.h"

int main(int argc, char **argv) { return mlir::wav::wavCheckMain(argc, argv); }
