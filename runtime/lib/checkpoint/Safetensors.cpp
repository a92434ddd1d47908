//===- Safetensors.cpp - The safetensors format ---------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wavrt/safetensors.h"

#include "data/XxHash.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <unistd.h>

using namespace wavrt;
using nlohmann::json;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

/// Bytes an element, or 0 for a type that the format does not have.
static uint64_t sizeOfElement(std::string_view dtype) {
  static const std::map<std::string_view, uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},      {"I8", 1},      {"F8_E5M2", 1},
      {"U16", 2},  {"F8_E4M3", 1}, {"F8_E8M0", 1}, {"I16", 2},
      {"F16", 2},  {"BF16", 2},    {"U32", 4},     {"I32", 4},
      {"F32", 4},  {"U64", 8},     {"I64", 8},     {"F64", 8}};
  auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

static const char *fileName(DType type) {
  switch (type) {
  case DType::F32:
    return "F32";
  case DType::F64:
    return "F64";
  case DType::BF16:
    return "BF16";
  case DType::I32:
    return "I32";
  }
  return "";
}

static double fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 0x1f;
  int mantissa = bits & 0x3ff;
  double magnitude = exponent == 0 ? std::ldexp(mantissa, -24)
                     : exponent < 31
                         ? std::ldexp(mantissa + 1024, exponent - 25)
                     : mantissa ? std::numeric_limits<double>::quiet_NaN()
                                : std::numeric_limits<double>::infinity();
  return bits & 0x8000 ? -magnitude : magnitude;
}

static double fromBFloat(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

/// Rounds to nearest even. Values that came from bf16 come back unchanged.
static uint16_t toBFloat(double value) {
  auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  if (std::isnan(value))
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// Reads elements that may be misaligned.
template <typename T, typename Convert>
static void decode(std::span<const std::byte> bytes, std::span<double> values,
                   Convert convert) {
  for (size_t i = 0; i != values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = convert(element);
  }
}

template <typename T, typename Convert>
static void encode(std::span<const double> values,
                   std::vector<std::byte> &bytes, Convert convert) {
  bytes.resize(values.size() * sizeof(T));
  for (size_t i = 0; i != values.size(); ++i) {
    T element = convert(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &element, sizeof(T));
  }
}

static void encode(DType type, std::span<const double> values,
                   std::vector<std::byte> &bytes) {
  switch (type) {
  case DType::F32:
    return encode<float>(values, bytes,
                         [](double x) { return static_cast<float>(x); });
  case DType::F64:
    return encode<double>(values, bytes, [](double x) { return x; });
  case DType::BF16:
    return encode<uint16_t>(values, bytes, toBFloat);
  case DType::I32:
    return encode<int32_t>(values, bytes,
                           [](double x) { return static_cast<int32_t>(x); });
  }
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

int64_t SafetensorsFile::Tensor::numElements() const {
  return static_cast<int64_t>(bytes.size() / sizeOfElement(dtype));
}

/// Parses JSON in which no object has a key twice.
static json parseHeader(std::string_view text) {
  std::vector<std::set<std::string>> open;
  auto check = [&](int, json::parse_event_t event, json &parsed) {
    if (event == json::parse_event_t::object_start)
      open.emplace_back();
    else if (event == json::parse_event_t::object_end)
      open.pop_back();
    else if (event == json::parse_event_t::key &&
             !open.back().insert(parsed.get<std::string>()).second)
      throw Error("'" + parsed.get<std::string>() + "' occurs twice");
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception &) {
    throw Error("the header is not JSON");
  }
}

/// Overflow is an error of the file, like any other.
static uint64_t checkedMultiply(uint64_t a, uint64_t b,
                                const std::string &name) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product))
    throw Error("the shape of '" + name + "' overflows");
  return product;
}

static SafetensorsFile::Tensor parseTensor(const std::string &name,
                                           const json &entry,
                                           std::span<const std::byte> data) {
  auto isUnsigned = [](const json &value) {
    return value.is_number_unsigned() &&
           value.get<uint64_t>() <= std::numeric_limits<int64_t>::max();
  };
  auto areUnsigned = [&](const json &value) {
    return value.is_array() && std::ranges::all_of(value, isUnsigned);
  };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry["dtype"].is_string() || !entry.contains("shape") ||
      !areUnsigned(entry["shape"]) || !entry.contains("data_offsets") ||
      !areUnsigned(entry["data_offsets"]) || entry["data_offsets"].size() != 2)
    throw Error("'" + name +
                "' is not described by dtype, shape and "
                "data_offsets");
  SafetensorsFile::Tensor tensor{
      name, entry["dtype"], entry["shape"].get<std::vector<int64_t>>(), {}};
  uint64_t size = sizeOfElement(tensor.dtype);
  if (size == 0)
    throw Error("'" + name + "' has the unknown dtype '" + tensor.dtype + "'");
  for (int64_t extent : tensor.shape)
    size = checkedMultiply(size, static_cast<uint64_t>(extent), name);
  uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
  if (begin > end || end > data.size())
    throw Error("'" + name + "' lies outside the file");
  if (end - begin != size)
    throw Error("'" + name + "' is " + std::to_string(end - begin) +
                " bytes large and its shape needs " + std::to_string(size));
  tensor.bytes = data.subspan(begin, size);
  return tensor;
}

