//===- wav-check.cpp - Judge of ops, passes and back ends -----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Simt/SimtDevice.h"

#include "wav/Driver/WavCheckMain.h"

#include "wavrt/program.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir::wav;

static bool runEntry(const wavrt_program &compiled,
                     std::shared_ptr<SimtExecutor> executor,
                     llvm::StringRef entry,
                     llvm::function_ref<void(void *const *)> before,
                     llvm::function_ref<void(void *const *)> after) {
  try {
    wavrt::Session session(wavrt::Program::fromCompiled(
        compiled, makeSimtDevices(std::move(executor))));
    void *arenas[WAVRT_NUM_ARENAS];
    for (int i = 0; i < WAVRT_NUM_ARENAS; ++i)
      arenas[i] = session.arena(static_cast<wavrt_arena>(i));
    before(arenas);
    session.run(entry.str());
    after(arenas);
    return true;
  } catch (const wavrt::Error &error) {
    llvm::errs() << "error: " << error.what() << "\n";
    return false;
  }
}

int main(int argc, char **argv) {
  CheckRuntime runtime;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    runtime.symbols.push_back({symbol.name, symbol.address});
  runtime.run = runEntry;
  return wavCheckMain(argc, argv, runtime);
}
