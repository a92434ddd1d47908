//===- BFloat16.h - Numbers stored in two bytes -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_LIB_CORE_BFLOAT16_H
#define WAVRT_LIB_CORE_BFLOAT16_H

#include <bit>
#include <cstdint>

namespace wavrt {

/// A bfloat16 value: the upper half of a float.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  /// Rounds to nearest, ties to even; a NaN stays one.
  explicit BFloat16(float value) {
    uint32_t wide = std::bit_cast<uint32_t>(value);
    bool isNaN = (wide & 0x7fffffff) > 0x7f800000;
    bits =
        isNaN ? (wide >> 16) | 0x40 : (wide + 0x7fff + (wide >> 16 & 1)) >> 16;
  }
  explicit operator float() const {
    return std::bit_cast<float>(uint32_t(bits) << 16);
  }
};

} // namespace wavrt

#endif // WAVRT_LIB_CORE_BFLOAT16_H
