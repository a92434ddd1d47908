//===- Arena.h - A zeroed, aligned block of memory --------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CORE_ARENA_H
#define WAVRT_LIB_CORE_ARENA_H

#include <cstddef>

namespace wavrt {

/// Anonymous pages: zero until touched, and page aligned.
class Arena {
public:
  Arena() = default;
  /// Throws Error if the system has not as many bytes.
  explicit Arena(size_t bytes);
  ~Arena();
  Arena(Arena &&other) noexcept;
  Arena &operator=(Arena &&other) noexcept;

  void *data() const { return memory; }
  size_t size() const { return bytes; }
  void makeReadOnly();

private:
  void *memory = nullptr;
  size_t bytes = 0;
};

} // namespace wavrt

#endif // WAVRT_LIB_CORE_ARENA_H
