//===- CheckpointTest.cpp - Checkpoints on disk ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/checkpoint.h"
#include "wavrt/train.h"

#include "data/XxHash.h"
#include "train/Checkpoints.h"

#include "Matchers.h"
#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include <nlohmann/json.hpp>

#include <csignal>
#include <cstring>
#include <sys/resource.h>

using namespace wavrt;
using namespace wavrt::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

class CheckpointTest : public testing::Test {
protected:
  CheckpointTest() : session(model.program(), 1) {
    initializeParameters(session, 5);
    state.settings = {20, 1e-3, 1.0 / 3, 2, 0.1, 1, 5};
    state.modelJson = session.manifest().modelJson;
    state.batch = model.batch;
    state.context = model.context;
    state.precision = "f32";
    state.target = "test";
    state.vocabulary = Vocabulary("\tab\xff");
    state.data = {{20, 0xfedcba9876543210}, 18, FileDigest{2, 7}};
  }
  fs::path save(int64_t step) {
    state.step = step;
    return saveCheckpoint(session, directory / "run", state);
  }
  /// Flips one bit in the middle of a file.
  static void damage(const fs::path &path) {
    std::string bytes = contents(path);
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream(path, std::ios::binary) << bytes;
  }

  /// Changes a state.json as someone would who knows how its checksum is made.
  static void forge(const fs::path &checkpoint,
                    const std::function<void(json &)> &change) {
    json document = json::parse(contents(checkpoint / "state.json"));
    document.erase("checksum");
    change(document);
    std::string text = document.dump();
    char checksum[17];
    std::snprintf(checksum, sizeof checksum, "%016llx",
                  (unsigned long long)xxh3(std::as_bytes(std::span(text))));
    document["checksum"] = checksum;
    std::ofstream(checkpoint / "state.json") << document.dump();
  }

  TrigramModel model;
  Session session;
  CheckpointState state;
  TemporaryDirectory directory;
  std::vector<std::string> warnings;
};

TEST_F(CheckpointTest, StateSurvivesTheRoundTrip) {
  fs::path path = save(7);
  EXPECT_EQ(path.filename(), "step-00000007");
  CheckpointState read = openCheckpoint(path).state;
  EXPECT_EQ(read.step, 7);
  EXPECT_EQ(read.settings.steps, 20);
  EXPECT_EQ(read.settings.learningRate, 1e-3);
  EXPECT_EQ(read.settings.minLearningRate, 1.0 / 3);
  EXPECT_EQ(read.settings.warmup, 2);
  EXPECT_EQ(read.settings.weightDecay, 0.1);
  EXPECT_EQ(read.settings.clip, 1);
  EXPECT_EQ(read.settings.seed, 5u);
  EXPECT_EQ(read.batch, model.batch);
  EXPECT_EQ(read.context, model.context);
  EXPECT_EQ(read.precision, "f32");
  EXPECT_EQ(read.target, "test");
  EXPECT_EQ(read.vocabulary.characters(), "\tab\xff");
  EXPECT_EQ(read.data, state.data);
  state.vocabulary = Vocabulary();
  EXPECT_TRUE(openCheckpoint(save(8)).state.vocabulary.empty());
}

TEST_F(CheckpointTest, EqualStatesGiveEqualFiles) {
  fs::path first = save(1);
  std::string weights = contents(first / "weights.safetensors");
  std::string json = contents(first / "state.json");
  fs::remove_all(first);
  save(1);
  EXPECT_EQ(contents(first / "weights.safetensors"), weights);
  EXPECT_EQ(contents(first / "state.json"), json);
}

