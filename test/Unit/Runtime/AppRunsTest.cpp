//===- AppRunsTest.cpp - Runs: resumed, judged, interrupted, in trouble ---===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppTest.h"

#include "wavrt/checkpoint.h"

#include "train/Checkpoints.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <csignal>
#include <sstream>

using namespace wavrt;
using namespace wavrt::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

TEST_F(AppTest, ResumeIsBitExact) {
  for (DType dtype : {DType::F32, DType::F64}) {
    model.dtype = dtype;
    std::string name = dtype == DType::F32 ? "a" : "b";
    std::string whole = directory / ("whole" + name);
    std::string log = directory / ("log" + name);
    ASSERT_EQ(run(train({"--steps", "6", "--save-every", "3", "--out", whole,
                         "--lr", "0.1", "--log", log + "1"})),
              0);
    // Whether from a checkpoint on the way…
    std::string half = directory / ("half" + name);
    fs::create_directory(half);
    fs::copy(whole + "/step-00000003", half + "/step-00000003",
             fs::copy_options::recursive);
    ASSERT_EQ(run(train({"--steps", "6", "--resume", half})), 0) << error;
    // … or stopped by a signal and continued.
    std::string stopped = directory / ("stopped" + name);
    model.onStep = [](int64_t n, double &) {
      if (n == 3)
        std::raise(SIGTERM);
    };
    ASSERT_EQ(run(train({"--steps", "6", "--out", stopped, "--lr", "0.1",
                         "--log", log + "2"})),
              128 + SIGTERM);
    EXPECT_TRUE(fs::exists(stopped + "/step-00000004"));
    model.onStep = [](int64_t, double &) {};
    ASSERT_EQ(run(train({"--steps", "6", "--resume", stopped + "/step-00000004",
                         "--log", log + "2"})),
              0)
        << error;
    for (const char *file :
         {"weights.safetensors", "optimizer.safetensors", "state.json"}) {
      std::string expected = contents(whole + "/step-00000006/" + file);
      EXPECT_NE(expected, "");
      EXPECT_EQ(contents(half + "/step-00000006/" + file), expected) << file;
      EXPECT_EQ(contents(stopped + "/step-00000006/" + file), expected) << file;
    }
    // The logs agree on everything but time.
    std::istringstream first(contents(log + "1")), second(contents(log + "2"));
    for (std::string a, b; std::getline(first, a);) {
      ASSERT_TRUE(std::getline(second, b));
      for (const char *key : {"step", "loss", "grad_norm", "lr"})
        EXPECT_EQ(json::parse(a)[key], json::parse(b)[key]);
    }
  }
}

TEST_F(AppTest, LionResumesExactly) {
  model.optimizer = "lion";
  auto go = [&](const char *steps, const std::string &out,
                std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--steps", "6", "--save-every", steps, "--keep",
                               "0", "--out", out});
    ASSERT_EQ(run(train(more)), 0) << error;
  };
  std::string whole = directory / "whole", half = directory / "half";
  go("3", whole);
  EXPECT_EQ(row("optimizer"), "lion (beta1 0.9, beta2 0.99)");
  go("6", half, {"--resume", whole + "/step-00000003"});
  for (const char *file :
       {"weights.safetensors", "optimizer.safetensors", "state.json"})
    EXPECT_EQ(contents(whole + "/step-00000006/" + file),
              contents(half + "/step-00000006/" + file))
        << file;
  std::string moments =
      contents(whole + "/step-00000006/optimizer.safetensors");
  EXPECT_NE(moments.find("first_moment.current"), std::string::npos);
  EXPECT_EQ(moments.find("second_moment"), std::string::npos);
  model.optimizer = "adamw";
  expectError(1, "another optimizer: it was trained with lion",
              train({"--steps", "9", "--resume", whole}));
}

TEST_F(AppTest, ThreadsDoNotChangeTheResult) {
  ASSERT_EQ(
      run(train({"--steps", "2", "--out", directory / "a", "--threads", "1"})),
      0);
  ASSERT_EQ(
      run(train({"--steps", "2", "--out", directory / "b", "--threads", "3"})),
      0);
  EXPECT_EQ(row("threads"), "3");
  EXPECT_EQ(contents(directory / "a/step-00000002/weights.safetensors"),
            contents(directory / "b/step-00000002/weights.safetensors"));
}

