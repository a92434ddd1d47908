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
#include <cstring>

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

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

namespace {
/// The header of llm.c's token files is 256 int32; the first three are these.
struct Header {
  uint32_t magic, version, tokens;
};
constexpr size_t headerBytes = 256 * sizeof(int32_t);

struct HeaderKind {
  uint32_t magic, version;
  int bits;
};
/// As llm.c writes the tokens of GPT-2 and of Llama 3.
constexpr HeaderKind headerKinds[] = {{20240520, 1, 16}, {20240801, 7, 32}};
} // namespace

/// What the header says, if there is one.
static std::optional<TokenFormat> parseHeader(const InputFile &file) {
  if (file.size() < headerBytes)
    return std::nullopt;
  Header header;
  file.read(0, std::as_writable_bytes(std::span(&header, 1)));
  for (const HeaderKind &kind : headerKinds) {
    if (header.magic != kind.magic)
      continue;
    if (header.version != kind.version)
      throw Error("'" + file.path() + "' has a header of llm.c of version " +
                  std::to_string(header.version) + "; write it in version " +
                  std::to_string(kind.version));
    TokenFormat format{kind.bits, headerBytes};
    if (file.size() - headerBytes != header.tokens * format.bytes())
      throw Error("'" + file.path() + "': its header says " +
                  std::to_string(header.tokens) + " tokens of " +
                  std::to_string(format.bytes()) + " bytes, and " +
                  std::to_string(file.size() - headerBytes) +
                  " bytes follow; write it again");
    return format;
  }
  return std::nullopt;
}

static TokenFormat chooseFormat(const InputFile &file,
                                std::optional<int> bits) {
  const std::string &path = file.path();
  bool text = path.ends_with(".txt");
  if (!text && !path.ends_with(".bin"))
    throw Error("'" + path +
                "' is neither .txt (characters) nor .bin (token ids); rename "
                "it to say which it is");
  auto refuseBits = [&](const std::string &reason) {
    throw Error("'" + path + "' " + reason +
                "; leave --token-bits=" + std::to_string(*bits) + " out");
  };
  if (text) {
    if (bits)
      refuseBits("is text");
    return {};
  }
  if (std::optional<TokenFormat> format = parseHeader(file)) {
    if (bits && *bits != format->bits)
      refuseBits("has a header of llm.c that says uint" +
                 std::to_string(format->bits));
    return *format;
  }
  TokenFormat format{bits.value_or(16), 0, bits.has_value()};
  if (file.size() % format.bytes() != 0)
    throw Error("'" + path + "' has " + std::to_string(file.size()) +
                " bytes, not a multiple of " + std::to_string(format.bytes()) +
                "; it must hold little-endian uint" +
                std::to_string(format.bits) + " tokens");
  return format;
}

/// Tokens as they are in the file: ids, or bytes of text.
static void decode(std::span<const std::byte> bytes, int bits,
                   std::span<int32_t> tokens) {
  auto as = [&]<typename T>(T value) {
    for (size_t i = 0; i != tokens.size(); ++i) {
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      tokens[i] = static_cast<int32_t>(value);
    }
  };
  if (bits == 8)
    as(uint8_t{});
  else if (bits == 16)
    as(uint16_t{});
  else
    as(uint32_t{});
}

//===----------------------------------------------------------------------===//
// Token files
//===----------------------------------------------------------------------===//

TokenFile::TokenFile(const std::string &path, const Vocabulary *vocabulary,
                     std::optional<int> bits)
    : file(path), format(chooseFormat(file, bits)),
      size_(
          static_cast<int64_t>((file.size() - format.begin) / format.bytes())) {
  if (size_ == 0)
    throw Error("'" + path + "' is empty; give a file with some data");
  scan();
  if (format.bits != 8)
    return;
  if (!vocabulary) {
    std::string characters;
    for (int character = 0; character != 256; ++character)
      if (firstAt[static_cast<size_t>(character)] >= 0)
        characters.push_back(static_cast<char>(character));
    if (characters.size() < 2)
      throw Error("'" + path + "' holds one character, " +
                  describe(static_cast<std::byte>(characters[0])) +
                  ", and nothing else; give a text with something to learn");
    vocabulary_ = Vocabulary(std::move(characters));
    return;
  }
  vocabulary_ = *vocabulary;
  size_t foreign = 256;
  for (size_t character = 0; character != 256; ++character)
    if (firstAt[character] >= 0 &&
        vocabulary_.encode(static_cast<std::byte>(character)) < 0 &&
        (foreign == 256 || firstAt[character] < firstAt[foreign]))
      foreign = character;
  if (foreign != 256)
    throw Error("'" + path + "': byte " +
                describe(static_cast<std::byte>(foreign)) + " at offset " +
                std::to_string(firstAt[foreign]) +
                " is not in the vocabulary; it must occur in the training "
                "text");
}

