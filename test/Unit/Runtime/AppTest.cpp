//===- AppTest.cpp - The command line of a training program ---------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppTest.h"

#include "wavrt/safetensors.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
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
  json traffic = info["entries"]["train_step"]["traffic"];
  ASSERT_EQ(traffic.size(), 2u);
  EXPECT_EQ(traffic["norm"]["bytes"], 80);
  EXPECT_EQ(traffic["other"]["bytes"], 130);
  // The model states no hidden size.
  EXPECT_EQ(info["plane_bytes"], 0);
  EXPECT_TRUE(traffic["norm"]["planes"].is_null());

  ASSERT_EQ(run({"info"}), 0);
  for (const char *expected :
       {"target", "memory, total", "train_step", "rows", "2.0 k", "previous",
        "[8,8]", "train_step, by category"})
    EXPECT_NE(out.find(expected), std::string::npos) << expected << out;
}

} // namespace
