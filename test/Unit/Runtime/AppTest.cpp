//===- AppTest.cpp - The command line of a training program ---------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/app.h"
#include "wavrt/checkpoint.h"
#include "wavrt/safetensors.h"

#include "train/Checkpoints.h"

#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

using namespace wavrt;
using namespace wavrt::test;
using nlohmann::json;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;
namespace fs = std::filesystem;

namespace {

class AppTest : public testing::Test {
protected:
  AppTest() {
    // Whatever a parent ignores, as lit does, would stay ignored.
    for (int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1})
      std::signal(signal, SIG_DFL);
    std::string characters;
    for (int i = 0; i != 400; ++i)
      characters.push_back(static_cast<char>('a' + i * i * i % 11 % 8));
    text = directory.file("text.txt", characters);
  }

  /// Runs the program; `out` and `error` get what it printed.
  int run(const std::vector<std::string> &args) {
    CaptureStdout();
    CaptureStderr();
    int code = runApp("prog", args, model.provider(anyBatch));
    out = GetCapturedStdout();
    error = GetCapturedStderr();
    return code;
  }

  /// The value of a row of the table that was printed.
  std::string row(const std::string &name) {
    size_t at = ("\n" + out).find("\n" + name + "  ");
    EXPECT_NE(at, std::string::npos) << name << " is not in\n" << out;
    size_t value = out.find_first_not_of(' ', at + name.size());
    return out.substr(value, out.find('\n', value) - value);
  }

  /// The exit code is `code` and the one line of error has `message` in it.
  void expectError(int code, const std::string &message,
                   const std::vector<std::string> &args) {
    SCOPED_TRACE(message);
    EXPECT_EQ(run(args), code);
    EXPECT_EQ(error.find("error: "), 0u) << error;
    EXPECT_EQ(error.find('\n'), error.size() - 1) << error;
    EXPECT_NE(error.find(message), std::string::npos) << error;
  }

  std::vector<std::string> train(std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "--data", text});
    return more;
  }

  /// Trains six steps into `name`.
  std::string trained(const std::string &name = "run") {
    std::string path = directory / name;
    EXPECT_EQ(run(train({"--steps", "6", "--out", path, "--lr", "0.1"})), 0)
        << error;
    return path;
  }

  TrigramModel model;
  bool anyBatch = true;
  TemporaryDirectory directory;
  std::string text, out, error;
};

//===----------------------------------------------------------------------===//
// Usage
//===----------------------------------------------------------------------===//

TEST_F(AppTest, HelpIsPrintedForEverySubcommand) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(out.find("128 + n signal n (130: Ctrl-C)"), std::string::npos)
      << out;
  for (const char *command :
       {"train", "eval", "generate", "grads", "info", "run", "profile"}) {
    EXPECT_EQ(run({command, "--help"}), 0);
    EXPECT_NE(out.find("--threads"), std::string::npos) << out;
    EXPECT_EQ(error, "");
  }
}

TEST_F(AppTest, BadUsage) {
  expectError(2, "subcommand is required; see prog --help", {});
  expectError(2, "see prog --help", {"fly"});
  expectError(2, "--data is required; see prog train --help",
              {"train", "--steps", "1"});
  expectError(2, "--steps is required", {"train", "--data", text});
  expectError(2, "--wings", train({"--steps", "1", "--wings"}));
  auto bad = [&](const char *option, const char *value, const char *message) {
    expectError(2, message, train({"--steps", "1", option, value}));
  };
  expectError(2, "'0' is not a whole number of at least 1",
              train({"--steps", "0"}));
  bad("--batch", "0", "'0' is not a whole number of at least 1");
  bad("--batch", "-3", "'-3' is not");
  bad("--batch", "1.5", "'1.5' is not a whole number");
  bad("--batch", "99999999999999999999", "is not a whole number");
  bad("--lr", "nan", "'nan' is not a number of at least 0");
  bad("--lr", "inf", "'inf' is not a number");
  bad("--lr", "-1", "'-1' is not a number");
  bad("--min-lr", "1", "--min-lr 1 is above --lr 0.001");
  bad("--threads", "0", "'0' is not");
  bad("--keep", "-1", "'-1' is not");
  bad("--seed", "x", "'x' is not a whole number");
  bad("--seed", "18446744073709551616", "is not a whole number");
  expectError(
      2, "'0' is not",
      {"generate", "--checkpoint", "a", "--prompt", "b", "--tokens", "0"});
  expectError(2, "'-1' is not",
              {"generate", "--checkpoint", "a", "--prompt", "b", "--tokens",
               "1", "--temperature", "-1"});
}