TEST_F(AppTest, ResumingSomethingElseIsAnError) {
  std::string path = trained();
  auto resume = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--steps", "9", "--resume", path});
    return train(more);
  };
  auto before = directory.names();
  expectError(1, "another seed: it was trained with 1337, not 5",
              resume({"--seed", "5"}));
  expectError(1, "another batch: it was trained with 2, not 3",
              resume({"--batch", "3"}));
  std::string other = directory.file("other.txt", "abcdefgh" + contents(text));
  expectError(1, "another data: it was trained with 400 bytes",
              {"train", "--data", other, "--steps", "9", "--resume", path});
  expectError(1, "another data", resume({"--val", text}));
  std::string validation = directory.file("val.txt", "abcdefgh");
  std::string another = directory.file("val2.txt", "abcdefgg");
  ASSERT_EQ(run(train({"--steps", "2", "--val", validation, "--eval-every", "0",
                       "--out", directory / "validated"})),
            0)
      << error;
  expectError(1, "another validation data: it was trained with 8 bytes",
              train({"--steps", "3", "--val", another, "--resume",
                     directory / "validated"}));
  for (const char *name : {"validated", "val.txt", "val2.txt"})
    fs::remove_all(directory / name);
  model.vocab = 9;
  expectError(1, "it has vocab_size = 8, the program 9", resume({}));
  model.vocab = 8;
  model.dtype = DType::F64;
  expectError(1, "another precision: it was trained with f32, not f64",
              resume({}));
  model.dtype = DType::F32;
  model.optimizer = "lion";
  expectError(1,
              "another optimizer: it was trained with adamw (beta1 0.9, beta2 "
              "0.95, epsilon 1e-08), not lion (beta1 0.9, beta2 0.99); compile "
              "the model with --optimizer=adamw",
              resume({}));
  model.optimizer = "adamw";
  expectError(1, "there is no checkpoint",
              train({"--steps", "9", "--resume", directory / "none"}));
  fs::remove(other);
  EXPECT_EQ(directory.names(), before);

  // The same seed and batch may be stated, and other settings changed.
  EXPECT_EQ(run(resume({"--seed", "1337", "--batch", "2", "--lr", "0.01"})), 0)
      << error;
  EXPECT_EQ(run(resume({})), 0);
  EXPECT_EQ(out.find("nothing to do"), 0u) << out;
}

TEST_F(AppTest, ResumeTakesTheSettingsOfTheCheckpoint) {
  ASSERT_EQ(run(train({"--steps", "2", "--out", directory / "run", "--lr",
                       "0.5", "--batch", "3", "--seed", "9", "--clip", "0.25",
                       "--weight-decay", "0"})),
            0);
  ASSERT_EQ(run(train({"--steps", "4", "--resume", directory / "run"})), 0);
  EXPECT_EQ(row("lr"), "0.5");
  EXPECT_EQ(row("min-lr"), "0.05");
  EXPECT_EQ(row("batch x context"), "3 x 4");
  EXPECT_EQ(row("seed"), "9");
  EXPECT_EQ(row("clip"), "0.25");
  EXPECT_EQ(row("weight-decay"), "0");
  EXPECT_EQ(row("first step"), "3");
}

TEST_F(AppTest, RunsDoNotMix) {
  std::string path = trained();
  expectError(1, "already holds a checkpoint of step 6; continue it with",
              train({"--steps", "6", "--out", path}));
  ASSERT_EQ(run(train({"--steps", "9", "--save-every", "1", "--resume", path})),
            0);
  ASSERT_EQ(run(train({"--steps", "9", "--resume", path + "/step-00000007",
                       "--out", directory / "fork"})),
            0);
  expectError(1, "already holds a checkpoint of step 9",
              train({"--steps", "9", "--resume", path + "/step-00000007"}));
}

TEST_F(AppTest, BrokenNewestCheckpointIsSkippedWithAWarning) {
  std::string path = directory / "run";
  ASSERT_EQ(run(train({"--steps", "6", "--save-every", "3", "--out", path})),
            0);
  std::string good = contents(path + "/step-00000006/weights.safetensors");
  fs::resize_file(path + "/step-00000006/weights.safetensors", 100);
  EXPECT_EQ(run(train({"--steps", "6", "--resume", path})), 0) << error;
  EXPECT_EQ(error.find("warning: skipped: checkpoint '" + path +
                       "/step-00000006' is not whole"),
            0u)
      << error;
  EXPECT_EQ(contents(path + "/step-00000006/weights.safetensors"), good);
}

