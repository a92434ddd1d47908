//===- RunDirectory.h - Exclusive use of a run directory --------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_RUNDIRECTORY_H
#define WAVRT_TRAIN_RUNDIRECTORY_H

#include <filesystem>
#include <vector>

namespace wavrt {

/// The directory of a run, of which this process is the one that writes to it:
/// created if need be, and locked. The lock is the kernel's, on the file
/// `.lock`, so that it ends with its process however that ends; the file says
/// who holds it. What a killed writer left is removed.
class RunDirectory {
public:
  /// `path` is a realPath. Throws Error if it cannot be created, cannot be
  /// written to, or is another process's; the message names that.
  explicit RunDirectory(const std::filesystem::path &path);
  RunDirectory(const RunDirectory &) = delete;
  RunDirectory &operator=(const RunDirectory &) = delete;
  /// Unlocks it, and removes it if it was created and nothing was saved.
  ~RunDirectory();

  const std::filesystem::path &path() const { return path_; }

  /// Whether the directory of that name is still the one that was locked, with
  /// our lock in it: people move directories, and remove locks.
  bool isHeld() const;

private:
  void lock();

  std::filesystem::path path_, lockPath;
  std::vector<std::filesystem::path> created; ///< Innermost first.
  int lockFile = -1;                          ///< Open while locked.
  bool hasLocks = true;                       ///< Of the file system.
};

} // namespace wavrt

#endif // WAVRT_TRAIN_RUNDIRECTORY_H
