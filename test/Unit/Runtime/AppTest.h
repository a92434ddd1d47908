//===- AppTest.h - The command line on a small model ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_APPTEST_H
#define WAVRT_TEST_APPTEST_H

#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include "wavrt/app.h"

#include <csignal>
#include <gtest/gtest.h>

namespace wavrt::test {

/// Runs subcommands as a user does, and looks at what they print.
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
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int code = runApp("prog", args, model.provider(anyBatch));
    out = testing::internal::GetCapturedStdout();
    error = testing::internal::GetCapturedStderr();
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

} // namespace wavrt::test

#endif // WAVRT_TEST_APPTEST_H
