//===- Link.h - Executables -------------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DRIVER_LINK_H
#define WAV_DRIVER_LINK_H

#include "wav/Target/CPU.h"

#include <string>
#include <vector>

namespace mlir::wav {

struct LinkOptions {
  /// A C++ compiler, to be run as a linker. If empty: the one that this
  /// compiler was built with, or else the first of c++, clang++-22, clang++
  /// and g++ on the path.
  std::string linker;
  /// Where libwavrt.a and libwavrt_main.a are. If empty: in the lib folder
  /// beside that of this process's executable, as they are when built and when
  /// installed.
  std::string runtime;
  /// Objects and libraries to link too, with what the programs call besides the
  /// runtime.
  std::vector<std::string> files;
  /// Prints the command on stderr.
  bool verbose = false;
};

/// Links objects with the runtime to an executable.
class Linker {
public:
  /// Fails if there is nothing to link with, if one of the files is missing, or
  /// if `output` cannot be written: better before a model is compiled than
  /// after.
  static llvm::Expected<Linker> create(StringRef output,
                                       const LinkOptions &options);

  /// Links `objects`, which export `wav_program` (code for the CPU),
  /// `wav_program_cuda` (for a GPU) or both. Writes a temporary
  /// sibling and renames it, so that a failure leaves at `output` what was
  /// there.
  llvm::Error link(ArrayRef<Object> objects) const;

private:
  std::string output, linker, runtime;
  std::vector<std::string> files;
  bool verbose = false;
};

} // namespace mlir::wav

#endif // WAV_DRIVER_LINK_H
