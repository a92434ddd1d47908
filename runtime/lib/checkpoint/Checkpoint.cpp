//===- Checkpoint.cpp - Checkpoints on disk -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/checkpoint.h"

#include "ReadFile.h"
#include "State.h"
#include "data/XxHash.h"
#include "wavrt/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace wavrt;
using nlohmann::json;
namespace fs = std::filesystem;

static constexpr const char *weightsFile = "weights.safetensors";
static constexpr const char *optimizerFile = "optimizer.safetensors";
static constexpr const char *stateFile = "state.json";

DataIdentity DataIdentity::of(const Dataset &dataset) {
  auto digest = [](const TokenFile &file) {
    return FileDigest{file.numBytes(), file.checksum()};
  };
  FileDigest training = digest(*dataset.training.file);
  bool split = dataset.validation.file == dataset.training.file;
  return {training, dataset.training.size,
          split ? training : digest(*dataset.validation.file)};
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void writeText(const fs::path &path, const std::string &text) {
  std::FILE *file = std::fopen(path.c_str(), "wbe");
  bool failed = !file ||
                std::fwrite(text.data(), 1, text.size(), file) != text.size() ||
                std::fflush(file) != 0 || ::fsync(::fileno(file)) != 0;
  int error = errno;
  if (file)
    std::fclose(file);
  if (failed)
    throw Error("cannot write '" + path.string() +
                "': " + std::strerror(error));
}

fs::path wavrt::saveCheckpoint(Session &session, const fs::path &run,
                               const CheckpointState &state) {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld",
                static_cast<long long>(state.step));
  fs::path directory = run / name;
  AtomicPath destination(directory);
  const fs::path &temporary = destination.temporary();
  std::error_code error;
  if (!fs::create_directories(temporary, error))
    throw Error("cannot create '" + temporary.string() + "': " +
                (error ? error.message() : "it is there already; remove it"));
  const Manifest &manifest = session.manifest();
  FileDigests files;
  files[weightsFile] =
      saveTensors(session, temporary / weightsFile, storedParameters(manifest));
  files[optimizerFile] =
      saveTensors(session, temporary / optimizerFile, storedMoments(manifest));
  writeText(temporary / stateFile, formatState(state, files));
  destination.commit();
  return directory;
}

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

std::optional<int64_t> wavrt::stepOfName(const std::string &name) {
  constexpr std::string_view prefix = "step-";
  std::string_view digits = name;
  if (!digits.starts_with(prefix))
    return std::nullopt;
  digits.remove_prefix(prefix.size());
  if (digits.size() < 8 || digits.size() > 18 ||
      digits.find_first_not_of("0123456789") != digits.npos)
    return std::nullopt;
  return std::stoll(std::string(digits));
}

[[noreturn]] static void failToRead(const fs::path &path,
                                    const std::error_code &error) {
  throw Error("cannot read '" + path.string() + "': " + error.message());
}

std::vector<std::pair<int64_t, fs::path>>
wavrt::listCheckpoints(const fs::path &run) {
  std::vector<std::pair<int64_t, fs::path>> result;
  std::error_code error;
  for (fs::directory_iterator entry(run, error), end; !error && entry != end;
       entry.increment(error))
    if (auto step = stepOfName(entry->path().filename().string()))
      result.emplace_back(*step, entry->path());
  if (error && error != std::errc::no_such_file_or_directory)
    failToRead(run, error);
  std::ranges::sort(result, std::greater());
  return result;
}

std::optional<FileDigest> wavrt::digestOf(const fs::path &path) {
  XXH3 hash;
  uint64_t bytes = 0;
  bool found = readFile(path, [&](std::span<const std::byte> piece) {
    hash.add(piece);
    bytes += piece.size();
  });
  if (!found)
    return std::nullopt;
  return FileDigest{bytes, hash.digest()};
}

Checkpoint wavrt::openCheckpoint(const fs::path &directory) {
  auto fail = [&](const std::string &reason) {
    throw DamagedCheckpoint("checkpoint '" + directory.string() +
                            "' is not whole: " + reason + "; use another one");
  };
  std::string text;
  bool found =
      readFile(directory / stateFile, [&](std::span<const std::byte> piece) {
        text.append(reinterpret_cast<const char *>(piece.data()), piece.size());
      });
  if (!found)
    fail("it has no state.json");
  FileDigests files;
  Checkpoint checkpoint{directory, {}, verdictOf(directory)};
  try {
    checkpoint.state = parseState(text, files);
  } catch (const Error &error) {
    fail(std::string("state.json: ") + error.what());
  }
  int64_t step = checkpoint.state.step;
  if (stepOfName(directory.filename().string()).value_or(step) != step)
    fail("it holds step " + std::to_string(step));
  for (const char *name : {weightsFile, optimizerFile}) {
    std::optional<FileDigest> digest = digestOf(directory / name);
    if (!digest)
      fail(std::string("it has no ") + name);
    if (!files.contains(name))
      fail(std::string("state.json does not list ") + name);
    if (*digest != files[name])
      fail(std::string("the checksum of ") + name + " does not match");
  }
  return checkpoint;
}