/// The tensors must fill `data`: no overlap, no hole, nothing behind.
static void checkCoverage(
    const std::map<std::string, SafetensorsFile::Tensor, std::less<>> &tensors,
    std::span<const std::byte> data) {
  std::vector<const SafetensorsFile::Tensor *> order;
  for (const auto &[name, tensor] : tensors)
    order.push_back(&tensor);
  std::ranges::sort(order, [](const auto *a, const auto *b) {
    return std::pair(a->bytes.data(), a->bytes.size()) <
           std::pair(b->bytes.data(), b->bytes.size());
  });
  const std::byte *position = data.data();
  for (const auto *tensor : order) {
    if (tensor->bytes.data() < position)
      throw Error("'" + tensor->name + "' overlaps another tensor");
    if (tensor->bytes.data() > position)
      throw Error("there is a hole before '" + tensor->name + "'");
    position += tensor->bytes.size();
  }
  if (position != data.data() + data.size())
    throw Error("there are trailing bytes");
}

SafetensorsFile::SafetensorsFile(const std::string &path) : file(path) {
  constexpr uint64_t maxHeader = 100'000'000; // The reference reader's limit.
  std::span<const std::byte> bytes = file.bytes();
  try {
    uint64_t headerSize;
    if (bytes.size() < sizeof headerSize)
      throw Error("it is shorter than a header");
    std::memcpy(&headerSize, bytes.data(), sizeof headerSize);
    bytes = bytes.subspan(sizeof headerSize);
    if (headerSize > maxHeader)
      throw Error("its header is larger than 100 MB");
    if (headerSize > bytes.size())
      throw Error("the header is cut short");
    json header =
        parseHeader({reinterpret_cast<const char *>(bytes.data()), headerSize});
    if (!header.is_object())
      throw Error("the header is not a JSON object");
    bytes = bytes.subspan(headerSize);
    for (const auto &[name, entry] : header.items()) {
      if (name == "__metadata__") {
        if (!entry.is_object() ||
            !std::ranges::all_of(
                entry, [](const json &value) { return value.is_string(); }))
          throw Error("the metadata is not a map of strings");
        metadata_ = entry.get<std::map<std::string, std::string>>();
      } else {
        tensors_.emplace(name, parseTensor(name, entry, bytes));
      }
    }
    checkCoverage(tensors_, bytes);
  } catch (const Error &error) {
    throw Error("'" + path + "' is not a whole safetensors file: " +
                error.what() + "; get or write it again");
  }
}

void SafetensorsFile::read(const Tensor &tensor,
                           std::span<double> values) const {
  if (tensor.dtype == "F32")
    decode<float>(tensor.bytes, values,
                  [](float x) { return static_cast<double>(x); });
  else if (tensor.dtype == "F64")
    decode<double>(tensor.bytes, values, [](double x) { return x; });
  else if (tensor.dtype == "BF16")
    decode<uint16_t>(tensor.bytes, values, fromBFloat);
  else if (tensor.dtype == "F16")
    decode<uint16_t>(tensor.bytes, values, fromHalf);
  else
    throw Error("'" + path() + "': '" + tensor.name + "' has dtype " +
                tensor.dtype + "; convert it to F32, F64, BF16 or F16");
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {
/// A file being written, and the checksum of what was written so far.
class OutputFile {
public:
  explicit OutputFile(const std::string &path)
      : path(path), file(std::fopen(path.c_str(), "wbe")) {
    XXH3_64bits_reset(&state);
    if (!file)
      fail();
  }
  ~OutputFile() { std::fclose(file); }
  void write(const void *data, size_t size) {
    if (std::fwrite(data, 1, size, file) != size)
      fail();
    XXH3_64bits_update(&state, data, size);
    bytes += size;
  }
  FileDigest finish() {
    if (std::fflush(file) != 0 || ::fsync(::fileno(file)) != 0)
      fail();
    return {bytes, XXH3_64bits_digest(&state)};
  }

private:
  [[noreturn]] void fail() {
    throw Error("cannot write '" + path + "': " + std::strerror(errno));
  }
  std::string path;
  std::FILE *file;
  XXH3_state_t state;
  uint64_t bytes = 0;
};
} // namespace

static uint64_t numElements(const std::vector<int64_t> &shape) {
  uint64_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<uint64_t>(extent);
  return count;
}

FileDigest wavrt::writeSafetensors(const std::string &path,
                                   std::vector<TensorSource> tensors) {
  // The order of the reference writer: wide types first, so that every tensor
  // is aligned, then by name. The enumerators of its dtypes break ties of
  // equal width; of ours, only those of F32 and I32 meet.
  std::ranges::sort(tensors, [](const TensorSource &a, const TensorSource &b) {
    auto rank = [](DType type) {
      return std::pair(sizeOf(type), type == DType::F32);
    };
    return rank(a.dtype) != rank(b.dtype) ? rank(a.dtype) > rank(b.dtype)
                                          : a.name < b.name;
  });
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t offset = 0;
  for (const TensorSource &tensor : tensors) {
    uint64_t end = offset + numElements(tensor.shape) * sizeOf(tensor.dtype);
    header[tensor.name] = {{"dtype", fileName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append(-text.size() % 8, ' ');

  OutputFile out(path);
  uint64_t headerSize = text.size();
  out.write(&headerSize, sizeof headerSize);
  out.write(text.data(), text.size());
  std::vector<double> values;
  std::vector<std::byte> bytes;
  for (const TensorSource &tensor : tensors) {
    values.resize(numElements(tensor.shape));
    tensor.read(values);
    encode(tensor.dtype, values, bytes);
    out.write(bytes.data(), bytes.size());
  }
  return out.finish();
}
