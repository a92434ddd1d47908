//===- checkpoint.h - Checkpoints on disk -----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run directory holds `step-00000010/` and so on. Each is whole or absent:
// it is written beside its place, synced, and renamed. docs/checkpoints.md
// describes the files.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_CHECKPOINT_H
#define WAVRT_CHECKPOINT_H

#include "wavrt/data.h"
#include "wavrt/program.h"

#include <filesystem>
#include <map>
#include <optional>

namespace wavrt {

/// A file or directory under construction: write to `temporary()`, a hidden
/// sibling of the destination, then `commit()`. Destroyed without a commit it
/// removes what was written.
class AtomicPath {
public:
  explicit AtomicPath(std::filesystem::path destination);
  AtomicPath(const AtomicPath &) = delete;
  AtomicPath &operator=(const AtomicPath &) = delete;
  ~AtomicPath();

  const std::filesystem::path &temporary() const { return temporary_; }

  /// Syncs, replaces the destination, and syncs its directory. Files inside a
  /// temporary directory must have been synced by their writers.
  void commit();

private:
  std::filesystem::path destination, temporary_;
};

/// The settings of a run, apart from model and data.
struct TrainSettings {
  int64_t steps = 0; ///< Total, counted from step 0.
  double learningRate = 1e-3, minLearningRate = 1e-4;
  int64_t warmup = 0; ///< steps
  double weightDecay = 0.1;
  double clip = 1.0; ///< Largest global gradient norm; 0: no clipping.
  uint64_t seed = 1337;
};

/// Identifies training data by content, so that a file may move.
struct DataIdentity {
  uint64_t bytes = 0, checksum = 0;
  int64_t trainingTokens = 0;
  bool operator==(const DataIdentity &) const = default;
  static DataIdentity of(const Dataset &dataset);
};

/// What state.json records.
struct CheckpointState {
  int64_t step = 0; ///< Steps done.
  TrainSettings settings;
  std::string modelJson; ///< Manifest::modelJson of the program.
  int64_t batch = 0, context = 0;
  std::string precision, target;
  std::optional<AdamWInfo> optimizer; ///< As Manifest::optimizer.
  Vocabulary vocabulary;              ///< Empty for models of token ids.
  DataIdentity data;
};

struct Checkpoint {
  std::filesystem::path directory;
  CheckpointState state;
};

/// The step of a checkpoint's directory name, if it is one.
std::optional<int64_t> stepOfName(const std::string &name);

/// Writes `run`/step-NNNNNNNN from the session and returns its path. A broken
/// checkpoint of that step is replaced.
std::filesystem::path saveCheckpoint(Session &session,
                                     const std::filesystem::path &run,
                                     const CheckpointState &state);

/// Reads one checkpoint directory. Throws Error if it is not whole: a file
/// missing, cut short, or with another checksum than state.json says.
Checkpoint openCheckpoint(const std::filesystem::path &directory);

/// `path` is one checkpoint, or a run directory: then the newest whole one.
/// Newer ones that are not whole are skipped and described in `warnings`.
Checkpoint findCheckpoint(const std::filesystem::path &path,
                          std::vector<std::string> &warnings);

/// The newest whole checkpoint of a run directory, if there is any.
std::optional<Checkpoint> newestCheckpoint(const std::filesystem::path &run,
                                           std::vector<std::string> &warnings);

/// Loads the parameters and, if asked, the optimiser state. Throws Error if
/// the checkpoint is of another model; the message names the difference.
void loadCheckpoint(Session &session, const Checkpoint &checkpoint,
                    bool optimizer);

/// Removes all but the newest `keep` checkpoints (0: keeps all), and what an
/// interrupted write may have left.
void pruneCheckpoints(const std::filesystem::path &run, int64_t keep);

} // namespace wavrt

#endif // WAVRT_CHECKPOINT_H
