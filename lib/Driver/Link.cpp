//===- Link.cpp - Executables -----------------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A C++ compiler knows where the start files, libc and libstdc++ of its system
// are, and with which linker they go; we do not repeat that.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Link.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <deque>

using namespace mlir;
using namespace mlir::wav;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

namespace {
/// A file that is gone when this is, and when the process is interrupted,
/// unless it was renamed.
class TemporaryFile {
public:
  explicit TemporaryFile(const Twine &name) : name(name.str()) {
    llvm::sys::RemoveFileOnSignal(this->name);
  }
  TemporaryFile(const TemporaryFile &) = delete;
  ~TemporaryFile() {
    fs::remove(name);
    llvm::sys::DontRemoveFileOnSignal(name);
  }

  StringRef getName() const { return name; }

  std::error_code write(ArrayRef<char> bytes) const {
    std::error_code error;
    llvm::raw_fd_ostream stream(name, error);
    if (error)
      return error;
    stream.write(bytes.data(), bytes.size());
    stream.close();
    error = stream.error();
    stream.clear_error(); // Else the destructor ends the process.
    return error;
  }

private:
  std::string name;
};
} // namespace

//===----------------------------------------------------------------------===//
// What is linked with what
//===----------------------------------------------------------------------===//

static llvm::Expected<std::string> findLinker(StringRef wanted) {
  if (!wanted.empty()) {
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(wanted))
      return *found;
    return fail("cannot find the linker '" + wanted +
                "'; --linker takes a C++ compiler");
  }
  for (StringRef name :
       {WAV_CXX_COMPILER, "c++", "clang++-22", "clang++", "g++"})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
      return *found;
  return fail("linking needs a C++ compiler, and none of c++, clang++ and g++ "
              "is on the path; install one (Debian: g++), or name one with "
              "--linker");
}

/// The folder of the runtime's libraries.
static llvm::Expected<std::string> findRuntime(StringRef wanted) {
  SmallString<128> tools = path::parent_path(
      fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&findRuntime)));
  SmallVector<std::string> candidates = {wanted.str()};
  if (wanted.empty())
    candidates = {(tools + "/../lib").str(),
                  (tools + "/../" WAV_INSTALL_LIBDIR).str()};
  for (StringRef folder : candidates)
    if (fs::exists(folder + "/libwavrt.a") &&
        fs::exists(folder + "/libwavrt_main.a"))
      return folder.str();
  return fail("cannot find libwavrt.a and libwavrt_main.a in '" +
              candidates.front() +
              "'; they are built and installed with wavc, and --runtime names "
              "another folder");
}

llvm::Expected<Linker> Linker::create(StringRef output,
                                      const LinkOptions &options) {
  Linker linker;
  linker.output = output.str();
  linker.verbose = options.verbose;
  linker.files = options.files;
  for (StringRef file : options.files)
    if (!fs::exists(file))
      return fail("cannot find '" + file +
                  "'; --link takes an object file or library");
  if (llvm::Error error = findLinker(options.linker).moveInto(linker.linker))
    return error;
  if (llvm::Error error = findRuntime(options.runtime).moveInto(linker.runtime))
    return error;
  if (fs::exists(output) && !fs::is_regular_file(output))
    return fail("cannot write '" + output + "': it is not a regular file");
  StringRef folder = path::parent_path(output);
  if (std::error_code error =
          fs::access(folder.empty() ? "." : folder, fs::AccessMode::Write))
    return fail("cannot write '" + output + "': " + error.message());
  return linker;
}

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

/// Runs a command; what it says goes to `log`.
static llvm::Error run(ArrayRef<StringRef> command, StringRef log) {
  std::string problem;
  std::optional<StringRef> redirects[] = {"", log, log};
  int code = llvm::sys::ExecuteAndWait(command.front(), command, std::nullopt,
                                       redirects, 0, 0, &problem);
  if (code == 0)
    return llvm::Error::success();
  auto said = llvm::MemoryBuffer::getFile(log);
  if (problem.empty() && said) {
    SmallVector<StringRef> lines;
    (*said)->getBuffer().trim().split(lines, '\n');
    // A linker says first where a name is missing, and then which.
    auto *line = llvm::find_if(
        lines, [](StringRef line) { return line.contains("undefined"); });
    problem = (line == lines.end() ? lines.front() : *line).str();
  }
  if (problem.empty())
    problem = "exit code " + std::to_string(code);
  return fail("linking with '" + command.front() + "' failed: " + problem +
              "; --verbose shows the command, --link=FILE adds an object or "
              "library");
}

llvm::Error Linker::link(ArrayRef<Object> objects) const {
  std::string stem =
      output + ".tmp" + std::to_string(llvm::sys::Process::getProcessId());
  auto failToWrite = [&](std::error_code error) {
    return fail("cannot write '" + output + "': " + error.message());
  };
  TemporaryFile executable(stem), log(stem + ".log");
  SmallVector<StringRef> command = {linker, "-o", executable.getName()};
  std::deque<TemporaryFile> temporaries;
  for (const Object &object : objects) {
    TemporaryFile &file =
        temporaries.emplace_back(stem + "." + Twine(temporaries.size()) + ".o");
    if (std::error_code error = file.write(object))
      return failToWrite(error);
    command.push_back(file.getName());
  }
  llvm::append_range(command, files);
  std::string main = runtime + "/libwavrt_main.a";
  std::string library = runtime + "/libwavrt.a";
  // What is not called is not kept, what is not needed is not loaded, and
  // nothing tells one run from another.
  command.append({main, library, "-pthread", "-ldl", "-Wl,--gc-sections",
                  "-Wl,--as-needed", "-Wl,--build-id=none"});
  StringRef(WAV_LINK_FLAGS).split(command, ' ', -1, /*KeepEmpty=*/false);

  if (verbose)
    llvm::errs() << llvm::join(command, " ") << '\n';
  if (llvm::Error error = run(command, log.getName()))
    return error;
  if (std::error_code error = fs::rename(executable.getName(), output))
    return failToWrite(error);
  return llvm::Error::success();
}
