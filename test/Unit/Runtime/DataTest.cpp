//===- DataTest.cpp - Token files, splits and batches ---------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/data.h"
#include "wavrt/program.h"

#include "Matchers.h"
#include "TemporaryDirectory.h"

using namespace wavrt;
using namespace wavrt::test;

namespace {

std::vector<int32_t> allTokens(const TokenFile &file) {
  std::vector<int32_t> tokens(static_cast<size_t>(file.size()));
  file.copy(0, tokens);
  return tokens;
}

TEST(Data, TextTokensAreRanksOfBytes) {
  TemporaryDirectory directory;
  TokenFile file(directory.file("a.txt", "cab\xff"
                                         "a"));
  EXPECT_EQ(file.vocabulary().characters(), "abc\xff");
  EXPECT_EQ(allTokens(file), (std::vector<int32_t>{2, 0, 1, 3, 0}));
  EXPECT_EQ(file.vocabulary().decode(3), '\xff');
  EXPECT_EQ(file.vocabulary().encode(std::byte{'z'}), -1);
}

TEST(Data, BinaryTokensAreLittleEndian) {
  TemporaryDirectory directory;
  TokenFile file(directory.file("a.bin", std::string("\x01\x02\xff\xff", 4)));
  EXPECT_FALSE(file.isText());
  EXPECT_EQ(allTokens(file), (std::vector<int32_t>{0x0201, 0xffff}));
}

TEST(Data, LastTenthIsForValidation) {
  TemporaryDirectory directory;
  Dataset data =
      Dataset::open(directory.file("a.txt", "aaaaaaaaaaaaaaaaaabb"), "");
  EXPECT_EQ(data.training.size, 18);
  EXPECT_EQ(data.validation.size, 2);
  std::vector<int32_t> tokens(2);
  data.validation.copy(0, tokens);
  EXPECT_EQ(tokens, (std::vector<int32_t>{1, 1}));
}

TEST(Data, ValidationFileLeavesTheTrainingFileWhole) {
  TemporaryDirectory directory;
  Dataset data = Dataset::open(directory.file("a.txt", "abcabcabca"),
                               directory.file("b.txt", "cc"));
  EXPECT_EQ(data.training.size, 10);
  std::vector<int32_t> tokens(2);
  data.validation.copy(0, tokens);
  EXPECT_EQ(tokens, (std::vector<int32_t>{2, 2}));
}

TEST(Data, BadFilesSayWhatAndWhere) {
  TemporaryDirectory directory;
  auto open = [](const std::string &path) { TokenFile file(path); };
  EXPECT_ERROR(open(directory / "none.txt"), ExitCode::BadInput,
               "none.txt': No such file");
  EXPECT_ERROR(open(directory / ""), ExitCode::BadInput, "Is a directory");
  EXPECT_ERROR(open("/dev/null"), ExitCode::BadInput, "not a regular file");
  EXPECT_ERROR(open(directory.file("e.txt", "")), ExitCode::BadInput,
               "e.txt' is empty");
  EXPECT_ERROR(open(directory.file("one.txt", "aaaa")), ExitCode::BadInput,
               "one.txt' holds one character, 'a'");
  EXPECT_ERROR(open(directory.file("o.bin", "abc")), ExitCode::BadInput,
               "odd length, 3 bytes");
  EXPECT_ERROR(open(directory.file("a.csv", "abc")), ExitCode::BadInput,
               "neither .txt");
  EXPECT_ERROR(Dataset::open(directory.file("a.txt", "ab"),
                             directory.file("b.txt", "abXb")),
               ExitCode::BadInput, "byte 'X' at offset 2");
  EXPECT_ERROR(Dataset::open(directory.file("a.txt", "ab"),
                             directory.file("b.bin", "ab")),
               ExitCode::BadInput, "different kinds");
}

TEST(Data, TokensMustFitTheModel) {
  TemporaryDirectory directory;
  TokenFile text(directory.file("a.txt", "abcabc"));
  text.checkTokens(3);
  EXPECT_ERROR(text.checkTokens(2), ExitCode::BadInput, "3 different bytes");
  TokenFile ids(directory.file("a.bin", std::string("\1\0\2\0\3\0", 6)));
  ids.checkTokens(4);
  EXPECT_ERROR(ids.checkTokens(3), ExitCode::BadInput, "token 3 at offset 4");
  // The check goes through the file in pieces.
  std::string large(400000, '\0');
  large[300000] = 9;
  TokenFile far(directory.file("far.bin", large));
  EXPECT_ERROR(far.checkTokens(9), ExitCode::BadInput, "at offset 300000");
}

TEST(Data, WindowNeedsContextAndOneMore) {
  TemporaryDirectory directory;
  Dataset data = Dataset::open(directory.file("a.txt", "abcde"),
                               directory.file("b.txt", "a"));
  checkWindow(data.training, 4, "the training part", "give more data");
  EXPECT_ERROR(
      checkWindow(data.training, 5, "the training part", "give more data"),
      ExitCode::BadInput, "has 5 tokens; a window of context 5 needs 6");
}

TEST(Data, TargetsAreTokensShiftedByOne) {
  TemporaryDirectory directory;
  Dataset data = Dataset::open(directory.file("a.txt", "abcdef"), "");
  Batch batch(2, 3);
  batch.fill(0, data.training, 0);
  batch.fill(1, data.training, 1);
  EXPECT_EQ(batch.tokens, (std::vector<int32_t>{0, 1, 2, 1, 2, 3}));
  EXPECT_EQ(batch.targets, (std::vector<int32_t>{1, 2, 3, 2, 3, 4}));
}

TEST(Data, BatchesAreFunctionsOfSeedAndStep) {
  TemporaryDirectory directory;
  std::string text;
  for (int i = 0; i != 256; ++i)
    text.push_back(static_cast<char>(i));
  Dataset data = Dataset::open(directory.file("a.txt", text), "");
  auto draw = [&](uint64_t seed, uint64_t step) {
    Batch batch(4, 8);
    batch.draw(data.training, Random(seed, Stream::TrainingBatches), step);
    return batch.tokens;
  };
  EXPECT_EQ(draw(1, 5), draw(1, 5));
  EXPECT_NE(draw(1, 5), draw(1, 6));
  EXPECT_NE(draw(1, 5), draw(2, 5));
}

TEST(Data, DrawsReachTheFirstAndTheLastWindow) {
  TemporaryDirectory directory;
  Dataset data = Dataset::open(directory.file("a.txt", "abcde"),
                               directory.file("b.txt", "a"));
  bool seen[3] = {};
  for (uint64_t step = 0; step != 100; ++step) {
    Batch batch(1, 2);
    batch.draw(data.training, Random(1, Stream::TrainingBatches), step);
    seen[batch.tokens[0]] = true;
    EXPECT_EQ(batch.targets[1], batch.tokens[0] + 2);
  }
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
}

} // namespace
