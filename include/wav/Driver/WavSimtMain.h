//===- WavSimtMain.h - The wav-simt tool as a function ----------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVSIMTMAIN_H
#define WAV_DRIVER_WAVSIMTMAIN_H

namespace mlir::wav {
/// Runs wav-simt: one kernel of a dump on the CPU, with the checker. Returns
/// the process exit code: 1 for bad input and for reports, 2 for bad usage.
int wavSimtMain(int argc, char **argv);
} // namespace mlir::wav

#endif // WAV_DRIVER_WAVSIMTMAIN_H
