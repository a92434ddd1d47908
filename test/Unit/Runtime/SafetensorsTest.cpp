//===- SafetensorsTest.cpp - Reading and writing safetensors files --------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/safetensors.h"

#include "Matchers.h"
#include "TemporaryDirectory.h"
#include "TrigramModel.h"

#include <cmath>
#include <cstring>

using namespace wavrt;
using namespace wavrt::test;

namespace {

// Written by the reference library; see scripts/make-safetensors-golden.
const std::string inputs = WAVRT_TEST_INPUTS "/";

std::vector<double> values(const SafetensorsFile &file, const char *name) {
  const auto &tensor = file.tensors().find(name)->second;
  std::vector<double> result(static_cast<size_t>(tensor.numElements()));
  file.read(tensor, result);
  return result;
}

/// A file of the given header and `size` bytes of data.
std::string bytesOf(const std::string &header, size_t size) {
  uint64_t length = header.size();
  std::string result(reinterpret_cast<const char *>(&length), sizeof length);
  return result + header + std::string(size, '\0');
}

TensorSource source(std::string name, DType dtype, std::vector<int64_t> shape,
                    std::vector<double> content) {
  return {name, dtype, shape, [content](std::span<double> out) {
            std::copy(content.begin(), content.end(), out.begin());
          }};
}

TEST(Safetensors, ReadsTheReferenceLibrarysFiles) {
  SafetensorsFile written(inputs + "written.safetensors");
  EXPECT_EQ(written.metadata().at("format"), "pt");
  EXPECT_EQ(values(written, "b.weight"),
            (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(written.tensors().at("b.weight").shape,
            (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(values(written, "a.weight"), std::vector<double>{-0.1f});
  EXPECT_EQ(values(written, "wide"), std::vector<double>{0.1});
  EXPECT_EQ(values(written, "narrow"),
            (std::vector<double>{-1, 0.5, 3, std::ldexp(1.0, -133)}));

  SafetensorsFile read(inputs + "read.safetensors");
  EXPECT_EQ(read.metadata().at("note"), "\xc3\xbc");
  EXPECT_EQ(values(read, "half"),
            (std::vector<double>{-1, 0.5, 3, std::ldexp(1.0, -24)}));
  EXPECT_EQ(values(read, "empty"), std::vector<double>{});
  EXPECT_ERROR(values(read, "integer"), ExitCode::BadInput,
               "'integer' has dtype I64; convert it");
}

TEST(Safetensors, WritesWhatTheReferenceLibraryWrites) {
  TemporaryDirectory directory;
  std::string path = directory / "out.safetensors";
  FileDigest digest = writeSafetensors(
      path,
      {source("narrow", DType::BF16, {4}, {-1, 0.5, 3, std::ldexp(1.0, -133)}),
       source("b.weight", DType::F32, {2, 3}, {0, 1, 2, 3, 4, 5}),
       source("wide", DType::F64, {}, {0.1}),
       source("a.weight", DType::F32, {1}, {-0.1f})});
  EXPECT_EQ(contents(path), contents(inputs + "written.safetensors"));
  EXPECT_EQ(digest, digestOf(path));
  EXPECT_EQ(digest.bytes, contents(path).size());
}

TEST(Safetensors, BFloat16RoundsToNearestEven) {
  TemporaryDirectory directory;
  std::string path = directory / "out.safetensors";
  // One half of a unit above 1 and above 1 + 2^-7: down and up to even.
  writeSafetensors(path, {source("x", DType::BF16, {3},
                                 {1 + 0x1p-8, 1 + 0x3p-8, std::nan("")})});
  auto read = values(SafetensorsFile(path), "x");
  EXPECT_EQ(read[0], 1);
  EXPECT_EQ(read[1], 1 + 0x1p-6);
  EXPECT_TRUE(std::isnan(read[2]));
}

TEST(Safetensors, DamagedFilesAreErrors) {
  TemporaryDirectory directory;
  auto expect = [&](const std::string &bytes, const char *text) {
    SCOPED_TRACE(text);
    std::string path = directory.file("bad.safetensors", bytes);
    EXPECT_ERROR(SafetensorsFile{path}, ExitCode::BadInput, text);
  };
  auto f32 = [](const char *name, const char *shape, const char *offsets) {
    return std::string("\"") + name +
           "\":{\"dtype\":\"F32\",\"shape\":" + shape +
           ",\"data_offsets\":" + offsets + "}";
  };
  auto header = [](const std::string &body) { return "{" + body + "}"; };

  expect("", "shorter than a header");
  expect("1234567", "shorter than a header");
  expect(std::string(8, '\xff'), "larger than 100 MB");
  expect(bytesOf("{}", 0).substr(0, 9), "header is cut short");
  expect(bytesOf("{\"a\":", 0), "not JSON");
  expect(bytesOf("{\"\xff\":1}", 0), "not JSON");
  expect(bytesOf("[]", 0), "not a JSON object");
  expect(bytesOf("{}", 3), "trailing bytes");
  expect(
      bytesOf(header(f32("a", "[1]", "[0,4]") + "," + f32("a", "[1]", "[4,8]")),
              8),
      "'a' occurs twice");
  expect(bytesOf("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0),
         "'dtype' occurs twice");
  expect(bytesOf("{\"__metadata__\":{\"a\":1}}", 0), "map of strings");
  expect(bytesOf("{\"a\":3}", 0), "'a' is not described");
  expect(bytesOf("{\"a\":{\"dtype\":\"F31\",\"shape\":[],"
                 "\"data_offsets\":[0,4]}}",
                 4),
         "unknown dtype 'F31'");
  expect(bytesOf(header(f32("a", "[-1]", "[0,4]")), 4), "not described");
  expect(bytesOf(header(f32("a", "[1.5]", "[0,4]")), 4), "not described");
  expect(bytesOf(header(f32("a", "[1]", "[0,4,8]")), 4), "not described");
  expect(bytesOf(header(f32("a", "[1]", "[4,0]")), 4), "outside the file");
  expect(bytesOf(header(f32("a", "[1]", "[0,8]")), 4), "outside the file");
  expect(bytesOf(header(f32("a", "[1]", "[0,4]")), 3), "outside the file");
  expect(bytesOf(header(f32("a", "[3]", "[0,8]")), 8), "shape needs 12");
  expect(bytesOf(header(f32("a", "[4611686018427387904,4]", "[0,0]")), 0),
         "overflows");
  expect(bytesOf(header(f32("a", "[18446744073709551615]", "[0,0]")), 0),
         "not described");
  expect(bytesOf(
             header(f32("a", "[2]", "[0,8]") + "," + f32("b", "[2]", "[4,12]")),
             12),
         "'b' overlaps");
  expect(bytesOf(
             header(f32("a", "[1]", "[0,4]") + "," + f32("b", "[1]", "[8,12]")),
             12),
         "hole before 'b'");
  expect(bytesOf(std::string(100000, '['), 0), "not JSON");
}

TEST(Safetensors, EveryTruncationIsAnError) {
  TemporaryDirectory directory;
  std::string whole = contents(inputs + "written.safetensors");
  for (size_t size = 0; size != whole.size(); ++size) {
    std::string path = directory.file("cut.safetensors", whole.substr(0, size));
    EXPECT_THROW(SafetensorsFile{path}, Error) << size;
  }
}

TEST(Safetensors, EveryFlippedByteIsReadOrRefused) {
  TemporaryDirectory directory;
  std::string whole = contents(inputs + "written.safetensors");
  for (size_t i = 0; i != whole.size(); ++i)
    for (unsigned char mask : {0x01, 0x10, 0x80}) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ mask);
      std::string path = directory.file("flipped.safetensors", bytes);
      try {
        SafetensorsFile file(path);
        for (const auto &[name, tensor] : file.tensors()) {
          std::vector<double> out(static_cast<size_t>(tensor.numElements()));
          file.read(tensor, out);
        }
      } catch (const Error &) {
      }
    }
}

TEST(Safetensors, TensorsSurviveTheRoundTrip) {
  for (DType dtype : {DType::F32, DType::F64}) {
    TrigramModel model;
    model.dtype = dtype;
    Program program = model.program();
    Session first(program, 1), second(program, 1);
    auto tensors = storedParameters(program.manifest());
    double value = 0.1;
    for (const StoredTensor &tensor : tensors) {
      std::vector<double> content(
          static_cast<size_t>(tensor.memory.numElements()));
      for (double &element : content)
        element = value *= -1.01;
      first.write(tensor.memory, content);
    }
    TemporaryDirectory directory;
    std::string path = directory / "weights.safetensors";
    saveTensors(first, path, tensors);
    loadTensors(second, path, tensors);
    size_t bytes = program.manifest().arenaBytes[WAVRT_PARAMETERS];
    EXPECT_EQ(std::memcmp(first.arena(WAVRT_PARAMETERS),
                          second.arena(WAVRT_PARAMETERS), bytes),
              0);
  }
}

TEST(Safetensors, WeightsOfAnotherModelAreErrors) {
  TrigramModel model;
  Program program = model.program();
  Session session(program, 1);
  const Manifest &manifest = program.manifest();
  TemporaryDirectory directory;
  auto expect = [&](std::vector<StoredTensor> tensors, const char *text) {
    SCOPED_TRACE(text);
    std::string path = directory / "weights.safetensors";
    saveTensors(session, path, tensors);
    EXPECT_ERROR(loadTensors(session, path, storedParameters(manifest)),
                 ExitCode::BadInput, text);
  };
  auto tensors = storedParameters(manifest);
  expect({tensors[0]}, "lacks 'previous' and 1 more;");
  auto extra = tensors;
  extra.push_back(tensors[0]);
  extra.back().name = "what";
  expect(extra, "has 'what', unknown to the model");
  auto renamed = tensors;
  renamed[0].name = "what";
  expect(renamed, "lacks 'current' and has 'what', unknown");
  auto reshaped = tensors;
  std::swap(reshaped[2].shape[0], reshaped[2].shape[1]);
  expect(reshaped, "'place' has shape [8, 4] and the model needs [4, 8]");
}

} // namespace