TEST_F(AppTest, KeepBoundsTheNumberOfCheckpoints) {
  ASSERT_EQ(run(train({"--steps", "7", "--save-every", "2", "--keep", "2",
                       "--out", directory / "run"})),
            0);
  EXPECT_FALSE(fs::exists(directory / "run/step-00000004"));
  EXPECT_TRUE(fs::exists(directory / "run/step-00000006"));
  EXPECT_TRUE(fs::exists(directory / "run/step-00000007"));
}

TEST_F(AppTest, NonFiniteLossKeepsTheLastGoodCheckpoint) {
  model.onStep = [](int64_t n, double &loss) {
    if (n == 4)
      loss = std::nan("");
  };
  // Step 5 starts from the checkpoint of step 4, which is therefore bad.
  std::string path = directory / "run";
  expectError(3, "the last good checkpoint is '" + path + "/step-00000002'",
              train({"--steps", "9", "--save-every", "2", "--keep", "1",
                     "--out", path}));
  EXPECT_NE(error.find("step 5: loss nan"), std::string::npos) << error;
  EXPECT_TRUE(fs::exists(path + "/step-00000002/good"));
  EXPECT_TRUE(fs::exists(path + "/step-00000004/bad"));
  EXPECT_FALSE(fs::exists(path + "/step-00000005"));
  expectError(3, "no good checkpoint was written before",
              train({"--steps", "9", "--out", directory / "b"}));
  // To go on from the good one is all that there is to do.
  model.onStep = [](int64_t, double &) {};
  ASSERT_EQ(run(train({"--steps", "9", "--keep", "1", "--resume", path})), 0)
      << error;
  EXPECT_EQ(row("first step"), "3");
  EXPECT_NE(error.find("step-00000004' is bad"), std::string::npos) << error;
  EXPECT_FALSE(fs::exists(path + "/step-00000004"));
  EXPECT_TRUE(fs::exists(path + "/step-00000009/good"));
}

TEST_F(AppTest, TheLastCheckpointIsJudgedByOneMoreStep) {
  std::string path = directory / "run";
  auto failAt = [&](int64_t step) {
    model.onStep = [step](int64_t n, double &loss) {
      if (n == step)
        loss = std::nan("");
    };
  };
  failAt(6);
  expectError(3, "after step 6: loss nan",
              train({"--steps", "6", "--save-every", "4", "--out", path}));
  EXPECT_NE(error.find("checkpoint is '" + path + "/step-00000004'"),
            std::string::npos)
      << error;
  EXPECT_TRUE(fs::exists(path + "/step-00000006/bad"));
  expectError(3, "after step 1: loss ",
              train({"--steps", "1", "--lr", "1e39", "--min-lr", "1e39",
                     "--warmup", "0"}));
  failAt(-1);
  ASSERT_EQ(run(train({"--steps", "4", "--resume", path + "/step-00000004"})),
            0);
  EXPECT_EQ(out.substr(out.find('\n') + 1), "") << "no step more";

  // What no step has judged, for want of time or by an earlier version of this
  // program, is judged when nothing else is to do.
  fs::remove(path + "/step-00000004/good");
  ASSERT_EQ(run(train({"--steps", "4", "--resume", path})), 0) << error;
  EXPECT_EQ(out.find("nothing to do"), 0u) << out;
  EXPECT_TRUE(fs::exists(path + "/step-00000004/good"));
  fs::remove(path + "/step-00000004/good");
  failAt(0);
  expectError(3, "after step 4: loss nan",
              train({"--steps", "4", "--resume", path + "/step-00000004"}));
}

