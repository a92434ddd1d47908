//===- WavCheckMain.h - The wav-check tool as a function --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVCHECKMAIN_H
#define WAV_DRIVER_WAVCHECKMAIN_H

namespace mlir::wav {
/// Runs wav-check: judges every function of a file. Returns the process exit
/// code, 1 if any function fails.
int wavCheckMain(int argc, char **argv);
} // namespace mlir::wav

#endif // WAV_DRIVER_WAVCHECKMAIN_H
