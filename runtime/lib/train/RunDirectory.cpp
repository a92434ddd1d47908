//===- RunDirectory.cpp - Exclusive use of a run directory ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunDirectory.h"

#include "Commands.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace wavrt;
namespace fs = std::filesystem;

/// Whether the file is still the one of that name: its last holder removes it.
static bool isNamed(int file, const fs::path &path) {
  struct stat open, named;
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static std::string describeSelf() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return "process " + std::to_string(::getpid()) + " on '" + host + "'";
}

/// What the holder wrote, which may not have come yet.
static std::string describeHolder(int file) {
  char text[512];
  ssize_t size = ::pread(file, text, sizeof text, 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size))
                  : "another process";
}

void RunDirectory::lock() {
  do {
    if (lockFile >= 0)
      ::close(lockFile);
    lockFile = ::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lockFile < 0)
      throw Error("cannot write to --out '" + path_.string() +
                  "': " + std::strerror(errno));
    if (::flock(lockFile, LOCK_EX | LOCK_NB) == 0)
      continue;
    int error = errno;
    std::string holder = describeHolder(lockFile);
    ::close(std::exchange(lockFile, -1));
    if (error == EWOULDBLOCK)
      throw Error("'" + path_.string() + "' is in use by " + holder +
                  "; wait for it or give another --out, or, if there is no "
                  "such process, remove '" +
                  lockPath.string() + "'");
    hasLocks = false;
    warn("cannot lock '" + lockPath.string() + "': " + std::strerror(error) +
         "; see to it that no other run writes there");
    return;
  } while (!isNamed(lockFile, lockPath));
  // Without it the message to others names nobody.
  std::string self = describeSelf();
  if (::ftruncate(lockFile, 0) != 0 ||
      ::pwrite(lockFile, self.data(), self.size(), 0) < 0)
    warn("cannot write '" + lockPath.string() + "': " + std::strerror(errno));
}

RunDirectory::RunDirectory(const fs::path &path)
    : path_(path), lockPath(path / ".lock") {
  if (stepOfName(path.filename().string()))
    throw Error("--out '" + path.string() +
                "' has the name of a checkpoint; name the directory that "
                "checkpoints go to");
  std::error_code error;
  for (fs::path part = path; !fs::exists(part, error) && !error;
       part = part.parent_path())
    created.push_back(part);
  fs::create_directories(path, error);
  if (error)
    throw Error("cannot write to --out '" + path.string() +
                "': " + error.message());
  lock();
  if (lockFile < 0)
    return; // Hidden names may be those of a run that writes now.
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().filename().string().starts_with(".step-"))
      leftovers.push_back(entry->path());
  for (const fs::path &leftover : leftovers)
    fs::remove_all(leftover, error);
}

bool RunDirectory::isHeld() const {
  return !hasLocks || isNamed(lockFile, lockPath);
}

RunDirectory::~RunDirectory() {
  bool held = isHeld();
  if (lockFile >= 0) {
    if (held)
      ::unlink(lockPath.c_str());
    ::close(lockFile);
  }
  if (!held)
    return; // What stands there now is somebody else's.
  for (const fs::path &directory : created)
    ::rmdir(directory.c_str()); // Unless it has entries.
}
