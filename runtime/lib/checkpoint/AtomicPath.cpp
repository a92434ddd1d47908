//===- AtomicPath.cpp - Whole or absent files and directories -------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/checkpoint.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace wavrt;
namespace fs = std::filesystem;

static void sync(const fs::path &path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool failed = file < 0 || ::fsync(file) != 0;
  int error = errno;
  if (file >= 0)
    ::close(file);
  if (failed)
    throw Error("cannot write '" + path.string() +
                "': " + std::strerror(error));
}

AtomicPath::AtomicPath(fs::path path) : destination(std::move(path)) {
  temporary_ = destination;
  temporary_.replace_filename("." + destination.filename().string() + ".tmp");
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

AtomicPath::~AtomicPath() {
  std::error_code ignored;
  if (!temporary_.empty())
    fs::remove_all(temporary_, ignored);
}

void AtomicPath::commit() {
  sync(temporary_);
  try {
    // A directory cannot be renamed over one that has entries.
    if (fs::is_directory(temporary_))
      fs::remove_all(destination);
    fs::rename(temporary_, destination);
  } catch (const fs::filesystem_error &error) {
    throw Error("cannot write '" + destination.string() +
                "': " + error.code().message());
  }
  temporary_.clear();
  sync(destination.has_parent_path() ? destination.parent_path()
                                     : fs::path("."));
}
