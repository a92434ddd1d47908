//===- MappedFile.cpp - Read-only mapping of a file -----------------------===//
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace wavrt;

MappedFile::MappedFile(const std::string &path) : path_(path) {
  auto fail = [&](const char *reason) -> void {
    throw Error("cannot read '" + path + "': " + reason);
  };
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    fail(std::strerror(errno));
  struct stat status;
  int error = ::fstat(file, &status) != 0 ? errno : 0;
  if (!error && S_ISDIR(status.st_mode))
    error = EISDIR;
  if (!error && !S_ISREG(status.st_mode))
    error = ENODEV; // What mmap says of pipes and terminals.
  if (!error && status.st_size > 0) {
    size = static_cast<size_t>(status.st_size);
    void *result = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (result == MAP_FAILED)
      error = errno;
    else
      address = result;
  }
  ::close(file);
  if (error)
    fail(error == ENODEV ? "not a regular file" : std::strerror(error));
}

MappedFile::~MappedFile() {
  if (address)
    ::munmap(address, size);
}
