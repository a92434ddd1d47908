//===- WavCheckMain.h - The wav-check tool as a function --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_WAVCHECKMAIN_H
#define WAV_DRIVER_WAVCHECKMAIN_H

#include "wav/Simt/Executor.h"
#include "wav/Target/JIT.h"

#include <functional>

namespace mlir::wav {

/// The runtime that compiled functions run on. It is the tool that links it:
/// this library has no runtime.
struct CheckRuntime {
  /// `wavrt::abiSymbols()`.
  SmallVector<RuntimeSymbol> symbols;
  /// Runs one entry point of a program in a session of its own: `before` fills
  /// the zeroed arenas, `after` sees what the entry point left. `executor` runs
  /// the kernels of a program for a GPU, and is null for another. Returns false
  /// after a message if it fails.
  std::function<bool(const wavrt_program &program,
                     std::shared_ptr<SimtExecutor> executor, StringRef entry,
                     function_ref<void(void *const *arenas)> before,
                     function_ref<void(void *const *arenas)> after)>
      run;
};

/// Runs wav-check: judges every function of a file. Returns the process exit
/// code, 1 if any function fails.
int wavCheckMain(int argc, char **argv, const CheckRuntime &runtime);

} // namespace mlir::wav

#endif // WAV_DRIVER_WAVCHECKMAIN_H
