//===- InputFile.cpp - A regular file, open for reading -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/data.h"
#include "wavrt/program.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace wavrt;

InputFile::InputFile(const std::string &path) : path_(path) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  descriptor_ =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status = {};
  const char *problem = nullptr;
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0)
    problem = std::strerror(errno);
  else if (S_ISDIR(status.st_mode))
    problem = std::strerror(EISDIR);
  else if (!S_ISREG(status.st_mode))
    problem = "not a regular file";
  if (problem) {
    std::string message = "cannot read '" + path + "': " + problem;
    if (descriptor_ >= 0)
      ::close(descriptor_);
    throw Error(message);
  }
  size_ = static_cast<size_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(size_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(),
                          static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      throw Error("cannot read '" + path_ + "' at offset " +
                  std::to_string(offset) + ": " +
                  (got < 0 ? std::string(std::strerror(errno))
                           : "it has been cut short since it was opened with " +
                                 std::to_string(size_) +
                                 " bytes; put the whole file back"));
    offset += static_cast<size_t>(got);
    bytes = bytes.subspan(static_cast<size_t>(got));
  }
}
