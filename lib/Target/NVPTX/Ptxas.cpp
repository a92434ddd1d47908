//===- Ptxas.cpp - NVIDIA's assembler ---------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Target/Ptxas.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::wav;

//===----------------------------------------------------------------------===//
// Where it is
//===----------------------------------------------------------------------===//

llvm::Expected<std::string> wav::findPtxas(StringRef given) {
  if (!given.empty()) {
    if (llvm::sys::fs::can_execute(given))
      return given.str();
    return llvm::createStringError("'" + given +
                                   "' is not a program; --ptxas "
                                   "names NVIDIA's assembler");
  }
  if (auto path = llvm::sys::findProgramByName("ptxas"))
    return *path;
  std::vector<std::string> roots;
  for (const char *variable : {"CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"})
    if (std::optional<std::string> root = llvm::sys::Process::GetEnv(variable))
      roots.push_back(*root);
  roots.push_back("/usr/local/cuda");
  for (const std::string &root : roots) {
    SmallString<128> path(root);
    llvm::sys::path::append(path, "bin", "ptxas");
    if (llvm::sys::fs::can_execute(path))
      return std::string(path);
  }
  return std::string();
}

//===----------------------------------------------------------------------===//
// What it says
//===----------------------------------------------------------------------===//

/// The number in front of ` what`, or 0.
static int64_t numberBefore(StringRef line, StringRef what) {
  size_t end = line.find((" " + what).str());
  if (end == StringRef::npos)
    return 0;
  StringRef number = line.take_front(end);
  number = number.take_back(number.size() - (number.find_last_of(" ,") + 1));
  int64_t value = 0;
  return number.getAsInteger(10, value) ? 0 : value;
}

/// Reads the output of `ptxas -v`:
///
///   ptxas info    : Function properties for k
///       8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads
///   ptxas info    : Used 32 registers, used 1 barriers, 128 bytes smem
static std::vector<KernelResources> parseResources(StringRef log) {
  std::vector<KernelResources> kernels;
  for (StringRef line : llvm::split(log, '\n')) {
    size_t name = line.find("Function properties for ");
    if (name != StringRef::npos) {
      kernels.emplace_back();
      kernels.back().name = line.drop_front(name).rsplit(' ').second.trim();
    }
    if (kernels.empty())
      continue;
    KernelResources &kernel = kernels.back();
    if (line.contains("bytes stack frame")) {
      kernel.localBytes = numberBefore(line, "bytes stack frame");
      kernel.spillStoreBytes = numberBefore(line, "bytes spill stores");
      kernel.spillLoadBytes = numberBefore(line, "bytes spill loads");
    }
    if (line.contains("Used ")) {
      kernel.registers = numberBefore(line, "registers");
      kernel.sharedBytes = numberBefore(line, "bytes smem");
    }
  }
  return kernels;
}

//===----------------------------------------------------------------------===//
// Running it
//===----------------------------------------------------------------------===//

namespace {
/// A file that goes when the object goes.
class TemporaryFile {
public:
  static llvm::Expected<TemporaryFile> create(StringRef suffix) {
    TemporaryFile file;
    if (std::error_code error =
            llvm::sys::fs::createTemporaryFile("wav", suffix, file.path))
      return llvm::createStringError("cannot make a temporary file: " +
                                     error.message());
    file.remover.setFile(file.path);
    return file;
  }

  StringRef getPath() const { return path; }
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> read() const {
    return llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(path));
  }

private:
  TemporaryFile() = default;
  SmallString<128> path;
  llvm::FileRemover remover;
};
} // namespace

/// The first line that is not information.
static StringRef getComplaint(StringRef log) {
  for (StringRef line : llvm::split(log, '\n'))
    if (!line.empty() && !line.starts_with("ptxas info"))
      return line;
  return "no reason given";
}

llvm::Expected<Cubin> wav::assemble(StringRef ptxas, StringRef ptx,
                                    StringRef chip) {
  llvm::Expected<TemporaryFile> input = TemporaryFile::create("ptx");
  if (!input)
    return input.takeError();
  llvm::Expected<TemporaryFile> output = TemporaryFile::create("cubin");
  if (!output)
    return output.takeError();
  llvm::Expected<TemporaryFile> log = TemporaryFile::create("log");
  if (!log)
    return log.takeError();
  {
    std::error_code error;
    llvm::raw_fd_ostream stream(input->getPath(), error);
    stream << ptx;
    stream.close();
    if (stream.has_error())
      return llvm::createStringError("cannot write '" + input->getPath() +
                                     "': " + stream.error().message());
  }

  std::string arch = ("-arch=" + chip).str();
  // The options are part of the bytes, so none may depend on the machine; 0 is
  // as many threads as it has.
  StringRef arguments[] = {ptxas,
                           "-v",
                           arch,
                           "--split-compile=0",
                           input->getPath(),
                           "-o",
                           output->getPath()};
  std::optional<StringRef> redirects[] = {"", log->getPath(), log->getPath()};
  std::string error;
  int status = llvm::sys::ExecuteAndWait(ptxas, arguments, std::nullopt,
                                         redirects, 0, 0, &error);
  auto text = log->read();
  if (!text)
    return text.takeError();
  if (status != 0)
    return llvm::createStringError(
        "'" + ptxas + "' failed for " + chip + ": " +
        (error.empty() ? getComplaint((*text)->getBuffer()) : error));
  auto bytes = output->read();
  if (!bytes)
    return bytes.takeError();

  Cubin cubin;
  cubin.chip = chip.str();
  StringRef data = (*bytes)->getBuffer();
  cubin.bytes.assign(data.begin(), data.end());
  cubin.kernels = parseResources((*text)->getBuffer());
  return cubin;
}
