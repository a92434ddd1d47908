//===- Arena.cpp - A zeroed, aligned block of memory ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arena.h"

#include "wavrt/program.h"

#include <sys/mman.h>
#include <utility>

using namespace wavrt;

Arena::Arena(size_t bytes) : bytes(bytes) {
  if (bytes == 0)
    return;
  memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw Error("cannot allocate " +
                (bytes < size_t(1) << 20
                     ? std::to_string(bytes) + " bytes"
                     : std::to_string(bytes >> 20) + " MiB") +
                " of memory; try a smaller --batch");
  // Fewer translation misses in the products; a refusal does no harm.
  madvise(memory, bytes, MADV_HUGEPAGE);
}

Arena::~Arena() {
  if (memory)
    munmap(memory, bytes);
}

Arena::Arena(Arena &&other) noexcept
    : memory(std::exchange(other.memory, nullptr)),
      bytes(std::exchange(other.bytes, 0)) {}

Arena &Arena::operator=(Arena &&other) noexcept {
  std::swap(memory, other.memory);
  std::swap(bytes, other.bytes);
  return *this;
}

void Arena::makeReadOnly() {
  if (memory)
    mprotect(memory, bytes, PROT_READ);
}