TEST_F(AppTest, ADeviceIsChosenWhereThereAreSeveral) {
  DeviceChoice choice = DeviceChoice::Any;
  auto provider = [&](const ProgramRequest &request) {
    choice = request.device;
    return model.provider()(request);
  };
  auto runWith = [&](std::vector<std::string> args, AppInfo about) {
    args.insert(args.begin(), "info");
    CaptureStdout();
    CaptureStderr();
    int code = runApp("prog", args, provider, about);
    out = GetCapturedStdout();
    error = GetCapturedStderr();
    return code;
  };
  EXPECT_EQ(runWith({"--device", "cuda"}, {"", true}), 0) << error;
  EXPECT_EQ(choice, DeviceChoice::CUDA);
  EXPECT_EQ(runWith({"--device=cpu"}, {"", true}), 0);
  EXPECT_EQ(choice, DeviceChoice::CPU);
  EXPECT_EQ(runWith({}, {"", true}), 0);
  EXPECT_EQ(choice, DeviceChoice::Any);
  EXPECT_EQ(runWith({"--device=gpu"}, {"", true}), 2);
  EXPECT_NE(error.find("'gpu' is neither cpu nor cuda"), std::string::npos)
      << error;
  EXPECT_EQ(runWith({"--device=cpu"}, {}), 2);
}

