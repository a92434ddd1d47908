//===- Checkpoints.cpp - The checkpoints of a run in progress -------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoints.h"

#include "Commands.h"

#include <unistd.h>
#include <utility>

using namespace wavrt;
namespace fs = std::filesystem;

Checkpoints::Checkpoints(const fs::path &run, int64_t keep,
                         const std::optional<Checkpoint> &resumed)
    : keep(keep) {
  if (run.empty())
    return;
  directory.emplace(run);
  checkLater(resumed ? resumed->state.step : 0);
  if (resumed) {
    unjudged = resumed->directory;
    whole.insert(unjudged);
  }
}

/// Later ones that are bad or not whole are in nobody's way.
void Checkpoints::checkLater(int64_t stepsDone) const {
  for (const auto &[step, path] : listCheckpoints(directory->path())) {
    if (step <= stepsDone)
      return;
    try {
      if (openCheckpoint(path).verdict != Verdict::Bad)
        throw Error("'" + directory->path().string() +
                    "' already holds a checkpoint of step " +
                    std::to_string(step) + "; continue it with --resume " +
                    directory->path().string() + ", or give another --out");
    } catch (const DamagedCheckpoint &) {
    }
  }
}

bool Checkpoints::isOwn(const fs::path &checkpoint) const {
  return directory && checkpoint.parent_path() == directory->path();
}

/// The mark alone does not count: a file may have been damaged since.
bool Checkpoints::isGood(const fs::path &checkpoint) {
  if (verdictOf(checkpoint) != Verdict::Good)
    return false;
  if (whole.contains(checkpoint))
    return true;
  try {
    openCheckpoint(checkpoint);
  } catch (const Error &) {
    return false;
  }
  whole.insert(checkpoint);
  return true;
}

fs::path Checkpoints::save(Session &session, const CheckpointState &state) {
  const fs::path &run = directory->path();
  try {
    if (!directory->isHeld())
      throw Error("'" + run.string() +
                  "' is no more the directory that this run has locked");
    unjudged = saveCheckpoint(session, run, state);
  } catch (const Error &error) {
    if (error.code != ExitCode::BadInput)
      throw;
    fs::path beside = run;
    beside += ".rescued";
    try {
      unjudged = saveCheckpoint(session, beside, state);
    } catch (const Error &) {
      ::rmdir(beside.c_str()); // Unless it has entries.
      throw error;
    }
    warn(std::string(error.what()) + "; saved beside it");
  }
  return unjudged;
}

void Checkpoints::accept() {
  if (unjudged.empty())
    return;
  accepted = std::exchange(unjudged, {});
  if (!isOwn(accepted) || !directory->isHeld())
    return; // Another run's, which may not be ours to write to.
  try {
    if (verdictOf(accepted) != Verdict::Good)
      setVerdict(accepted, Verdict::Good);
    prune();
  } catch (const Error &error) {
    warn(error.what());
  }
}

fs::path Checkpoints::reject() {
  fs::path rejected = std::exchange(unjudged, {});
  try {
    if (isOwn(rejected) && directory->isHeld() &&
        verdictOf(rejected) == Verdict::Unknown)
      setVerdict(rejected, Verdict::Bad);
    if (accepted.empty() && directory)
      for (const auto &[step, path] : listCheckpoints(directory->path()))
        if (path != rejected && isGood(path))
          return path;
  } catch (const Error &error) {
    warn(error.what());
  }
  return accepted;
}

/// Removes what is older than the oldest good checkpoint that is kept.
void Checkpoints::prune() {
  if (keep == 0)
    return;
  int64_t good = 0;
  for (const auto &[step, path] : listCheckpoints(directory->path())) {
    if (good == keep)
      removePath(path);
    else if (isGood(path))
      ++good;
  }
}
