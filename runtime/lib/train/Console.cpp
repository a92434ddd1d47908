//===- Console.cpp - Lines and the progress bar ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

#include <cerrno>
#include <cstring>
#include <utility>

using namespace wavrt;

void Console::line(const std::string &text) {
  clear();
  std::fprintf(out, "%s\n", text.c_str());
  flush();
}

void Console::progress(int64_t done, int64_t total, double secondsLeft) {
  if (!terminal)
    return;
  constexpr int width = 40;
  int filled = static_cast<int>(width * done / total);
  auto seconds = static_cast<long long>(secondsLeft + 0.5);
  std::string bar(static_cast<size_t>(filled), '#');
  bar.resize(width, '.');
  std::fprintf(out, "\r\033[K[%s] %3d%%, %lld:%02lld:%02lld left", bar.c_str(),
               static_cast<int>(100 * done / total), seconds / 3600,
               seconds / 60 % 60, seconds % 60);
  flush();
  showing = true;
}

void Console::clear() {
  if (!showing)
    return;
  std::fputs("\r\033[K", out);
  flush();
  showing = false;
}

void Console::flush() {
  if (std::fflush(out) == 0 && !std::ferror(out))
    return;
  if (!std::exchange(lost, true))
    warn(std::string("cannot write to standard output: ") +
         std::strerror(errno) + "; the run goes on");
  std::clearerr(out);
}
