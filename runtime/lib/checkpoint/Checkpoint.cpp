//===- Checkpoint.cpp - Checkpoints on disk -------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/checkpoint.h"

#include "State.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <unistd.h>

using namespace wavrt;
using nlohmann::json;
namespace fs = std::filesystem;

static constexpr const char *weightsFile = "weights.safetensors";
static constexpr const char *optimizerFile = "optimizer.safetensors";
static constexpr const char *stateFile = "state.json";

DataIdentity DataIdentity::of(const Dataset &dataset) {
  const TokenFile &file = *dataset.training.file;
  return {file.numBytes(), file.checksum(), dataset.training.size};
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
    throw Error("cannot create '" + temporary.string() +
                "': " + error.message());
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

/// The checkpoint directories of a run, newest first.
static std::vector<std::pair<int64_t, fs::path>>
listCheckpoints(const fs::path &run) {
  std::vector<std::pair<int64_t, fs::path>> result;
  std::error_code error;
  for (fs::directory_iterator entry(run, error), end; !error && entry != end;
       entry.increment(error))
    if (auto step = stepOfName(entry->path().filename().string()))
      result.emplace_back(*step, entry->path());
  std::ranges::sort(result, std::greater());
  return result;
}

Checkpoint wavrt::openCheckpoint(const fs::path &directory) {
  try {
    std::ifstream stream(directory / stateFile, std::ios::binary);
    if (!stream)
      throw Error("it has no state.json");
    std::string text(std::istreambuf_iterator<char>(stream), {});
    FileDigests files;
    Checkpoint checkpoint;
    try {
      checkpoint = {directory, parseState(text, files)};
    } catch (const Error &error) {
      throw Error(std::string("state.json: ") + error.what());
    }
    for (const char *name : {weightsFile, optimizerFile}) {
      if (!files.contains(name))
        throw Error(std::string("state.json does not list ") + name);
      if (digestOf(directory / name) != files[name])
        throw Error(std::string("the checksum of ") + name + " does not match");
    }
    return checkpoint;
  } catch (const Error &error) {
    throw Error("checkpoint '" + directory.string() +
                "' is not whole: " + error.what() + "; use another one");
  }
}

std::optional<Checkpoint>
wavrt::newestCheckpoint(const fs::path &run,
                        std::vector<std::string> &warnings) {
  for (const auto &[step, directory] : listCheckpoints(run)) {
    try {
      return openCheckpoint(directory);
    } catch (const Error &error) {
      warnings.push_back(std::string("skipped: ") + error.what());
    }
  }
  return std::nullopt;
}

Checkpoint wavrt::findCheckpoint(const fs::path &path,
                                 std::vector<std::string> &warnings) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw Error("there is no checkpoint '" + path.string() +
                "'; name the directory given to --out or one of its steps");
  fs::path normal = path.has_filename() ? path : path.parent_path();
  if (stepOfName(normal.filename().string()) || fs::exists(path / stateFile))
    return openCheckpoint(normal);
  if (auto checkpoint = newestCheckpoint(path, warnings))
    return *checkpoint;
  throw Error("'" + path.string() +
              "' holds no whole checkpoint; name the directory given to --out "
              "or one of its steps");
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

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
  throw Error("checkpoint '" + checkpoint.directory.string() +
              "' is of another model: it has " + difference +
              "; use the model it was trained with");
}

void wavrt::loadCheckpoint(Session &session, const Checkpoint &checkpoint,
                           bool optimizer) {
  const Manifest &manifest = session.manifest();
  checkModel(checkpoint, manifest);
  loadTensors(session, checkpoint.directory / weightsFile,
              storedParameters(manifest));
  if (optimizer)
    loadTensors(session, checkpoint.directory / optimizerFile,
                storedMoments(manifest));
}

void wavrt::pruneCheckpoints(const fs::path &run, int64_t keep) {
  std::error_code ignored;
  auto checkpoints = listCheckpoints(run);
  for (size_t i = static_cast<size_t>(keep); keep && i < checkpoints.size();
       ++i)
    fs::remove_all(checkpoints[i].second, ignored);
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(run, ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    std::string name = entry->path().filename().string();
    if (name.starts_with(".step-") && name.ends_with(".tmp"))
      leftovers.push_back(entry->path());
  }
  for (const fs::path &path : leftovers)
    fs::remove_all(path, ignored);
}
