//===- wavc.cpp - Ahead-of-time compiler -------------------------*- C++
//-*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavcMain.h"

int main(int argc, char **argv) { return mlir::wav::wavcMain(argc, argv); }