TEST_F(AppTest, UnwritableOutputIsAnError) {
  // CaptureStdout would hide it, so here the descriptor itself is changed.
  std::fflush(stdout);
  int saved = ::dup(STDOUT_FILENO), full = ::open("/dev/full", O_WRONLY);
  ::dup2(full, STDOUT_FILENO);
  CaptureStderr();
  int code = runApp("prog", {"info"}, model.provider());
  error = GetCapturedStderr();
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(full);
  std::clearerr(stdout);
  EXPECT_EQ(code, 1);
  EXPECT_NE(error.find("cannot write to standard output"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// train
//===----------------------------------------------------------------------===//

TEST_F(AppTest, TrainPrintsATableAndALineAStep) {
  EXPECT_EQ(run(train({"--steps", "3", "--out", directory / "run", "--log",
                       directory / "log", "--eval-every", "2"})),
            0)
      << error;
  EXPECT_EQ(error, "");
  EXPECT_EQ(row("vocab_size"), "8");
  EXPECT_EQ(row("parameters"), "160 (160 in 3 tensors; 128 decayed)");
  EXPECT_EQ(row("tokens per step"), "8");
  EXPECT_EQ(row("FLOPs per token"), "256");
  EXPECT_EQ(row("memory, parameters"), "640 B");
  EXPECT_EQ(row("lr"), "0.001");
  EXPECT_EQ(row("min-lr"), "0.0001");
  for (const char *expected :
       {"\nstep 1/3 | loss ", "\nstep 2/3 | loss ",
        "\nstep 2/3 | validation loss ", "\nstep 3/3 | loss ",
        "\nstep 3/3 | validation loss ", "tok/s", "\nsaved "})
    EXPECT_NE(out.find(expected), std::string::npos) << expected << out;
  EXPECT_EQ(out.find('\r'), std::string::npos);
  EXPECT_EQ(out.find("\nstep 1/3 | validation"), std::string::npos);

  std::istringstream log(contents(directory / "log"));
  std::string line;
  for (int step = 1; std::getline(log, line); ++step) {
    json record = json::parse(line);
    EXPECT_EQ(record["step"], step);
    EXPECT_GT(record["loss"], 0);
    EXPECT_GT(record["grad_norm"], 0);
    EXPECT_GT(record["lr"], 0);
    EXPECT_GT(record["ms"], 0);
    EXPECT_GT(record["tokens_per_second"], 0);
    EXPECT_EQ(record.contains("val_loss"), step != 1);
    EXPECT_LE(step, 3);
  }
  EXPECT_EQ(directory.names(),
            (std::vector<std::string>{
                "log", "run", "run/step-00000003", "run/step-00000003/good",
                "run/step-00000003/optimizer.safetensors",
                "run/step-00000003/state.json",
                "run/step-00000003/weights.safetensors", "text.txt"}));
}

TEST_F(AppTest, TrainDrawsABarOnATerminal) {
  int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(master, 0);
  ASSERT_EQ(::grantpt(master), 0);
  ASSERT_EQ(::unlockpt(master), 0);
  int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  ASSERT_GE(slave, 0);
  std::fflush(stdout);
  int saved = ::dup(STDOUT_FILENO);
  ::dup2(slave, STDOUT_FILENO);
  // A program small enough that its output fits the terminal's buffer.
  int code = runApp("prog", train({"--steps", "2", "--eval-every", "0"}),
                    model.provider());
  std::fflush(stdout);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::fcntl(master, F_SETFL, O_NONBLOCK);
  std::string seen(1 << 16, '\0');
  ssize_t size = 0, got;
  while ((got = ::read(master, seen.data() + size, seen.size() - size)) > 0)
    size += got;
  ::close(slave);
  ::close(master);
  seen.resize(static_cast<size_t>(size));
  EXPECT_EQ(code, 0);
  EXPECT_NE(seen.find("\r\033[K[####################..."), std::string::npos)
      << seen;
  EXPECT_NE(seen.find("50%"), std::string::npos);
}

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

TEST_F(AppTest, DataErrors) {
  auto data = [&](const std::string &name, const std::string &content) {
    return std::vector<std::string>{
        "train", "--data", directory.file(name, content), "--steps", "1"};
  };
  expectError(1, "No such file",
              {"train", "--data", directory / "none.txt", "--steps", "1"});
  expectError(1, "is empty", data("a.txt", ""));
  expectError(1, "has 1 tokens; a window of context 4 needs 5",
              data("a.txt", "xy"));
  expectError(1, "token 8 at offset 2",
              data("a.bin", std::string("\1\0\x08\0", 4)));
  expectError(1, "has 3 bytes, not a multiple of 2", data("a.bin", "abc"));
  expectError(1, "9 different bytes", data("a.txt", "abcdefghi"));
  std::vector<std::string> foreign =
      train({"--steps", "1", "--val", directory.file("v.txt", "abz")});
  expectError(1, "byte 'z' at offset 2 is not in the vocabulary", foreign);
  expectError(1, "the validation part of",
              train({"--steps", "1", "--val", directory.file("v.txt", "ab")}));
  expectError(1, "cannot write to --out",
              train({"--steps", "1", "--out", text + "/run"}));
  expectError(1, "cannot write --log",
              train({"--steps", "1", "--log", directory / "no/log"}));
}

TEST_F(AppTest, ShortTextTrainsWithoutEvaluation) {
  std::string path = directory.file("short.txt", "abcdefghabcdefgh");
  EXPECT_EQ(run({"train", "--data", path, "--steps", "1"}), 0);
  EXPECT_EQ(error.find("warning: the last tenth of the data has 2 tokens"), 0u)
      << error;
  expectError(1, "or --eval-every 0",
              {"train", "--data", path, "--steps", "1", "--eval-every", "1"});
}

TEST_F(AppTest, CompiledProgramServesItsOwnBatchOnly) {
  anyBatch = false;
  expectError(1, "compiled for batch 2, not 3; compile it with --batch=3",
              train({"--steps", "1", "--batch", "3"}));
  EXPECT_EQ(run(train({"--steps", "1", "--batch", "2"})), 0);
}

//===----------------------------------------------------------------------===//
// eval and generate
//===----------------------------------------------------------------------===//

TEST_F(AppTest, EvalPrintsLossPerplexityAndBits) {
  std::string path = trained();
  ASSERT_EQ(run({"eval", "--checkpoint", path, "--data", text}), 0) << error;
  double loss = std::stod(row("loss"));
  EXPECT_GT(loss, 0);
  EXPECT_NEAR(std::stod(row("perplexity")), std::exp(loss), 1e-4);
  EXPECT_NEAR(std::stod(row("bits per character")), loss / std::log(2), 1e-5);
  EXPECT_EQ(row("tokens"), "400");
  // Less than a window, and exactly one.
  for (const char *part : {"ab", "abc", "abcde"})
    EXPECT_EQ(run({"eval", "--checkpoint", path, "--data",
                   directory.file("part.txt", part)}),
              0)
        << error;

  expectError(1, "byte 0x0a at offset 2",
              {"eval", "--checkpoint", path, "--data",
               directory.file("new.txt", "ab\n")});
  expectError(1, "was trained on text; give a .txt file",
              {"eval", "--checkpoint", path, "--data",
               directory.file("new.bin", "ab")});
  expectError(
      1, "has 1 tokens",
      {"eval", "--checkpoint", path, "--data", directory.file("one.txt", "a")});
}

TEST_F(AppTest, GenerateContinuesThePrompt) {
  std::string path = trained();
  auto generate = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"generate", "--checkpoint", path});
    return run(more);
  };
  ASSERT_EQ(generate({"--prompt", "abcabc", "--tokens", "20"}), 0) << error;
  EXPECT_EQ(out.size(), 6 + 20 + 1u) << out;
  EXPECT_EQ(out.find("abcabc"), 0u);
  EXPECT_EQ(out.find_first_not_of("abcdefgh"), out.size() - 1);
  std::string first = out;
  ASSERT_EQ(generate({"--prompt", "abcabc", "--tokens", "20"}), 0);
  EXPECT_EQ(out, first);
  ASSERT_EQ(generate({"--prompt", "abcabc", "--tokens", "20", "--seed", "2"}),
            0);
  EXPECT_NE(out, first);
  // The first token does not depend on how many follow.
  ASSERT_EQ(generate({"--prompt", "abcabc", "--tokens", "1"}), 0);
  EXPECT_EQ(out, first.substr(0, 7) + "\n");
  // Greedy, top-1 and cold sampling agree.
  ASSERT_EQ(generate({"--prompt", "a", "--tokens", "9", "--temperature", "0"}),
            0);
  std::string greedy = out;
  ASSERT_EQ(generate({"--prompt", "a", "--tokens", "9", "--top-k", "1"}), 0);
  EXPECT_EQ(out, greedy);
  EXPECT_EQ(generate({"--prompt", "abz", "--tokens", "1"}), 1);
  EXPECT_NE(error.find("the byte at offset 2"), std::string::npos) << error;
  EXPECT_EQ(out, "");
  EXPECT_EQ(generate({"--prompt", "", "--tokens", "1"}), 1);
}

