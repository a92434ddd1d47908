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
#include <sys/mman.h>

using namespace wavrt;

MappedFile::MappedFile(const std::string &path) : path_(path) {
  InputFile file(path);
  size = file.size();
  if (size == 0)
    return;
  void *result =
      ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (result == MAP_FAILED)
    throw Error("cannot read '" + path + "': " + std::strerror(errno));
  address = result;
}

MappedFile::~MappedFile() {
  if (address)
    ::munmap(address, size);
}
