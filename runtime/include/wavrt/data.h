//===- data.h - Token files, splits and batches -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two kinds of file hold tokens: `*.txt`, whose bytes are characters, and
// `*.bin`, little-endian uint16 or uint32 token ids, with or without the header
// of llm.c. Both are read window by window, never whole. All errors are `Error`
// with the file and the byte offset.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_DATA_H
#define WAVRT_DATA_H

#include "wavrt/random.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavrt {

/// A regular file, open for reading. A file that is cut short while it is open
/// is an Error of the next read; behind a mapping it would be a SIGBUS.
class InputFile {
public:
  /// Throws Error if it cannot be opened or is not a regular file; does not
  /// wait for the other end of a pipe.
  explicit InputFile(const std::string &path);
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  ~InputFile();

  const std::string &path() const { return path_; }
  size_t size() const { return size_; } ///< In bytes, when it was opened.
  int descriptor() const { return descriptor_; }

  /// Reads the bytes from `offset` on. Throws Error if they are not there, or
  /// no longer.
  void read(size_t offset, std::span<std::byte> bytes) const;

private:
  std::string path_;
  int descriptor_;
  size_t size_ = 0;
};

/// A whole file, mapped read-only.
class MappedFile {
public:
  explicit MappedFile(const std::string &path);
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  const std::string &path() const { return path_; }
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte *>(address), size};
  }

private:
  std::string path_;
  void *address = nullptr;
  size_t size = 0;
};

/// The characters of a text model: character i of the sorted set of bytes is
/// token i. Empty for models of token ids.
class Vocabulary {
public:
  Vocabulary() = default;
  /// `characters` must be strictly ascending; throws Error if not.
  explicit Vocabulary(std::string characters);

  bool empty() const { return characters_.empty(); }
  int64_t size() const { return static_cast<int64_t>(characters_.size()); }
  const std::string &characters() const { return characters_; }

  /// The token of a byte, or -1.
  int32_t encode(std::byte character) const {
    return tokens[static_cast<size_t>(character)];
  }
  char decode(int32_t token) const { return characters_.at(token); }

private:
  std::string characters_;
  std::vector<int32_t> tokens = std::vector<int32_t>(256, -1);
};

/// How a file holds its tokens, one after the other.
struct TokenFormat {
  int bits = 8;     ///< Of a token: 8 for characters, 16 or 32 for ids.
  size_t begin = 0; ///< Offset of the first token, in bytes.
  bool sure = true; ///< Whether it is known, not assumed for want of a sign.

  size_t bytes() const { return static_cast<size_t>(bits) / 8; }
};

class TokenFile {
public:
  /// Opens a `.txt` or `.bin` file and reads it once. Text is encoded with
  /// `vocabulary`, or with the set of its own bytes if that is null. Ids have
  /// the bits that the header says, or `bits` (16 or 32), or else 16. Throws
  /// Error when the file cannot be read, is empty, holds half a token, is not
  /// as long as its header says, or holds a byte that `vocabulary` lacks.
  explicit TokenFile(const std::string &path,
                     const Vocabulary *vocabulary = nullptr,
                     std::optional<int> bits = std::nullopt);

  /// Throws Error if the file needs more than `vocabSize` tokens, or if its ids
  /// were assumed to have 16 bits and look like those of 32.
  void checkTokens(int64_t vocabSize) const;

  const std::string &path() const { return file.path(); }
  bool isText() const { return !vocabulary_.empty(); }
  const Vocabulary &vocabulary() const { return vocabulary_; }
  /// For people: "uint16", "uint32 after a header of llm.c", ...
  std::string describeFormat() const;
  size_t numBytes() const { return file.size(); }
  int64_t size() const { return size_; } ///< In tokens.
  /// XXH3, 64 bits, of the bytes.
  uint64_t checksum() const { return checksum_; }

  /// Tokens [begin, begin + tokens.size()). Throws Error if the file has been
  /// cut short since it was opened, or holds tokens that it did not hold then:
  /// compiled code relies on their being below the vocabulary's size.
  void copy(int64_t begin, std::span<int32_t> tokens) const;

private:
  void scan();
  void load(int64_t begin, std::span<int32_t> tokens) const;
  [[noreturn]] void failTooLarge(int64_t vocabSize) const;
  [[noreturn]] void failChanged(int64_t token) const;
  size_t offsetOf(int64_t token) const {
    return format.begin + static_cast<size_t>(token) * format.bytes();
  }

  InputFile file;
  TokenFormat format;
  Vocabulary vocabulary_;
  int64_t size_ = 0;
  uint64_t checksum_ = 0;
  /// The largest id at even and at odd places, found by `scan`; the offset of
  /// the first occurrence of each byte of a text, or -1.
  uint32_t largest[2] = {};
  std::vector<int64_t> firstAt = std::vector<int64_t>(256, -1);
};

/// A contiguous part of a token file.
struct TokenRange {
  std::shared_ptr<const TokenFile> file;
  int64_t begin = 0, size = 0;

  void copy(int64_t at, std::span<int32_t> tokens) const {
    file->copy(begin + at, tokens);
  }
};

/// The data of a training run. Without a validation file, the last tenth of
/// the training file is for validation.
struct Dataset {
  TokenRange training, validation;

  /// `validationPath` may be empty. A byte of the validation text that the
  /// training text lacks is an error. `bits` as for TokenFile.
  static Dataset open(const std::string &path,
                      const std::string &validationPath,
                      std::optional<int> bits = std::nullopt);
};

/// Throws Error unless `range` holds one window of `context` tokens and their
/// targets. `what` says which range it is, `remedy` what to do about it.
void checkWindow(const TokenRange &range, int64_t context, const char *what,
                 const char *remedy);

/// `batch` sequences of `context` tokens, and the token that follows each.
struct Batch {
  int64_t batch, context;
  std::vector<int32_t> tokens, targets; ///< [batch * context]

  Batch(int64_t batch, int64_t context);

  /// Puts tokens [at, at + context + 1) of `range` into sequence `row`.
  void fill(int64_t row, const TokenRange &range, int64_t at);

  /// Draws every sequence from `range`, uniformly over all of its windows.
  /// Sequence r of a step is number (step, r) of `random`.
  void draw(const TokenRange &range, const Random &random, uint64_t step);

private:
  std::vector<int32_t> window;
};

} // namespace wavrt

#endif // WAVRT_DATA_H
