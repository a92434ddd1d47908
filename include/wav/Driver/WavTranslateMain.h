//===- WavTranslateMain.h - The wav-translate tool --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVTRANSLATEMAIN_H
#define WAV_DRIVER_WAVTRANSLATEMAIN_H

namespace mlir::wav {
/// Runs wav-translate: models between configuration files and MLIR. Returns the
/// process exit code.
int wavTranslateMain(int argc, char **argv);
} // namespace mlir::wav

#endif // WAV_DRIVER_WAVTRANSLATEMAIN_H
