//===- ProgramCache.cpp - Programs of earlier compilations ------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramCache.h"

#include "wav/Target/NVPTX.h"

#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

#include <dlfcn.h>

using namespace mlir;
using namespace mlir::wav;

/// A program takes 1 to 5 MB.
static constexpr uint64_t kMostBytes = 512ull << 20;
/// LLVM prunes files of this name.
static constexpr StringLiteral kPrefix = "llvmcache-wav-";
static constexpr StringLiteral kMagic = "WAVPROG1";

//===----------------------------------------------------------------------===//
// The key
//===----------------------------------------------------------------------===//

namespace {

/// A digest of parts, none of which can pass for the end of another.
class Digest {
public:
  void add(StringRef part) {
    uint8_t size[8];
    llvm::support::endian::write64le(size, part.size());
    hash.update(size);
    hash.update(part);
  }
  /// Of a file that is read anyway.
  void addContents(StringRef file) {
    auto buffer = llvm::MemoryBuffer::getFile(file);
    add(buffer ? (*buffer)->getBuffer() : "");
  }
  /// Of a large one, which its installation replaces.
  void addStatus(StringRef file) {
    llvm::sys::fs::file_status status;
    (void)llvm::sys::fs::status(file, status);
    add(file);
    add(std::to_string(status.getSize()));
    add(std::to_string(
        status.getLastModificationTime().time_since_epoch().count()));
  }
  std::string take() { return llvm::toHex(hash.final(), /*LowerCase=*/true); }

private:
  llvm::BLAKE3 hash;
};

} // namespace

/// The file of the library, or the executable, that `function` is in.
static StringRef findFileOf(const void *function) {
  Dl_info info;
  return dladdr(function, &info) && info.dli_fname ? info.dli_fname : "";
}

static void addCompiler(Digest &digest) {
  digest.add(LLVM_VERSION_STRING);
  digest.addContents(
      findFileOf(reinterpret_cast<const void *>(&compileToObjects)));
  digest.addStatus(
      findFileOf(reinterpret_cast<const void *>(&mlir::createCSEPass)));
  digest.addStatus(
      findFileOf(reinterpret_cast<const void *>(&llvm::pruneCache)));
}

/// Whether all that is asked for is the program.
static bool canUseCache(const CompileOptions &options) {
  return !options.cache.folder.empty() && options.addedPasses.empty() &&
         options.dumpLevelsTo.empty() && options.dumpKernelsTo.empty() &&
         options.device.reportTo.empty();
}

std::optional<ProgramCache>
ProgramCache::create(ModuleOp module, StringRef passes, const CPUTarget &cpu,
                     const CompileOptions &options) {
  if (!canUseCache(options))
    return std::nullopt;
  Digest digest;
  addCompiler(digest);
  digest.add(cpu.describe());
  digest.add(passes);
  digest.add(options.symbol);
  for (const std::string &file : options.cache.files)
    digest.addContents(file);
  if (options.pipeline.isForGPU()) {
    for (const std::string &chip : options.device.chips)
      digest.add(chip);
    // One that cannot be found is an error later.
    llvm::Expected<std::string> ptxas = findPtxas(options.device.ptxas);
    if (ptxas)
      digest.addStatus(*ptxas);
    else
      llvm::consumeError(ptxas.takeError());
  }
  // Parts of the model are named by locations.
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, OpPrintingFlags().enableDebugInfo());
  digest.add(text);

  ProgramCache cache;
  cache.key = digest.take();
  // A folder of its own: whatever has such a name there may be removed.
  SmallString<128> path(options.cache.folder);
  llvm::sys::path::append(path, "programs");
  cache.folder = path.str().str();
  llvm::sys::path::append(path, kPrefix + cache.key);
  cache.path = path.str().str();
  return cache;
}

//===----------------------------------------------------------------------===//
// The file: magic, digest of key and rest, number of objects, sizes, objects
//===----------------------------------------------------------------------===//