/// All that is to be known of the whole file, in one pass.
void TokenFile::scan() {
  XXH3 hash;
  std::vector<std::byte> bytes;
  std::vector<int32_t> tokens;
  bytes.resize(format.begin);
  file.read(0, bytes);
  hash.add(bytes);
  constexpr int64_t atOnce = 1 << 18; // Even, for `largest`.
  for (int64_t begin = 0; begin != size_;) {
    tokens.resize(static_cast<size_t>(std::min(size_ - begin, atOnce)));
    bytes.resize(tokens.size() * format.bytes());
    file.read(offsetOf(begin), bytes);
    hash.add(bytes);
    if (format.bits == 8) {
      bool seen[256] = {};
      for (std::byte character : bytes)
        seen[static_cast<size_t>(character)] = true;
      for (size_t character = 0; character != 256; ++character)
        if (int64_t &at = firstAt[character]; seen[character] && at < 0)
          at = begin +
               (std::ranges::find(bytes, static_cast<std::byte>(character)) -
                bytes.begin());
    } else {
      decode(bytes, format.bits, tokens);
      for (size_t i = 0; i != tokens.size(); ++i)
        largest[i % 2] =
            std::max(largest[i % 2], static_cast<uint32_t>(tokens[i]));
    }
    begin += static_cast<int64_t>(tokens.size());
  }
  checksum_ = hash.digest();
}

std::string TokenFile::describeFormat() const {
  return format.bits == 8
             ? "characters"
             : "uint" + std::to_string(format.bits) +
                   (format.begin ? " after a header of llm.c" : "");
}

void TokenFile::checkTokens(int64_t vocabSize) const {
  if (isText()) {
    if (vocabulary_.size() > vocabSize)
      throw Error("'" + path() + "' has " + std::to_string(vocabulary_.size()) +
                  " different bytes and the model's vocab_size is " +
                  std::to_string(vocabSize) + "; raise vocab_size");
    return;
  }
  if (std::max(largest[0], largest[1]) >= vocabSize)
    failTooLarge(vocabSize);
  // The odd places of uint32 ids read as uint16 are their high halves.
  constexpr int64_t enough = 32;
  if (!format.sure && size_ >= enough && largest[1] <= (vocabSize - 1) >> 16 &&
      largest[0] > largest[1])
    throw Error("'" + path() + "' looks like uint32 tokens: as uint16, every " +
                "second one is " +
                (largest[1] ? "at most " + std::to_string(largest[1]) : "0") +
                "; give --token-bits=32, or 16 if that is right");
}

/// Names the first token that is not below `vocabSize`.
void TokenFile::failTooLarge(int64_t vocabSize) const {
  std::vector<int32_t> tokens;
  for (int64_t begin = 0; begin != size_;) {
    tokens.resize(
        static_cast<size_t>(std::min<int64_t>(size_ - begin, 1 << 16)));
    load(begin, tokens);
    for (int32_t token : tokens) {
      if (static_cast<uint32_t>(token) >= vocabSize)
        throw Error("'" + path() + "': token " +
                    std::to_string(static_cast<uint32_t>(token)) +
                    " at offset " + std::to_string(offsetOf(begin)) +
                    " is not below the model's vocab_size, " +
                    std::to_string(vocabSize));
      ++begin;
    }
  }
  failChanged(size_);
}

void TokenFile::failChanged(int64_t token) const {
  throw Error("'" + path() + "' has changed since it was opened, at offset " +
              std::to_string(offsetOf(token)) + "; put the old file back");
}

void TokenFile::load(int64_t begin, std::span<int32_t> tokens) const {
  std::vector<std::byte> bytes(tokens.size() * format.bytes());
  file.read(offsetOf(begin), bytes);
  decode(bytes, format.bits, tokens);
}

void TokenFile::copy(int64_t begin, std::span<int32_t> tokens) const {
  load(begin, tokens);
  uint32_t last = std::max(largest[0], largest[1]);
  if (isText()) {
    last = static_cast<uint32_t>(vocabulary_.size() - 1);
    for (int32_t &token : tokens)
      token = vocabulary_.encode(static_cast<std::byte>(token));
  }
  for (int32_t token : tokens) {
    if (static_cast<uint32_t>(token) > last)
      failChanged(begin);
    ++begin;
  }
}

Dataset Dataset::open(const std::string &path,
                      const std::string &validationPath,
                      std::optional<int> bits) {
  auto file = std::make_shared<const TokenFile>(path, nullptr, bits);
  if (validationPath.empty()) {
    int64_t split = file->size() * 9 / 10;
    return {{file, 0, split}, {file, split, file->size() - split}};
  }
  if (path.ends_with(".txt") != validationPath.ends_with(".txt"))
    throw Error("'" + path + "' and '" + validationPath +
                "' are of different kinds; both must be .txt or both .bin");
  auto validation = std::make_shared<const TokenFile>(
      validationPath, file->isText() ? &file->vocabulary() : nullptr, bits);
  return {{file, 0, file->size()}, {validation, 0, validation->size()}};
}