/// The newest whole checkpoint of a run that is not bad, if there is any.
static std::optional<Checkpoint>
newestCheckpoint(const fs::path &run, std::vector<std::string> &warnings) {
  for (const auto &[step, directory] : listCheckpoints(run)) {
    try {
      Checkpoint checkpoint = openCheckpoint(directory);
      if (checkpoint.verdict != Verdict::Bad)
        return checkpoint;
      warnings.push_back("skipped: checkpoint '" + directory.string() +
                         "' is bad: the step after it was not finite");
    } catch (const DamagedCheckpoint &error) {
      // The run may go on while we look: then a newer one has replaced it.
      std::error_code ignored;
      if (fs::status(directory, ignored).type() == fs::file_type::not_found)
        return newestCheckpoint(run, warnings);
      warnings.push_back(std::string("skipped: ") + error.what());
    }
  }
  return std::nullopt;
}

Checkpoint wavrt::findCheckpoint(const fs::path &path,
                                 std::vector<std::string> &warnings) {
  fs::path real = realPath(path);
  std::error_code error;
  fs::file_status status = fs::status(real, error);
  if (!fs::exists(status)) {
    if (fs::status_known(status))
      throw Error("there is no checkpoint '" + path.string() +
                  "'; name the directory given to --out or one of its steps");
    failToRead(real, error);
  }
  if (stepOfName(real.filename().string()) ||
      fs::exists(real / stateFile, error))
    return openCheckpoint(real);
  if (auto checkpoint = newestCheckpoint(real, warnings))
    return *checkpoint;
  throw Error("'" + path.string() +
              "' holds no whole checkpoint; name the directory given to --out "
              "or one of its steps");
}

//===----------------------------------------------------------------------===//
// Verdicts
//===----------------------------------------------------------------------===//

static fs::path fileOf(const fs::path &directory, Verdict verdict) {
  return directory / (verdict == Verdict::Good ? "good" : "bad");
}

Verdict wavrt::verdictOf(const fs::path &directory) {
  std::error_code ignored;
  for (Verdict verdict : {Verdict::Good, Verdict::Bad})
    if (fs::exists(fileOf(directory, verdict), ignored))
      return verdict;
  return Verdict::Unknown;
}

void wavrt::setVerdict(const fs::path &directory, Verdict verdict) {
  writeText(fileOf(directory, verdict), "");
  std::error_code none;
  Verdict other = verdict == Verdict::Good ? Verdict::Bad : Verdict::Good;
  fs::remove(fileOf(directory, other), none);
  syncPath(directory);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

[[noreturn]] static void failModel(const Checkpoint &checkpoint,
                                   const std::string &difference) {
  throw Error("checkpoint '" + checkpoint.directory.string() +
              "' is of another model: it has " + difference +
              "; use the model it was trained with");
}

/// Names the first key at which two configurations differ.
static void checkModel(const Checkpoint &checkpoint, const Manifest &manifest) {
  json stored = json::parse(checkpoint.state.modelJson);
  json model = json::parse(manifest.modelJson);
  if (stored == model)
    return;
  std::string difference = "another configuration";
  json changes = json::diff(stored, model);
  if (!changes.empty()) {
    auto at = json::json_pointer(changes[0]["path"].get<std::string>());
    auto show = [&](const json &document) {
      return document.contains(at) ? document[at].dump() : "nothing";
    };
    difference = at.to_string().substr(1) + " = " + show(stored) +
                 ", the program " + show(model);
  }
  failModel(checkpoint, difference);
}

/// What is used of the state must fit the program, whoever wrote it.
static void checkState(const Checkpoint &checkpoint, const Manifest &manifest) {
  const CheckpointState &state = checkpoint.state;
  auto check = [&](bool fits, const char *what, int64_t stored, int64_t own) {
    if (!fits)
      failModel(checkpoint, std::string(what) + " " + std::to_string(stored) +
                                ", the program " + std::to_string(own));
  };
  check(state.context == manifest.context, "context", state.context,
        manifest.context);
  check(state.vocabulary.size() <= manifest.vocabSize, "a vocabulary of",
        state.vocabulary.size(), manifest.vocabSize);
}

void wavrt::loadCheckpoint(Session &session, const Checkpoint &checkpoint,
                           bool optimizer) {
  const Manifest &manifest = session.manifest();
  checkModel(checkpoint, manifest);
  checkState(checkpoint, manifest);
  loadTensors(session, checkpoint.directory / weightsFile,
              storedParameters(manifest));
  if (optimizer)
    loadTensors(session, checkpoint.directory / optimizerFile,
                storedMoments(manifest));
}