TEST_F(AppTest, UnusedTokensOfTheModelAreNeverGenerated) {
  model.vocab = 20;
  std::string path = trained();
  ASSERT_EQ(run({"generate", "--checkpoint", path, "--prompt", "a", "--tokens",
                 "200", "--temperature", "100"}),
            0)
      << error;
  EXPECT_EQ(out.find_first_not_of("abcdefgh"), out.size() - 1) << out;
}

TEST_F(AppTest, TokenIdsGoInAndOutAsNumbers) {
  std::string ids;
  for (int i = 0; i != 200; ++i)
    ids += {static_cast<char>(i % 8), '\0'};
  text = directory.file("ids.bin", ids);
  std::string path = trained();
  ASSERT_EQ(run({"eval", "--checkpoint", path, "--data", text}), 0) << error;
  EXPECT_NE(out.find("bits per token"), std::string::npos) << out;
  ASSERT_EQ(run({"generate", "--checkpoint", path, "--prompt", "1,2",
                 "--tokens", "3", "--temperature", "0"}),
            0)
      << error;
  EXPECT_EQ(out.find("1,2,"), 0u);
  EXPECT_EQ(std::count(out.begin(), out.end(), ','), 4);
  for (const char *bad :
       {"1,,2", "8", "-1", "a", "1,2,", "1 2", "99999999999"}) {
    EXPECT_EQ(run({"generate", "--checkpoint", path, "--prompt", bad,
                   "--tokens", "1"}),
              1)
        << bad;
    EXPECT_NE(error.find("comma-separated ids below 8"), std::string::npos)
        << error;
  }
  expectError(
      1, "was trained on token ids; give a .bin",
      {"eval", "--checkpoint", path, "--data", directory.file("a.txt", "ab")});
}

TEST_F(AppTest, CheckpointOfAnotherModelIsAnError) {
  std::string path = trained();
  model.context = 5;
  expectError(
      1, "it has max_position_embeddings = 4, the program 5",
      {"generate", "--checkpoint", path, "--prompt", "a", "--tokens", "1"});
}