TEST_F(CheckpointTest, NewestWholeOneIsFound) {
  EXPECT_ERROR(findCheckpoint(directory / "run", warnings), ExitCode::BadInput,
               "there is no checkpoint");
  fs::path second = save(2), tenth = save(10), ninth = save(9);
  EXPECT_EQ(findCheckpoint(directory / "run", warnings).state.step, 10);
  EXPECT_EQ(findCheckpoint(directory / "run/", warnings).state.step, 10);
  EXPECT_EQ(findCheckpoint(ninth, warnings).state.step, 9);
  EXPECT_EQ(findCheckpoint(ninth / "", warnings).state.step, 9);
  EXPECT_TRUE(warnings.empty());

  damage(tenth / "optimizer.safetensors");
  EXPECT_EQ(findCheckpoint(directory / "run", warnings).state.step, 9);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("step-00000010' is not whole: the checksum of "
                             "optimizer.safetensors does not match"),
            std::string::npos)
      << warnings[0];
  EXPECT_ERROR(findCheckpoint(tenth, warnings), ExitCode::BadInput,
               "not whole");

  damage(ninth / "state.json");
  EXPECT_EQ(findCheckpoint(directory / "run", warnings).state.step, 2);
  fs::remove(second / "weights.safetensors");
  EXPECT_ERROR(findCheckpoint(directory / "run", warnings), ExitCode::BadInput,
               "holds no whole checkpoint");
}

TEST_F(CheckpointTest, EveryDamageToStateIsNoticed) {
  fs::path path = save(3) / "state.json";
  std::string whole = contents(path);
  for (size_t i = 0; i != whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] ^= 4;
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_THROW(openCheckpoint(directory / "run/step-00000003"), Error)
        << "byte " << i << ": " << bytes.substr(i, 20);
  }
}

TEST_F(CheckpointTest, LaterFormatIsNamed) {
  fs::path path = save(3) / "state.json";
  std::string text = contents(path);
  text.replace(text.find("\"format\": 1"), 11, "\"format\": 2");
  std::ofstream(path) << text;
  EXPECT_ERROR(openCheckpoint(path.parent_path()), ExitCode::BadInput,
               "format 2 is unknown");
}

TEST_F(CheckpointTest, DeepStateIsAnError) {
  fs::path path = save(3) / "state.json";
  std::string deep(200000, '[');
  std::ofstream(path) << "{\"format\": 1, \"checksum\": \"0\", \"step\": "
                      << deep << std::string(deep.size(), ']') << "}";
  EXPECT_ERROR(openCheckpoint(path.parent_path()), ExitCode::BadInput,
               "nested too deeply");
}

TEST_F(CheckpointTest, ValuesOutOfRangeAreErrorsWhateverTheChecksumSays) {
  fs::path path = save(3);
  const std::string whole = contents(path / "state.json");
  auto rejects = [&](const char *at, const json &value, const char *message) {
    SCOPED_TRACE(std::string(at) + " = " + value.dump());
    forge(path,
          [&](json &document) { document[json::json_pointer(at)] = value; });
    EXPECT_ERROR(openCheckpoint(path), ExitCode::BadInput, message);
    std::ofstream(path / "state.json") << whole;
  };
  forge(path, [](json &) {});
  openCheckpoint(path); // The forger knows his trade.
  for (const json &value : {json(-1), json(0), json(1.5), json(true), json("3"),
                            json(1e30), json(uint64_t(1) << 63)})
    for (const char *at : {"/step", "/settings/steps", "/batch", "/context"})
      rejects(at, value, "not a whole number from 1 to");
  rejects("/step", 21, "'step' is 21, not a whole number from 1 to 20");
  rejects("/settings/steps", 2, "'step' is 3, not a whole number from 1 to 2");
  rejects("/data_cursor", 5, "'data_cursor' is not 'step' times 'batch'");
  rejects("/batch", int64_t(1) << 62, "'data_cursor' is not");
  rejects("/settings/warmup", -1, "'warmup' is -1");
  for (const char *at : {"lr", "min_lr", "weight_decay", "clip"})
    rejects((std::string("/settings/") + at).c_str(), -1e-9,
            "not a number of at least 0");
  rejects("/seed", -1, "'seed' is -1");
  rejects("/optimizer", {{"beta1", -1}}, "'beta1' is -1");
  rejects("/optimizer", {{"name", 1}}, "not a checkpoint's state");
  rejects("/optimizer", 1, "not a checkpoint's state");
  rejects("/model", json::array(), "'model' is not an object");
  rejects("/model", nullptr, "'model' is not an object");
  rejects("/vocabulary", {97, 300}, "'vocabulary' holds 300");
  rejects("/vocabulary", {97, -1}, "'vocabulary' holds -1");
  rejects("/vocabulary", {98, 97}, "ascending order");
  rejects("/vocabulary", json::array(), "'vocabulary' is empty");
  rejects("/vocabulary", "ab", "not a checkpoint's state");
  rejects("/data/bytes", -1, "'bytes' is -1");
  rejects("/data/training_tokens", -1, "'training_tokens' is -1");
  rejects("/data/xxh3", "0x1", "'0x1' is not a hexadecimal number");
  rejects("/files", nullptr, "not a checkpoint's state");
  EXPECT_EQ(openCheckpoint(path).state.step, 3);

  // A directory under another step's name would be kept and pruned as that.
  fs::copy(path, directory / "run/step-00000004");
  EXPECT_ERROR(openCheckpoint(directory / "run/step-00000004"),
               ExitCode::BadInput, "it holds step 3");
}