TEST_F(AppTest, DamagedCheckpointsDoNotPushOutGoodOnes) {
  std::string path = directory / "run";
  ASSERT_EQ(run(train({"--steps", "20", "--save-every", "10", "--out", path})),
            0);
  std::string damaged = path + "/step-00000020/weights.safetensors";
  fs::resize_file(damaged, fs::file_size(damaged) - 1);
  ASSERT_EQ(run(train({"--steps", "18", "--save-every", "4", "--keep", "1",
                       "--resume", path})),
            0)
      << error;
  EXPECT_FALSE(fs::exists(path + "/step-00000010"));
  ASSERT_EQ(run({"eval", "--checkpoint", path, "--data", text}), 0) << error;
  EXPECT_EQ(row("checkpoint"), realPath(path).string() + "/step-00000018");
}

TEST_F(AppTest, ASaveThatFailsEndsTheRunOnlyIfItIsTheLast) {
  std::string path = directory / "run";
  // Files take the place of the directory and of that beside it, for two saves.
  auto block = [&] {
    fs::rename(path, path + ".away");
    std::ofstream(path) << "";
    std::ofstream(path + ".rescued") << "";
  };
  model.onStep = [&](int64_t n, double &) {
    if (n == 1)
      block();
    if (n == 3) {
      fs::remove(path);
      fs::rename(path + ".away", path);
    }
  };
  ASSERT_EQ(run(train({"--steps", "6", "--save-every", "1", "--out", path})), 0)
      << error;
  EXPECT_NE(error.find("is no more the directory"), std::string::npos) << error;
  EXPECT_NE(error.find("the run goes on"), std::string::npos) << error;
  EXPECT_FALSE(fs::exists(path + "/step-00000002"));
  EXPECT_TRUE(fs::exists(path + "/step-00000006/good"));

  model.onStep = [&](int64_t n, double &) {
    if (n == 1)
      block();
  };
  fs::remove_all(path);
  EXPECT_EQ(run(train({"--steps", "2", "--save-every", "1", "--out", path})),
            1);
  EXPECT_TRUE(error.starts_with("error: ")) << error;
  EXPECT_NE(error.find("is no more the directory"), std::string::npos) << error;

  // Where only the directory is in the way, steps are saved beside it.
  fs::remove_all(path);
  fs::remove_all(path + ".away");
  fs::remove(path + ".rescued");
  model.onStep = [&](int64_t n, double &) {
    if (n == 1) {
      block();
      fs::remove(path + ".rescued");
    }
  };
  EXPECT_EQ(run(train({"--steps", "2", "--save-every", "1", "--out", path})), 0)
      << error;
  EXPECT_NE(error.find("; saved beside it"), std::string::npos) << error;
  EXPECT_TRUE(fs::exists(path + ".rescued/step-00000002"));
}

TEST_F(AppTest, OutputsDoNotReplaceWhatIsNoOutput) {
  std::string text = directory / "precious.txt", log = directory / "log.jsonl";
  std::ofstream(text) << "{ \"not\": \"a log\" }";
  EXPECT_EQ(run(train({"--steps", "1", "--log", text})), 1);
  EXPECT_NE(error.find("holds something else than a log"), std::string::npos)
      << error;
  EXPECT_EQ(fs::file_size(text), 18u);
  // A log it does replace.
  EXPECT_EQ(run(train({"--steps", "2", "--log", log})), 0) << error;
  EXPECT_EQ(run(train({"--steps", "1", "--log", log})), 0) << error;

  EXPECT_EQ(run({"grads", "--weights", text, "--tokens", log, "--out",
                 std::string(directory / ".") + "/precious.txt"}),
            1);
  EXPECT_NE(error.find("is an input too"), std::string::npos) << error;
}

TEST_F(AppTest, ALogThatEndsInsideALineGetsANewOne) {
  std::string path = directory / "run", log = directory / "log.jsonl";
  ASSERT_EQ(run(train({"--steps", "2", "--out", path})), 0) << error;
  std::ofstream(log) << "{\"step\":1}\n{\"step\":2,\"lo";
  ASSERT_EQ(run(train({"--steps", "3", "--resume", path, "--log", log})), 0)
      << error;
  std::ifstream file(log);
  std::string line;
  for (int i = 0; i != 3; ++i)
    std::getline(file, line);
  EXPECT_TRUE(line.starts_with("{\"step\":3,")) << line;
}

