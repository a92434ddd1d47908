//===- checkpoint.h - Checkpoints on disk -----------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run directory holds `step-00000010/` and so on. Each is whole or absent:
// it is written beside its place, synced, and renamed; it is renamed again
// before it is removed. docs/checkpoints.md describes the files.
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

/// Absolute, without links, `.` and `..`, and without a slash at the end; its
/// last parts need not exist. What derives a path from another starts from
/// this one, so that neighbours are those of the file and not of its link.
/// Throws Error.
std::filesystem::path realPath(const std::filesystem::path &path);

/// Brings a file, or the entries of a directory, to the disk. Throws Error.
void syncPath(const std::filesystem::path &path);

/// Removes a file or a directory so that whoever reads it finds it whole or
/// absent: under its own name it is gone at once. Throws Error.
void removePath(const std::filesystem::path &path);

/// A file or directory under construction: write to `temporary()`, a hidden
/// sibling of the destination, then `commit()`. Destroyed without a commit it
/// removes what was written.
class AtomicPath {
public:
  explicit AtomicPath(const std::filesystem::path &destination);
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

/// Size and XXH3 (64 bits) of a file.
struct FileDigest {
  uint64_t bytes = 0, checksum = 0;
  bool operator==(const FileDigest &) const = default;
};
/// None if there is no such file; throws Error if it cannot be read.
std::optional<FileDigest> digestOf(const std::filesystem::path &path);

/// Identifies the data of a run by content, so that files may move.
struct DataIdentity {
  FileDigest training;
  int64_t trainingTokens = 0;
  /// Of the file that holds the validation tokens; absent in checkpoints of
  /// before it was recorded.
  std::optional<FileDigest> validation;
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
  std::string tiles; ///< Session::tiles; empty in older checkpoints.
  std::optional<OptimizerInfo> optimizer; ///< As Manifest::optimizer.
  Vocabulary vocabulary;                  ///< Empty for models of token ids.
  DataIdentity data;
};

/// What the step that started from a checkpoint found, kept as an empty file of
/// this name beside the others. `Unknown` has no file.
enum class Verdict { Unknown, Good, Bad };

struct Checkpoint {
  std::filesystem::path directory; ///< A realPath.
  CheckpointState state;
  Verdict verdict = Verdict::Unknown;
};

/// Thrown for a checkpoint of which something is missing, cut short, changed or
/// out of range. One that cannot be read is an Error, and not of this kind.
class DamagedCheckpoint : public Error {
public:
  using Error::Error;
};

/// The step of a checkpoint's directory name, if it is one.
std::optional<int64_t> stepOfName(const std::string &name);

/// Step and directory of the checkpoints of a run, newest first, whole or not.
/// None if there is no such directory; throws Error if it cannot be read.
std::vector<std::pair<int64_t, std::filesystem::path>>
listCheckpoints(const std::filesystem::path &run);

/// Writes `run`/step-NNNNNNNN from the session and returns its path. A
/// checkpoint of that step is replaced.
std::filesystem::path saveCheckpoint(Session &session,
                                     const std::filesystem::path &run,
                                     const CheckpointState &state);

Verdict verdictOf(const std::filesystem::path &directory);
void setVerdict(const std::filesystem::path &directory, Verdict verdict);

/// Reads one checkpoint directory. Throws DamagedCheckpoint if it is not whole,
/// Error if it cannot be read.
Checkpoint openCheckpoint(const std::filesystem::path &directory);

/// `path` is one checkpoint, or a run directory: then the newest whole one that
/// is not bad. Newer ones are skipped and described in `warnings`. Throws Error
/// if there is none, or if one cannot be read: taking an older one for it would
/// lose what may be whole.
Checkpoint findCheckpoint(const std::filesystem::path &path,
                          std::vector<std::string> &warnings);

/// Loads the parameters and, if asked, the optimiser state. Throws Error if
/// the checkpoint is of another model; the message names the difference.
void loadCheckpoint(Session &session, const Checkpoint &checkpoint,
                    bool optimizer);

} // namespace wavrt

#endif // WAVRT_CHECKPOINT_H