TEST_F(CheckpointTest, NamesTheOptimizer) {
  auto written = [&](int64_t step) {
    return json::parse(contents(save(step) / "state.json"));
  };
  EXPECT_FALSE(written(1).contains("optimizer"));
  EXPECT_FALSE(openCheckpoint(directory / "run/step-00000001").state.optimizer);

  // That of the first version has no name.
  state.optimizer = OptimizerInfo{"adamw", {{"beta1", 0.9}, {"epsilon", 1e-8}}};
  EXPECT_EQ(written(2)["optimizer"], (json{{"beta1", 0.9}, {"epsilon", 1e-8}}));
  EXPECT_EQ(openCheckpoint(directory / "run/step-00000002").state.optimizer,
            state.optimizer);

  state.optimizer = OptimizerInfo{"lion", {{"beta1", 0.9}}};
  EXPECT_EQ(written(3)["optimizer"], (json{{"beta1", 0.9}, {"name", "lion"}}));
  EXPECT_EQ(openCheckpoint(directory / "run/step-00000003").state.optimizer,
            state.optimizer);
}

TEST_F(CheckpointTest, WhatDoesNotFitTheProgramIsAnError) {
  fs::path path = save(3);
  forge(path, [](json &document) {
    document["vocabulary"] = json::array();
    for (int i = 0; i != 9; ++i)
      document["vocabulary"].push_back(i);
  });
  EXPECT_ERROR(loadCheckpoint(session, openCheckpoint(path), false),
               ExitCode::BadInput, "it has a vocabulary of 9, the program 8");
  fs::path other = save(4);
  forge(other, [](json &document) { document["context"] = 5; });
  EXPECT_ERROR(loadCheckpoint(session, openCheckpoint(other), false),
               ExitCode::BadInput, "it has context 5, the program 4");
}

TEST_F(CheckpointTest, OneThatCannotBeReadIsNotSkipped) {
  save(1);
  for (const char *file :
       {"state.json", "weights.safetensors", "optimizer.safetensors"}) {
    // A link to itself cannot be opened, by root neither.
    fs::path path = save(2) / file;
    fs::remove(path);
    fs::create_symlink(path.filename(), path);
    EXPECT_ERROR(findCheckpoint(directory / "run", warnings),
                 ExitCode::BadInput, "cannot read '" + path.string() + "'");
    EXPECT_ERROR(Checkpoints(realPath(directory / "run"), 1, std::nullopt),
                 ExitCode::BadInput, "cannot read '" + path.string() + "'");
  }
  EXPECT_TRUE(warnings.empty());
  fs::create_symlink("loop", directory / "loop");
  EXPECT_ERROR(findCheckpoint(directory / "loop", warnings), ExitCode::BadInput,
               "cannot follow the path");
}

TEST_F(CheckpointTest, StatesWithoutValidationDataAreRead) {
  fs::path path = save(3);
  EXPECT_EQ(openCheckpoint(path).state.data.validation, (FileDigest{2, 7}));
  forge(path, [](json &document) { document["data"].erase("validation"); });
  EXPECT_EQ(openCheckpoint(path).state.data.validation, std::nullopt);
}

