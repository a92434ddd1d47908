//===- JIT.h - Objects in memory --------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_TARGET_JIT_H
#define WAV_TARGET_JIT_H

#include "wavrt/abi.h"

#include "mlir/Support/LLVM.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::wav {

/// A function of the runtime that compiled code may call.
struct RuntimeSymbol {
  std::string name;
  void *address;
};

/// A compiled program, linked into this process.
class JITProgram {
public:
  /// Links `objects`, which together export `wav_program`. They may refer to
  /// `symbols` and to memcpy, memmove and memset, and to nothing else, whatever
  /// this process contains.
  static llvm::Expected<std::shared_ptr<JITProgram>>
  link(ArrayRef<SmallVector<char, 0>> objects, ArrayRef<RuntimeSymbol> symbols);
  ~JITProgram();

  /// Valid as long as this object lives, as are the functions it points to.
  const wavrt_program &get() const { return *program; }

private:
  JITProgram();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  const wavrt_program *program = nullptr;
};

} // namespace mlir::wav

#endif // WAV_TARGET_JIT_H