/// Of what a file holds, and of whose it is.
static std::string digestOf(StringRef key, StringRef body) {
  llvm::BLAKE3 hash;
  hash.update(key);
  hash.update(body);
  return llvm::toStringRef(hash.final()).str();
}

static std::string serialize(StringRef key, ArrayRef<Object> program) {
  std::string body;
  llvm::raw_string_ostream stream(body);
  auto number = [&](uint64_t value) {
    char bytes[8];
    llvm::support::endian::write64le(bytes, value);
    stream.write(bytes, sizeof bytes);
  };
  number(program.size());
  for (const Object &object : program)
    number(object.size());
  for (const Object &object : program)
    stream.write(object.data(), object.size());
  return kMagic.str() + digestOf(key, body) + body;
}

static std::optional<SmallVector<Object>> deserialize(StringRef key,
                                                      StringRef bytes) {
  if (!bytes.consume_front(kMagic) || bytes.size() < LLVM_BLAKE3_OUT_LEN)
    return std::nullopt;
  StringRef digest = bytes.take_front(LLVM_BLAKE3_OUT_LEN),
            body = bytes.drop_front(LLVM_BLAKE3_OUT_LEN);
  if (digestOf(key, body) != digest)
    return std::nullopt;
  // As it was written, to the byte.
  auto number = [&] {
    uint64_t value = llvm::support::endian::read64le(body.data());
    body = body.drop_front(8);
    return value;
  };
  SmallVector<uint64_t> sizes(number());
  for (uint64_t &size : sizes)
    size = number();
  SmallVector<Object> program;
  for (uint64_t size : sizes) {
    StringRef object = body.take_front(size);
    program.emplace_back(object.begin(), object.end());
    body = body.drop_front(size);
  }
  return program;
}

std::optional<SmallVector<Object>> ProgramCache::load() const {
  if (!llvm::sys::fs::is_regular_file(path))
    return std::nullopt;
  llvm::Expected<llvm::sys::fs::file_t> file =
      llvm::sys::fs::openNativeFileForRead(path);
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  // The time of its last use, which pruning goes by, on any mount.
  (void)llvm::sys::fs::setLastAccessAndModificationTime(
      *file, std::chrono::system_clock::now());
  auto buffer = llvm::MemoryBuffer::getOpenFile(
      *file, path, /*FileSize=*/-1, /*RequiresNullTerminator=*/false);
  (void)llvm::sys::fs::closeFile(*file);
  return buffer ? deserialize(key, (*buffer)->getBuffer()) : std::nullopt;
}

/// Makes `path` appear whole. LLVM's temporary files want no `%` in its folder.
static std::error_code write(StringRef path, StringRef bytes) {
  const std::string temporary =
      (path + "." + Twine(llvm::sys::Process::getProcessId()) + "-" +
       Twine(llvm::sys::Process::GetRandomNumber()) + ".tmp")
          .str();
  std::error_code error;
  llvm::raw_fd_ostream stream(temporary, error, llvm::sys::fs::CD_CreateNew);
  if (error)
    return error;
  llvm::sys::RemoveFileOnSignal(temporary);
  stream << bytes;
  stream.close();
  error = stream.error();
  stream.clear_error();
  if (!error)
    error = llvm::sys::fs::rename(temporary, path);
  if (error)
    (void)llvm::sys::fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return error;
}

void ProgramCache::store(ArrayRef<Object> program, Location location) const {
  std::error_code error = llvm::sys::fs::create_directories(folder);
  if (!error)
    error = write(path, serialize(key, program));
  if (error) {
    emitWarning(location) << "cannot keep the program in '" << folder
                          << "': " << error.message()
                          << "; --no-cache keeps none";
    return;
  }
  llvm::CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0);
  policy.Expiration = std::chrono::hours(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = kMostBytes;
  llvm::pruneCache(folder, policy);
}