TEST_F(CheckpointTest, OtherModelIsAnErrorThatNamesTheDifference) {
  Checkpoint checkpoint = openCheckpoint(save(1));
  TrigramModel other;
  other.context = 5;
  Session wrong(other.program(), 1);
  EXPECT_ERROR(loadCheckpoint(wrong, checkpoint, true), ExitCode::BadInput,
               "it has max_position_embeddings = 4, the program 5");
}

TEST_F(CheckpointTest, ParametersAndMomentsAreLoaded) {
  size_t bytes = session.manifest().arenaBytes[WAVRT_PARAMETERS];
  std::memset(session.arena(WAVRT_FIRST_MOMENT), 1, bytes);
  std::memset(session.arena(WAVRT_SECOND_MOMENT), 2, bytes);
  Checkpoint checkpoint = openCheckpoint(save(1));
  auto equal = [&](Session &other, wavrt_arena arena) {
    return std::memcmp(session.arena(arena), other.arena(arena), bytes) == 0;
  };
  Session weights(model.program(), 1), all(model.program(), 1);
  loadCheckpoint(weights, checkpoint, /*optimizer=*/false);
  EXPECT_TRUE(equal(weights, WAVRT_PARAMETERS));
  EXPECT_FALSE(equal(weights, WAVRT_FIRST_MOMENT));
  loadCheckpoint(all, checkpoint, /*optimizer=*/true);
  EXPECT_TRUE(equal(all, WAVRT_PARAMETERS));
  EXPECT_TRUE(equal(all, WAVRT_FIRST_MOMENT));
  EXPECT_TRUE(equal(all, WAVRT_SECOND_MOMENT));
}

//===----------------------------------------------------------------------===//
// The checkpoints of a run
//===----------------------------------------------------------------------===//

class RunTest : public CheckpointTest {
protected:
  Checkpoints open(int64_t keep, std::optional<int64_t> resumed = {}) {
    std::optional<Checkpoint> checkpoint;
    if (resumed)
      checkpoint = openCheckpoint(at(*resumed));
    return Checkpoints(run, keep, checkpoint);
  }
  fs::path at(int64_t step) const {
    char name[32];
    std::snprintf(name, sizeof name, "step-%08lld", (long long)step);
    return run / name;
  }
  void save(Checkpoints &checkpoints, int64_t step) {
    state.step = step;
    EXPECT_EQ(checkpoints.save(session, state), at(step));
  }
  /// Step and verdict of all, oldest first: ? unknown, + good, - bad.
  std::string list() const {
    std::string result;
    for (const auto &[step, path] : listCheckpoints(run))
      result.insert(0, std::to_string(step) + ":" +
                           "?+-"[static_cast<int>(verdictOf(path))] + " ");
    return result;
  }
  fs::path run = realPath(directory / "run");
};

TEST_F(RunTest, GoodIsWhatTheNextStepAccepts) {
  Checkpoints checkpoints = open(0);
  checkpoints.accept(); // A first step starts from no checkpoint.
  save(checkpoints, 1);
  EXPECT_EQ(list(), "1:? ");
  checkpoints.accept();
  checkpoints.accept();
  EXPECT_EQ(list(), "1:+ ");
  EXPECT_EQ(contents(at(1) / "good"), "");
  save(checkpoints, 4);
  EXPECT_EQ(checkpoints.reject(), at(1));
  EXPECT_EQ(list(), "1:+ 4:- ");
  // The bad one is skipped, unless it is asked for by name.
  EXPECT_EQ(findCheckpoint(run, warnings).state.step, 1);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("step-00000004' is bad"), std::string::npos);
  EXPECT_EQ(findCheckpoint(at(4), warnings).state.step, 4);
}

TEST_F(RunTest, KeepCountsGoodOnes) {
  Checkpoints checkpoints = open(2);
  for (int64_t step : {1, 2, 3, 12}) {
    save(checkpoints, step);
    checkpoints.accept();
  }
  EXPECT_EQ(list(), "3:+ 12:+ ");
  save(checkpoints, 13);
  EXPECT_EQ(list(), "3:+ 12:+ 13:? ");
  EXPECT_EQ(checkpoints.reject(), at(12));
  EXPECT_EQ(list(), "3:+ 12:+ 13:- ");
}

