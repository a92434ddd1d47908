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

#include <cstring>
#include <sys/stat.h>

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
               "has 3 bytes, not a multiple of 2");
  EXPECT_ERROR(open(directory.file("a.csv", "abc")), ExitCode::BadInput,
               "neither .txt");
  EXPECT_ERROR(Dataset::open(directory.file("a.txt", "ab"),
                             directory.file("b.txt", "abXb")),
               ExitCode::BadInput, "byte 'X' at offset 2");
  EXPECT_ERROR(Dataset::open(directory.file("a.txt", "ab"),
                             directory.file("b.bin", "ab")),
               ExitCode::BadInput, "different kinds");
}

/// A file of llm.c: the header and `count` tokens of T, of which `lost` bytes
/// are missing.
template <typename T>
std::string llmC(uint32_t magic, uint32_t version, uint32_t count,
                 size_t lost = 0) {
  std::string text(1024 + count * sizeof(T) - lost, '\0');
  uint32_t header[] = {magic, version, count};
  std::memcpy(text.data(), header, sizeof header);
  for (uint32_t i = 0; lost == 0 && i != count; ++i) {
    auto token = static_cast<T>(3 * i + 1);
    std::memcpy(text.data() + 1024 + i * sizeof(T), &token, sizeof token);
  }
  return text;
}

TEST(Data, HeadersOfLlmCAreRecognised) {
  TemporaryDirectory directory;
  TokenFile gpt2(directory.file("2.bin", llmC<uint16_t>(20240520, 1, 3)));
  EXPECT_EQ(allTokens(gpt2), (std::vector<int32_t>{1, 4, 7}));
  EXPECT_EQ(gpt2.describeFormat(), "uint16 after a header of llm.c");
  EXPECT_ERROR(gpt2.checkTokens(7), ExitCode::BadInput,
               "token 7 at offset 1028 is not below");
  TokenFile llama3(directory.file("3.bin", llmC<uint32_t>(20240801, 7, 40)));
  EXPECT_EQ(llama3.size(), 40);
  EXPECT_EQ(allTokens(llama3)[39], 118);
  llama3.checkTokens(119);
  EXPECT_ERROR(llama3.checkTokens(118), ExitCode::BadInput,
               "token 118 at offset 1180");

  auto open = [&](const std::string &content, std::optional<int> bits = {}) {
    TokenFile file(directory.file("x.bin", content), nullptr, bits);
  };
  open(llmC<uint32_t>(20240801, 7, 3), 32);
  EXPECT_ERROR(open(llmC<uint32_t>(20240801, 7, 3), 16), ExitCode::BadInput,
               "a header of llm.c that says uint32; leave --token-bits=16 out");
  EXPECT_ERROR(open(llmC<uint32_t>(20240801, 8, 3)), ExitCode::BadInput,
               "of version 8; write it in version 7");
  EXPECT_ERROR(open(llmC<uint16_t>(20240520, 1, 3, 1)), ExitCode::BadInput,
               "its header says 3 tokens of 2 bytes, and 5 bytes follow");
  EXPECT_ERROR(open(llmC<uint16_t>(20240520, 1, 0)), ExitCode::BadInput,
               "is empty");
}

TEST(Data, TokensWithoutHeaderMayHave32Bits) {
  TemporaryDirectory directory;
  // As uint32 0, 7, 14, ..., the last of them above 65,535.
  std::string ids = llmC<uint32_t>(0, 0, 20).substr(1024);
  ids += std::string("\x01\0\x01\0", 4);
  std::string path = directory.file("a.bin", ids);
  TokenFile file(path, nullptr, 32);
  EXPECT_EQ(file.size(), 21);
  EXPECT_EQ(allTokens(file)[20], 65537);
  file.checkTokens(70000);
  EXPECT_ERROR(file.checkTokens(65537), ExitCode::BadInput,
               "token 65537 at offset 80");
  EXPECT_ERROR(TokenFile(directory.file("b.bin", "abcdef"), nullptr, 32),
               ExitCode::BadInput, "has 6 bytes, not a multiple of 4");
  EXPECT_ERROR(TokenFile(directory.file("b.txt", "abcdef"), nullptr, 32),
               ExitCode::BadInput, "is text; leave --token-bits=32 out");

  // Taken for uint16 they are noticed, unless it was said to be so.
  TokenFile wrong(path);
  EXPECT_ERROR(wrong.checkTokens(70000), ExitCode::BadInput,
               "as uint16, every second one is at most 1; give "
               "--token-bits=32, or 16");
  TokenFile small(directory.file("c.bin", ids.substr(0, 80)));
  EXPECT_ERROR(small.checkTokens(100), ExitCode::BadInput,
               "every second one is 0; give --token-bits=32, or 16");
  TokenFile(path, nullptr, 16).checkTokens(70000);
  // What fills its range, or has nothing in it, is what it seems.
  TokenFile(directory.file("d.bin", std::string(400, '\0'))).checkTokens(9);
  TokenFile(directory.file("e.bin", std::string(400, '\1'))).checkTokens(70000);
}

TEST(Data, FilesThatChangeWhileOpenAreErrors) {
  TemporaryDirectory directory;
  std::vector<int32_t> tokens(4);
  std::string text = directory.file("a.txt", "abcabcabcabc");
  TokenFile characters(text);
  directory.file("a.txt", "abcXbcabcabc");
  characters.copy(4, tokens);
  EXPECT_ERROR(characters.copy(2, tokens), ExitCode::BadInput,
               "has changed since it was opened, at offset 3");
  std::filesystem::resize_file(text, 6);
  EXPECT_ERROR(characters.copy(4, tokens), ExitCode::BadInput,
               "at offset 6: it has been cut short since it was opened with 12 "
               "bytes");

  TokenFile ids(directory.file("a.bin", std::string("\1\0\2\0\3\0\1\0", 8)));
  directory.file("a.bin", std::string("\1\0\2\0\4\0\1\0", 8));
  EXPECT_ERROR(ids.copy(0, tokens), ExitCode::BadInput,
               "has changed since it was opened, at offset 4");
}

TEST(Data, APipeIsNotWaitedFor) {
  TemporaryDirectory directory;
  for (const char *name : {"x.txt", "x.bin"}) {
    ASSERT_EQ(::mkfifo((directory / name).c_str(), 0600), 0);
    EXPECT_ERROR(TokenFile(directory / name), ExitCode::BadInput,
                 "not a regular file");
  }
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
