//===- XxHash.h - XXH3 checksums --------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_DATA_XXHASH_H
#define WAVRT_DATA_XXHASH_H

// Header-only, so that programs need no further library.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace wavrt {

inline uint64_t xxh3(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// The same of bytes that come in pieces.
class XXH3 {
public:
  XXH3() { XXH3_64bits_reset(&state); }
  void add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(&state, bytes.data(), bytes.size());
  }
  uint64_t digest() const { return XXH3_64bits_digest(&state); }

private:
  XXH3_state_t state;
};

} // namespace wavrt

#endif // WAVRT_DATA_XXHASH_H
