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

fs::path wavrt::realPath(const fs::path &path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error);
  if (!error)
    result = fs::weakly_canonical(result, error);
  if (error)
    throw Error("cannot follow the path '" + path.string() +
                "': " + error.message());
  return result.has_filename() ? result : result.parent_path();
}

void wavrt::syncPath(const fs::path &path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool failed = file < 0 || ::fsync(file) != 0;
  int error = errno;
  if (file >= 0)
    ::close(file);
  if (failed)
    throw Error("cannot write '" + path.string() +
                "': " + std::strerror(error));
}

/// A hidden sibling. Readers see no name that starts with a dot.
static fs::path hidden(fs::path path, const char *suffix) {
  return path.replace_filename("." + path.filename().string() + suffix);
}

static void renamePath(const fs::path &from, const fs::path &to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error)
    throw Error("cannot rename '" + from.string() + "' to '" + to.string() +
                "': " + error.message());
}

void wavrt::removePath(const fs::path &path) {
  fs::path doomed = hidden(path, ".old");
  std::error_code error;
  fs::remove_all(doomed, error); // What an interrupted removal left.
  renamePath(path, doomed);
  fs::remove_all(doomed, error);
  if (error)
    throw Error("cannot remove '" + doomed.string() + "': " + error.message());
}

AtomicPath::AtomicPath(const fs::path &path)
    : destination(realPath(path)), temporary_(hidden(destination, ".tmp")) {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

AtomicPath::~AtomicPath() {
  std::error_code ignored;
  if (!temporary_.empty())
    fs::remove_all(temporary_, ignored);
}

void AtomicPath::commit() {
  syncPath(temporary_);
  // A directory cannot be renamed over one that has entries.
  std::error_code ignored;
  if (fs::is_directory(destination, ignored))
    removePath(destination);
  renamePath(temporary_, destination);
  temporary_.clear();
  syncPath(destination.parent_path());
}
