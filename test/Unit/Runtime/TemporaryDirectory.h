//===- TemporaryDirectory.h - A directory of a test -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_TEMPORARYDIRECTORY_H
#define WAVRT_TEST_TEMPORARYDIRECTORY_H

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace wavrt::test {

/// Made empty, removed with all that it holds.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    std::string pattern =
        std::filesystem::temp_directory_path() / "wavrt-XXXXXX";
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error("cannot make a temporary directory");
    root = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(root); }

  std::string operator/(const std::string &name) const { return root / name; }

  /// Writes a file and returns its path.
  std::string file(const std::string &name, const std::string &content) const {
    std::ofstream(root / name, std::ios::binary) << content;
    return root / name;
  }

  /// The names of all entries below, hidden ones included, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry :
         std::filesystem::recursive_directory_iterator(root))
      result.push_back(entry.path().lexically_relative(root));
    std::sort(result.begin(), result.end());
    return result;
  }

private:
  std::filesystem::path root;
};

inline std::string contents(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace wavrt::test

#endif // WAVRT_TEST_TEMPORARYDIRECTORY_H