TEST_F(RunTest, DamagedOnesDoNotCountAndAreInNobodysWay) {
  {
    Checkpoints checkpoints = open(0);
    for (int64_t step : {4, 5, 10, 20}) {
      save(checkpoints, step);
      checkpoints.accept();
    }
  }
  damage(at(20) / "weights.safetensors");
  damage(at(5) / "optimizer.safetensors");
  Checkpoints checkpoints = open(2, 10);
  checkpoints.accept();
  EXPECT_EQ(list(), "4:+ 5:+ 10:+ 20:+ ");
  save(checkpoints, 12);
  checkpoints.accept();
  EXPECT_EQ(list(), "10:+ 12:+ 20:+ ");
  damage(at(10) / "state.json");
  save(checkpoints, 20); // In the place of the damaged one.
  EXPECT_EQ(list(), "10:+ 12:+ 20:? ");
  openCheckpoint(at(20));
}

TEST_F(RunTest, AnUnknownOneThatIsResumedIsJudged) {
  { // Of a program that made no marks.
    Checkpoints checkpoints = open(1);
    save(checkpoints, 1);
    save(checkpoints, 2);
  }
  EXPECT_EQ(findCheckpoint(run, warnings).state.step, 2);
  open(1, 2).accept();
  EXPECT_EQ(list(), "2:+ ");
  {
    Checkpoints checkpoints = open(1, 2);
    save(checkpoints, 3);
  }
  EXPECT_EQ(open(1, 3).reject(), at(2));
  EXPECT_EQ(list(), "2:+ 3:- ");
  // The bad one is in nobody's way, and replaced.
  Checkpoints checkpoints = open(1, 2);
  save(checkpoints, 3);
  EXPECT_EQ(list(), "2:+ 3:? ");
}

TEST_F(RunTest, LaterOnesOfAnotherRunAreKept) {
  {
    Checkpoints checkpoints = open(1);
    save(checkpoints, 2);
    save(checkpoints, 5);
  }
  EXPECT_ERROR(open(1), ExitCode::BadInput,
               "already holds a checkpoint of step 5; continue it");
  EXPECT_ERROR(open(1, 2), ExitCode::BadInput, "checkpoint of step 5");
  EXPECT_EQ(list(), "2:? 5:? ");
}

TEST_F(RunTest, AnotherRunsCheckpointIsOnlyRead) {
  open(0); // Removed again.
  EXPECT_FALSE(fs::exists(run));
  fs::path other = CheckpointTest::save(3).parent_path();
  Checkpoint resumed = openCheckpoint(other / "step-00000003");
  auto before = directory.names();
  {
    Checkpoints checkpoints(realPath(directory / "a/b"), 1, resumed);
    checkpoints.accept();
    EXPECT_EQ(checkpoints.reject(), resumed.directory);
  }
  EXPECT_EQ(directory.names(), before);
}

TEST_F(RunTest, TheLockNamesItsHolderAndEndsWithIt) {
  auto use = [&] {
    EXPECT_ERROR(open(0), ExitCode::BadInput,
                 "is in use by process " + std::to_string(::getpid()) +
                     " on '");
    EXPECT_ERROR(open(0), ExitCode::BadInput,
                 "if there is no such process, remove '" +
                     (run / ".lock").string() + "'");
  };
  {
    Checkpoints checkpoints = open(0);
    save(checkpoints, 1);
    use();
  }
  EXPECT_FALSE(fs::exists(run / ".lock"));
  // What a dead process leaves is no lock.
  directory.file("run/.lock", "process 1 on 'elsewhere'");
  Checkpoints checkpoints = open(0, 1);
  use();
}

TEST_F(RunTest, ARunRemovesNoLockButItsOwn) {
  std::optional<Checkpoints> second;
  {
    Checkpoints first = open(0);
    save(first, 1);
    fs::remove(run / ".lock"); // By somebody who thinks that the run is over.
    second.emplace(run, 0, openCheckpoint(at(1)));
  }
  EXPECT_TRUE(fs::exists(run / ".lock"));
  EXPECT_ERROR(open(0, 1), ExitCode::BadInput, "is in use by process ");
}

