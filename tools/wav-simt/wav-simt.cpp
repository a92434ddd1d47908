//===- wav-simt.cpp - One GPU kernel on the CPU ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavSimtMain.h"

int main(int argc, char **argv) { return mlir::wav::wavSimtMain(argc, argv); }
