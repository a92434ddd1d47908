//===- SharedLibrary.h - Libraries found at run time ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_SHAREDLIBRARY_H
#define WAVRT_LIB_CUDA_SHAREDLIBRARY_H

#include <initializer_list>
#include <string>

namespace wavrt {

/// A library of which the program runs without a copy. It stays loaded until
/// the process ends: NVIDIA's cannot be unloaded safely.
class SharedLibrary {
public:
  /// Loads the file that the environment variable names, if it is set, else
  /// the first of `names` that the loader finds. Throws Error (device) that
  /// ends in `advice`.
  SharedLibrary(const char *variable, std::initializer_list<const char *> names,
                const char *advice);

  /// Sets `function` to the symbol `name`. Throws Error (device) that ends in
  /// `advice`.
  template <typename Function>
  void find(Function *&function, const char *name, const char *advice) const {
    function = reinterpret_cast<Function *>(address(name, advice));
  }

private:
  void *address(const char *name, const char *advice) const;

  void *handle = nullptr;
  std::string path; ///< As given to the loader.
};

} // namespace wavrt

#endif // WAVRT_LIB_CUDA_SHAREDLIBRARY_H
