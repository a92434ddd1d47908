//===- data.h - Token files, splits and batches -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two kinds of file hold tokens: `*.txt`, whose bytes are characters, and
// `*.bin`, little-endian uint16 token ids without a header. Both are mapped,
// never copied. All errors are `Error` with the file and the byte offset.
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_DATA_H
#define WAVRT_DATA_H

#include "wavrt/random.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavrt {

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
  static Vocabulary of(std::span<const std::byte> text);

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

class TokenFile {
public:
  /// Opens a `.txt` or `.bin` file. Text is encoded with `vocabulary`, or with
  /// the set of its own bytes if that is null. Throws Error when the file
  /// cannot be read, is empty, holds half a token, or holds a byte that
  /// `vocabulary` lacks.
  explicit TokenFile(const std::string &path,
                     const Vocabulary *vocabulary = nullptr);

  /// Throws Error if the file needs more than `vocabSize` tokens.
  void checkTokens(int64_t vocabSize) const;

  const std::string &path() const { return file.path(); }
  bool isText() const { return !vocabulary_.empty(); }
  const Vocabulary &vocabulary() const { return vocabulary_; }
  size_t numBytes() const { return file.bytes().size(); }
  int64_t size() const;
  /// XXH3, 64 bits, of the bytes.
  uint64_t checksum() const;

  /// Tokens [begin, begin + tokens.size()).
  void copy(int64_t begin, std::span<int32_t> tokens) const;

private:
  MappedFile file;
  Vocabulary vocabulary_;
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
  /// training text lacks is an error.
  static Dataset open(const std::string &path,
                      const std::string &validationPath);
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
