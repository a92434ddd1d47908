//===- Checkpoints.h - The checkpoints of a run in progress -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TRAIN_CHECKPOINTS_H
#define WAVRT_TRAIN_CHECKPOINTS_H

#include "RunDirectory.h"

#include "wavrt/checkpoint.h"

#include <set>

namespace wavrt {

/// The checkpoints of a run in progress: which are good, and which are kept.
///
/// A checkpoint is written after an update that no forward pass has seen. The
/// step that starts from it judges it: `accept` makes it good, `reject` bad.
class Checkpoints {
public:
  /// Takes the directory `run` (a realPath), or saves nothing if that is empty.
  /// The next step starts from `resumed`, if that is given. Of the good ones,
  /// the `keep` newest are kept; 0 for all. Throws Error if the directory
  /// cannot be had, or holds a later checkpoint that may be of use: a directory
  /// holds one run, which --resume continues and nothing else may add to.
  Checkpoints(const std::filesystem::path &run, int64_t keep,
              const std::optional<Checkpoint> &resumed);

  bool enabled() const { return directory.has_value(); }

  /// Writes a checkpoint, which the next step will judge, and returns its path:
  /// in the directory or, where that fails, in one beside it, since steps are
  /// worth more than the place that was named. Throws Error if both fail.
  std::filesystem::path save(Session &session, const CheckpointState &state);

  /// The step from the state of the last save, if there was one, was finite.
  void accept();
  /// It was not. Returns the newest good checkpoint, or an empty path.
  std::filesystem::path reject();

private:
  void checkLater(int64_t stepsDone) const;
  bool isGood(const std::filesystem::path &checkpoint);
  bool isOwn(const std::filesystem::path &checkpoint) const;
  void prune();

  std::optional<RunDirectory> directory;
  int64_t keep;
  std::filesystem::path unjudged;        ///< What the next step starts from.
  std::filesystem::path accepted;        ///< The last that a step accepted.
  std::set<std::filesystem::path> whole; ///< What need not be read again.
};

} // namespace wavrt

#endif // WAVRT_TRAIN_CHECKPOINTS_H
