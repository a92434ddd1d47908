//===- ReadFile.cpp - Reading files that may be absent --------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadFile.h"

#include "wavrt/program.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace wavrt;

namespace {
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0)
      ::close(value);
  }
};
} // namespace

bool wavrt::readFile(
    const std::filesystem::path &path,
    const std::function<void(std::span<const std::byte>)> &use) {
  auto fail = [&] {
    throw Error("cannot read '" + path.string() + "': " + std::strerror(errno) +
                "; it may be whole, so see to that first");
  };
  // Opening a pipe would wait for its writer.
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0 && (errno == ENOENT || errno == ENOTDIR))
    return false;
  struct stat status;
  if (file.value < 0 || ::fstat(file.value, &status) != 0)
    fail();
  if (!S_ISREG(status.st_mode))
    return false;
  std::vector<std::byte> piece(1 << 20);
  for (;;) {
    ssize_t size = ::read(file.value, piece.data(), piece.size());
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      fail();
    if (size == 0)
      return true;
    use(std::span(piece).first(static_cast<size_t>(size)));
  }
}
