//===- WavOptMain.h - The wav-opt tool as a function ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVOPTMAIN_H
#define WAV_DRIVER_WAVOPTMAIN_H

namespace mlir::wav {
/// Runs wav-opt: every pass and pipeline on MLIR text or bytecode. Returns the
/// process exit code.
int wavOptMain(int argc, char **argv);
} // namespace mlir::wav

#endif // WAV_DRIVER_WAVOPTMAIN_H