//===----------------------------------------------------------------------===//
// grads and info
//===----------------------------------------------------------------------===//

TEST_F(AppTest, GradsWritesLossLogitsAndGradients) {
  for (DType dtype : {DType::F32, DType::F64}) {
    model.dtype = dtype;
    Program program = model.program();
    Session session(program, 1);
    auto parameters = storedParameters(program.manifest());
    std::vector<double> values(64);
    for (size_t i = 0; i != values.size(); ++i)
      values[i] = std::sin(static_cast<double>(i));
    session.write(parameters[0].memory, values);
    std::string weights = directory / "weights.safetensors";
    saveTensors(session, weights, parameters);
    std::string tokens;
    for (int i = 0; i != 15; ++i)
      tokens += {static_cast<char>(i * 3 % 8), '\0'};
    std::string path = directory / "grads.safetensors";
    ASSERT_EQ(run({"grads", "--weights", weights, "--tokens",
                   directory.file("tokens.bin", tokens), "--out", path}),
              0)
        << error;
    SafetensorsFile file(path);
    auto read = [&](const char *name) {
      const auto &tensor = file.tensors().at(name);
      EXPECT_EQ(tensor.dtype, dtype == DType::F64 ? "F64" : "F32");
      std::vector<double> out(static_cast<size_t>(tensor.numElements()));
      file.read(tensor, out);
      return out;
    };
    EXPECT_EQ(file.tensors().size(), 5u);
    EXPECT_EQ(file.tensors().at("loss").shape, std::vector<int64_t>{1});
    EXPECT_EQ(file.tensors().at("logits").shape,
              (std::vector<int64_t>{3, 4, 8}));
    // Row by row: logits are those of the tokens, the mean of their losses is
    // the loss, and each row's gradient sums to zero.
    auto logits = read("logits");
    double loss = 0;
    for (int row = 0; row != 12; ++row) {
      int at = row / 4 * 5 + row % 4, current = at * 3 % 8;
      double total = 0;
      for (int v = 0; v != 8; ++v) {
        double logit = logits[static_cast<size_t>(row * 8 + v)];
        EXPECT_NEAR(logit, std::sin(current * 8 + v), 1e-6);
        total += std::exp(logit);
      }
      loss += std::log(total) -
              logits[static_cast<size_t>(row * 8 + (at + 1) * 3 % 8)];
    }
    EXPECT_NEAR(read("loss")[0], loss / 12, 1e-6);
    double sum = 0, magnitude = 0;
    for (double value : read("grad.current")) {
      sum += value;
      magnitude += std::abs(value);
    }
    EXPECT_NEAR(sum, 0, 1e-6);
    EXPECT_GT(magnitude, 0.1);
    EXPECT_EQ(read("grad.place").size(), 32u);
  }
}

TEST_F(AppTest, GradientsThatAreNotFiniteAreAnErrorOfNumerics) {
  Program program = model.program();
  Session session(program, 1);
  auto parameters = storedParameters(program.manifest());
  std::vector<double> values(64, std::nan(""));
  session.write(parameters[0].memory, values);
  saveTensors(session, directory / "w.safetensors", parameters);
  expectError(3, "'loss' is not finite in",
              {"grads", "--weights", directory / "w.safetensors", "--tokens",
               directory.file("tokens.bin", std::string(10, '\0')), "--out",
               directory / "out.safetensors"});
  EXPECT_EQ(SafetensorsFile(directory / "out.safetensors").tensors().size(),
            5u);
}

TEST_F(AppTest, RunsAnEntryOnTensorsOfAFile) {
  Program program = model.program();
  Session session(program, 1);
  auto parameters = storedParameters(program.manifest());
  double token = 3;
  auto run = [&](const std::string &entry) {
    std::vector<TensorSource> tensors;
    for (const StoredTensor &parameter : parameters)
      tensors.push_back({parameter.name, DType::F32, parameter.shape,
                         [](auto values) { std::ranges::fill(values, 0.5); }});
    for (const char *name : {"tokens", "targets"})
      tensors.push_back({name, DType::F32, {8}, [&](auto values) {
                           std::ranges::fill(values, token);
                         }});
    std::string in = directory / "in.safetensors";
    writeSafetensors(in, tensors);
    return std::vector<std::string>{
        "run", entry, "--in", in, "--out", directory / "out.safetensors"};
  };
  ASSERT_EQ(AppTest::run(run("eval")), 0) << error;
  SafetensorsFile file(directory / "out.safetensors");
  double loss;
  file.read(file.tensors().at("loss"), {&loss, 1});
  EXPECT_NEAR(loss, std::log(8), 1e-6);

  expectError(1, "has no 'lr' of the shape", run("train_step"));
  expectError(1, "no entry point 'dance'; it has: train_step, eval",
              run("dance"));
  token = 8;
  expectError(1,
              "'tokens' has the element 8.000000; give whole numbers from 0 "
              "to 7",
              run("eval"));
}

