//===- WavcMain.h - The wavc tool as a function -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVCMAIN_H
#define WAV_DRIVER_WAVCMAIN_H

namespace mlir::wav {

/// Runs wavc: compiles a model to an executable. Returns the process exit code:
/// 0, 1 after one line on bad input or output, 2 on bad usage.
int wavcMain(int argc, char **argv);

} // namespace mlir::wav

#endif // WAV_DRIVER_WAVCMAIN_H
