//===- TokenFile.cpp - Text and token files, and their split --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/data.h"
#include "wavrt/program.h"

#include "XxHash.h"

#include <algorithm>
#include <cstdio>

using namespace wavrt;

static std::string describe(std::byte character) {
  char text[16];
  int value = std::to_integer<int>(character);
  std::snprintf(text, sizeof text,
                value > ' ' && value < 127 ? "'%c'" : "0x%02x", value);
  return text;
}

Vocabulary::Vocabulary(std::string characters)
    : characters_(std::move(characters)) {
  int previous = -1;
  for (size_t i = 0; i != characters_.size(); ++i) {
    int character = static_cast<unsigned char>(characters_[i]);
    if (character <= previous)
      throw Error("the characters of a vocabulary must be in ascending order");
    tokens[static_cast<size_t>(character)] = static_cast<int32_t>(i);
    previous = character;
  }
}

Vocabulary Vocabulary::of(std::span<const std::byte> text) {
  bool seen[256] = {};
  for (std::byte character : text)
    seen[static_cast<size_t>(character)] = true;
  std::string characters;
  for (int character = 0; character != 256; ++character)
    if (seen[character])
      characters.push_back(static_cast<char>(character));
  return Vocabulary(std::move(characters));
}

TokenFile::TokenFile(const std::string &path, const Vocabulary *vocabulary)
    : file(path) {
  bool text = path.ends_with(".txt");
  if (!text && !path.ends_with(".bin"))
    throw Error("'" + path +
                "' is neither .txt (characters) nor .bin (uint16 tokens); "
                "rename it to say which it is");
  std::span<const std::byte> bytes = file.bytes();
  if (bytes.empty())
    throw Error("'" + path + "' is empty; give a file with some data");
  if (!text) {
    if (bytes.size() % 2 != 0)
      throw Error("'" + path + "' has an odd length, " +
                  std::to_string(bytes.size()) +
                  " bytes; it must hold little-endian uint16 tokens");
    return;
  }
  if (!vocabulary) {
    vocabulary_ = Vocabulary::of(bytes);
    if (vocabulary_.size() < 2)
      throw Error("'" + path + "' holds one character, " + describe(bytes[0]) +
                  ", and nothing else; give a text with something to learn");
    return;
  }
  vocabulary_ = *vocabulary;
  for (size_t offset = 0; offset != bytes.size(); ++offset)
    if (vocabulary_.encode(bytes[offset]) < 0)
      throw Error("'" + path + "': byte " + describe(bytes[offset]) +
                  " at offset " + std::to_string(offset) +
                  " is not in the vocabulary; it must occur in the training "
                  "text");
}

int64_t TokenFile::size() const {
  return static_cast<int64_t>(isText() ? numBytes() : numBytes() / 2);
}

uint64_t TokenFile::checksum() const { return xxh3(file.bytes()); }

void TokenFile::checkTokens(int64_t vocabSize) const {
  if (isText()) {
    if (vocabulary_.size() > vocabSize)
      throw Error("'" + path() + "' has " + std::to_string(vocabulary_.size()) +
                  " different bytes and the model's vocab_size is " +
                  std::to_string(vocabSize) + "; raise vocab_size");
    return;
  }
  std::vector<int32_t> chunk;
  for (int64_t begin = 0; begin != size();) {
    chunk.resize(
        static_cast<size_t>(std::min<int64_t>(size() - begin, 1 << 16)));
    copy(begin, chunk);
    for (int32_t token : chunk) {
      if (token >= vocabSize)
        throw Error("'" + path() + "': token " + std::to_string(token) +
                    " at offset " + std::to_string(2 * begin) +
                    " is not below the model's vocab_size, " +
                    std::to_string(vocabSize));
      ++begin;
    }
  }
}

void TokenFile::copy(int64_t begin, std::span<int32_t> tokens) const {
  const std::byte *bytes = file.bytes().data();
  if (isText()) {
    for (int32_t &token : tokens)
      token = vocabulary_.encode(bytes[begin++]);
    return;
  }
  for (int32_t &token : tokens) {
    token = std::to_integer<int32_t>(bytes[2 * begin]) |
            std::to_integer<int32_t>(bytes[2 * begin + 1]) << 8;
    ++begin;
  }
}

Dataset Dataset::open(const std::string &path,
                      const std::string &validationPath) {
  auto file = std::make_shared<const TokenFile>(path);
  if (validationPath.empty()) {
    int64_t split = file->size() * 9 / 10;
    return {{file, 0, split}, {file, split, file->size() - split}};
  }
  if (path.ends_with(".txt") != validationPath.ends_with(".txt"))
    throw Error("'" + path + "' and '" + validationPath +
                "' are of different kinds; both must be .txt or both .bin");
  auto validation = std::make_shared<const TokenFile>(
      validationPath, file->isText() ? &file->vocabulary() : nullptr);
  return {{file, 0, file->size()}, {validation, 0, validation->size()}};
}
