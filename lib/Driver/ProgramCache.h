//===- ProgramCache.h - Programs of earlier compilations --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file for each program, named by a digest of all that it depends on: the
// module, the passes with their options, the processor, the compiler itself.
// Files appear whole, under names that say their contents, so that any number
// of processes may share a folder. What was not used for longest makes room.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_DRIVER_PROGRAMCACHE_H
#define WAV_LIB_DRIVER_PROGRAMCACHE_H

#include "wav/Driver/Compiler.h"

namespace mlir::wav {

class ProgramCache {
public:
  /// Of the program that `module` becomes. `passes` are, as text, all that are
  /// run on it. None if `options` asks for no cache.
  static std::optional<ProgramCache> create(ModuleOp module, StringRef passes,
                                            const CPUTarget &cpu,
                                            const CompileOptions &options);

  /// None if it is not there, or damaged.
  std::optional<SmallVector<Object>> load() const;
  /// Warns, at `location`, if it cannot be written.
  void store(ArrayRef<Object> program, Location location) const;

private:
  std::string key, folder, path;
};

} // namespace mlir::wav

#endif // WAV_LIB_DRIVER_PROGRAMCACHE_H