TEST_F(AppTest, ADirectoryThatIsNoMoreOursIsNotWrittenTo) {
  std::string path = directory / "run";
  model.onStep = [&](int64_t n, double &) {
    if (n == 1) {
      fs::rename(path, path + ".moved");
      fs::create_directory(path);
    }
  };
  ASSERT_EQ(run(train({"--steps", "2", "--out", path})), 0) << error;
  EXPECT_NE(error.find("is no more the directory that this run has locked; "
                       "saved beside it"),
            std::string::npos)
      << error;
  EXPECT_TRUE(fs::is_empty(path));
  EXPECT_TRUE(fs::exists(path + ".rescued/step-00000002"));
}

TEST_F(AppTest, RunsAreNotNamedLikeCheckpoints) {
  EXPECT_EQ(run(train({"--steps", "1", "--out", directory / "step-00000001"})),
            1);
  EXPECT_NE(error.find("has the name of a checkpoint"), std::string::npos)
      << error;
}

TEST_F(AppTest, PathsAreRealAndAbsolute) {
  std::string path = trained();
  fs::path real = realPath(path), before = fs::current_path();
  fs::current_path(path);
  ASSERT_EQ(run(train({"--steps", "7", "--resume", "step-00000006"})), 0)
      << error;
  EXPECT_EQ(row("out"), real);
  fs::current_path("step-00000007");
  ASSERT_EQ(run(train({"--steps", "8", "--resume", "."})), 0) << error;
  EXPECT_EQ(row("out"), real);
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(path + "/step-00000008"));

  fs::create_symlink("run/step-00000007", directory / "best");
  expectError(1, "already holds a checkpoint of step 8",
              train({"--steps", "9", "--resume", directory / "best"}));
  fs::create_symlink("run", directory / "latest");
  expectError(1, "already holds a checkpoint of step 8",
              train({"--steps", "9", "--out", directory / "latest/"}));
  fs::remove_all(path + "/step-00000008");
  ASSERT_EQ(run(train({"--steps", "9", "--resume", directory / "best"})), 0);
  EXPECT_EQ(row("out"), real);
  EXPECT_EQ(row("resumed from"), real / "step-00000007");
}

TEST_F(AppTest, TwoRunsDoNotShareADirectory) {
  std::string path = directory / "run";
  std::string inner;
  model.onStep = [&](int64_t n, double &) {
    if (n == 1)
      try {
        Checkpoints(realPath(path), 1, std::nullopt);
      } catch (const Error &error) {
        inner = error.what();
      }
  };
  ASSERT_EQ(run(train({"--steps", "3", "--out", path})), 0);
  EXPECT_NE(inner.find("is in use by process"), std::string::npos) << inner;
}

TEST_F(AppTest, InterruptedWithoutOut) {
  model.onStep = [](int64_t n, double &) {
    if (n == 1)
      std::raise(SIGINT);
  };
  expectError(130, "interrupted after step 2; nothing was saved",
              train({"--steps", "9"}));
}

TEST_F(AppTest, ASignalSaysWhatToDo) {
  const std::string run = directory / "run";
  auto raiseAfterStep = [&](int64_t step, const std::vector<int> &signals) {
    model.onStep = [=](int64_t n, double &) {
      if (n + 1 == step)
        std::ranges::for_each(signals, [](int signal) { std::raise(signal); });
    };
  };
  raiseAfterStep(2, {SIGUSR1});
  EXPECT_EQ(AppTest::run(train({"--steps", "4", "--out", run})), 0) << error;
  EXPECT_TRUE(fs::exists(run + "/step-00000002"));
  EXPECT_TRUE(fs::exists(run + "/step-00000004"));
  // The first to ask for an end is the one that ends it; one event may come
  // twice.
  raiseAfterStep(3, {SIGHUP, SIGTERM, SIGHUP, SIGTERM});
  expectError(128 + SIGHUP, "interrupted after step 3; continue with --resume",
              train({"--steps", "9", "--out", directory / "hup"}));
  // Too late to end anything.
  raiseAfterStep(2, {SIGTERM});
  EXPECT_EQ(AppTest::run(train({"--steps", "2", "--out", directory / "end"})),
            0);
  std::signal(SIGHUP, SIG_IGN);
  raiseAfterStep(1, {SIGHUP});
  EXPECT_EQ(AppTest::run(train({"--steps", "2", "--out", directory / "no"})),
            0);
  EXPECT_FALSE(fs::exists(directory / "no/step-00000001"));
}

} // namespace
