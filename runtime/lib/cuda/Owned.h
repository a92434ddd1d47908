//===- Owned.h - Handles that are given back --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CUDA_OWNED_H
#define WAVRT_LIB_CUDA_OWNED_H

#include "Driver.h"

#include <utility>

namespace wavrt::cuda {

/// A handle of a library, and its function that destroys it.
template <typename Handle, typename Result = CUresult> class Owned {
public:
  explicit Owned(Result (*destroy)(Handle)) : destroy(destroy) {}
  Owned(Owned &&other) noexcept
      : destroy(other.destroy), handle(std::exchange(other.handle, Handle())) {}
  Owned &operator=(Owned &&) = delete;
  ~Owned() {
    if (handle)
      destroy(handle);
  }

  /// For the function that makes the handle.
  Handle *out() { return &handle; }
  Handle get() const { return handle; }

private:
  Result (*destroy)(Handle);
  Handle handle = Handle();
};

} // namespace wavrt::cuda

#endif // WAVRT_LIB_CUDA_OWNED_H
