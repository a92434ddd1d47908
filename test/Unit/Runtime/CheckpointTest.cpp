//===- CheckpointTest.cpp - Checkpoints on disk ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/checkpoint.h"
#include "wavrt/train.h"

#include "Matchers.h"
#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include <csignal>
#include <cstring>
#include <sys/resource.h>

using namespace wavrt;
using namespace wavrt::test;
namespace fs = std::filesystem;

namespace {

class CheckpointTest : public testing::Test {
protected:
  CheckpointTest() : session(model.program(), 1) {
    initializeParameters(session, 5);
    state.settings = {10, 1e-3, 1.0 / 3, 2, 0.1, 1, 5};
    state.modelJson = session.manifest().modelJson;
    state.batch = model.batch;
    state.context = model.context;
    state.precision = "f32";
    state.target = "test";
    state.vocabulary = Vocabulary("\tab\xff");
    state.data = {20, 0xfedcba9876543210, 18};
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
  EXPECT_EQ(read.settings.steps, 10);
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

TEST_F(CheckpointTest, PruningKeepsTheNewest) {
  for (int64_t step : {1, 2, 3, 12})
    save(step);
  fs::create_directory(directory / "run/.step-00000004.tmp");
  directory.file("run/notes", "mine");
  pruneCheckpoints(directory / "run", 0);
  EXPECT_TRUE(fs::exists(directory / "run/step-00000001"));
  EXPECT_FALSE(fs::exists(directory / "run/.step-00000004.tmp"));
  pruneCheckpoints(directory / "run", 2);
  EXPECT_FALSE(fs::exists(directory / "run/step-00000002"));
  EXPECT_TRUE(fs::exists(directory / "run/step-00000003"));
  EXPECT_TRUE(fs::exists(directory / "run/step-00000012"));
  EXPECT_TRUE(fs::exists(directory / "run/notes"));
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

TEST(StepOfName, AcceptsOnlyCheckpointNames) {
  EXPECT_EQ(stepOfName("step-00000010"), 10);
  EXPECT_EQ(stepOfName("step-123456789"), 123456789);
  for (const char *name :
       {"step-", "step-10", "step-0000001x", ".step-00000010",
        "step-00000010.tmp", "step-9999999999999999999999"})
    EXPECT_EQ(stepOfName(name), std::nullopt) << name;
}

} // namespace