TEST_F(RunTest, LeftoversOfKilledRunsAreRemovedUnderTheLock) {
  open(0);
  for (const char *name : {".step-00000004.tmp", ".step-00000003.old"})
    fs::create_directories(run / name / "x");
  directory.file("run/notes", "mine");
  open(0);
  EXPECT_EQ(directory.names(), (std::vector<std::string>{"run", "run/notes"}));
}

TEST_F(RunTest, ReadersSeeARemovedOneWholeOrNotAtAll) {
  fs::path path = CheckpointTest::save(3);
  // A removal that was interrupted left something under the hidden name.
  fs::path old = run / ".step-00000003.old";
  std::ofstream(old) << "in the way";
  removePath(path);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_ERROR(removePath(path), ExitCode::BadInput, "cannot rename");
}

TEST_F(CheckpointTest, FailedWriteLeavesNothing) {
  save(1);
  auto before = directory.names();
  // A file size limit stands for a full disk.
  rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 900;
  auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_ERROR(save(2), ExitCode::BadInput, "cannot write");
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, oldHandler);
  EXPECT_EQ(directory.names(), before);
}

TEST_F(CheckpointTest, BrokenOneIsReplaced) {
  fs::path path = save(1);
  damage(path / "weights.safetensors");
  save(1);
  openCheckpoint(path);
}

TEST(AtomicPath, FileAppearsOnlyWhenCommitted) {
  TemporaryDirectory directory;
  std::string path = directory.file("out", "old");
  {
    AtomicPath out(path);
    std::ofstream(out.temporary()) << "half";
    EXPECT_EQ(contents(path), "old");
  }
  EXPECT_EQ(directory.names(), std::vector<std::string>{"out"});
  EXPECT_EQ(contents(path), "old");
  AtomicPath out(path);
  std::ofstream(out.temporary()) << "new";
  out.commit();
  EXPECT_EQ(contents(path), "new");
  EXPECT_EQ(directory.names(), std::vector<std::string>{"out"});
}

TEST(AtomicPath, ALinkLeadsToTheFileThatIsReplaced) {
  TemporaryDirectory directory;
  std::string path = directory.file("file", "old");
  fs::create_symlink("file", directory / "link");
  AtomicPath out(directory / "link");
  std::ofstream(out.temporary()) << "new";
  out.commit();
  EXPECT_EQ(contents(path), "new");
  EXPECT_TRUE(fs::is_symlink(directory / "link"));
}

TEST(RealPath, IsAbsoluteAndWithoutLinks) {
  TemporaryDirectory directory;
  fs::path root = fs::canonical(directory / ".");
  fs::create_directory(root / "run");
  fs::create_symlink("run", root / "link");
  EXPECT_EQ(realPath(root / "link/"), root / "run");
  EXPECT_EQ(realPath(root / "link/new/"), root / "run/new");
  EXPECT_EQ(realPath(root / "run/."), root / "run");
  EXPECT_EQ(realPath(root / "run/../link"), root / "run");
  fs::path before = fs::current_path();
  fs::current_path(root / "run");
  EXPECT_EQ(realPath("."), root / "run");
  EXPECT_EQ(realPath("step-00000001"), root / "run/step-00000001");
  EXPECT_EQ(realPath("../new"), root / "new");
  fs::current_path(before);
  fs::create_symlink("loop", root / "loop");
  EXPECT_ERROR(realPath(root / "loop"), ExitCode::BadInput, "cannot follow");
}

TEST(StepOfName, AcceptsOnlyCheckpointNames) {
  EXPECT_EQ(stepOfName("step-00000010"), 10);
  EXPECT_EQ(stepOfName("step-123456789"), 123456789);
  for (const char *name :
       {"step-", "step-10", "step-0000001x", ".step-00000010",
        "step-00000010.tmp", "step-9999999999999999999999"})
    EXPECT_EQ(stepOfName(name), std::nullopt) << name;
}

} // namespace