TEST_F(AppTest, ProfilesEveryKernel) {
  EXPECT_EQ(run({"profile", "--runs", "2"}), 0) << error;
  EXPECT_NE(out.find("train_step on CPU: median of 2 runs"), out.npos) << out;
  EXPECT_EQ(run({"profile", "--entry", "eval", "--json"}), 0) << error;
  json document = json::parse(out);
  EXPECT_EQ(document["entry"], "eval");
  EXPECT_EQ(document["runs"], 10);
  EXPECT_LE(document["best_ms"], document["median_ms"]);
  EXPECT_TRUE(document["kernels"].is_array());
  expectError(1, "no entry point 'dance'", {"profile", "--entry", "dance"});
}

TEST_F(AppTest, GradsRefusesBadInput) {
  Program program = model.program();
  Session session(program, 1);
  std::string weights = directory / "weights.safetensors";
  saveTensors(session, weights, storedParameters(program.manifest()));
  std::string tokens = directory.file("tokens.bin", std::string(20, '\0'));
  std::string path = directory / "grads.safetensors";
  auto before = directory.names();
  auto grads = [&](const std::string &w, const std::string &t) {
    return std::vector<std::string>{"grads", "--weights", w,   "--tokens",
                                    t,       "--out",     path};
  };
  expectError(1, "has 6 tokens; give a multiple of context + 1 = 5",
              grads(weights, directory.file("x.bin", std::string(12, '\0'))));
  expectError(
      1, "token 8 at offset 2",
      grads(weights, directory.file("x.bin", std::string("\0\0\x08\0", 4) +
                                                 std::string(6, '\0'))));
  expectError(1, "is text", grads(weights, text));
  expectError(1, "is not a whole safetensors file",
              grads(directory.file("x.bin", "abc"), tokens));
  anyBatch = false;
  expectError(1, "compiled for batch 2, not 1",
              grads(weights, directory.file("x.bin", std::string(10, '\0'))));
  fs::remove(directory / "x.bin");
  EXPECT_EQ(directory.names(), before);
  path = directory / "none/grads.safetensors";
  expectError(1, "cannot write '", grads(weights, tokens));
}

TEST_F(AppTest, InfoCountsLaunchesOfAKernel) {
  ASSERT_EQ(run({"info", "--json"}), 0);
  json info = json::parse(out);
  EXPECT_EQ(info["target"], "test");
  EXPECT_EQ(info["batch"], 2);
  EXPECT_EQ(info["context"], 4);
  EXPECT_EQ(info["model"]["vocab_size"], 8);
  EXPECT_EQ(info["parameters"]["count"], 160);
  EXPECT_EQ(info["parameters"]["tensors"][2]["shape"], (json{4, 8}));
  EXPECT_EQ(info["memory"]["arenas"]["parameters"], 640);
  int64_t total = 0;
  for (const auto &[name, bytes] : info["memory"]["arenas"].items())
    total += bytes.get<int64_t>();
  EXPECT_EQ(info["memory"]["peak"], total);
  json kernels = info["entries"]["train_step"]["kernels"];
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0]["name"], "rows");
  EXPECT_EQ(kernels[0]["launches"], 2);
  EXPECT_EQ(kernels[0]["bytes"], 200);
  EXPECT_EQ(kernels[0]["flops"], 2000);
  EXPECT_EQ(kernels[1]["launches"], 1);

  ASSERT_EQ(run({"info"}), 0);
  for (const char *expected : {"target", "memory, total", "train_step", "rows",
                               "2.0 k", "previous", "[8,8]"})
    EXPECT_NE(out.find(expected), std::string::npos) << expected << out;
}

} // namespace
