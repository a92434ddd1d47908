//===- WavSimtMain.cpp - The wav-simt tool as a function ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavSimtMain.h"

#include "wav/Simt/Executor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>
#include <deque>
#include <random>

using namespace mlir;
using namespace mlir::wav;

namespace {
/// Made when the tool runs: other tools load this library too.
struct Options {
  llvm::cl::OptionCategory category{"wav-simt options"};
  llvm::cl::opt<std::string> file{llvm::cl::Positional,
                                  llvm::cl::desc("FILE.ll|FILE.bc"),
                                  llvm::cl::Required, llvm::cl::cat(category)};
  llvm::cl::list<std::string> arguments{llvm::cl::Positional,
                                        llvm::cl::desc("NAME=VALUE..."),
                                        llvm::cl::cat(category)};
  llvm::cl::opt<std::string> kernel{
      "kernel", llvm::cl::desc("Kernel to run (default: the only one)"),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> grid{"grid", llvm::cl::desc("Blocks (default 1)"),
                              llvm::cl::init(1), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> threads{
      "threads",
      llvm::cl::desc("Threads a block (default: what the kernel demands, or "
                     "32)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> shared{
      "shared", llvm::cl::desc("Bytes of dynamic shared memory (default 0)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<uint64_t> seed{
      "seed",
      llvm::cl::desc("Order of threads and random numbers; 0 runs threads in a "
                     "fixed order (default 0)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<bool> noCheck{
      "no-check",
      llvm::cl::desc("Run without the checker: faster, and wrong "
                     "accesses are the process's own"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> countAccesses{
      "count-accesses",
      llvm::cl::desc("Print what accesses cost: sectors of global memory, "
                     "conflicts of the banks of shared memory"),
      llvm::cl::cat(category)};
  llvm::cl::list<std::string> print{
      "print", llvm::cl::desc("Buffers to print afterwards"),
      llvm::cl::value_desc("name,..."), llvm::cl::CommaSeparated,
      llvm::cl::cat(category)};
};

/// Integers first.
enum class Type { I8, I32, I64, BF16, F32, F64 };

/// An argument of the kernel.
struct Argument {
  std::string name;
  Type type = Type::I64;
  size_t count = 1;
  /// Where kernels find it; 16-byte aligned, as memory of a device is.
  std::unique_ptr<char[]> storage;
  char *data = nullptr;
  /// What the kernel gets: the address of `data`, or a scalar's bits.
  void *value = nullptr;
};
} // namespace

static constexpr const char *kOverview =
    R"(one GPU kernel, executed on the CPU

Runs a kernel of LLVM IR for NVPTX and reports what would be wrong on a GPU:
accesses out of bounds or misaligned, shared memory that nobody wrote, races,
barriers and shuffles under divergence. Arguments, in the kernel's order:

  NAME=TYPE[COUNT]        a buffer of zeros; TYPE is i8, i32, i64, bf16, f32, f64
  NAME=TYPE[COUNT]:FILL   filled with a number, iota (0, 1, 2, ...), random
                          (normal), or the bytes of a file: @FILE
  NAME=TYPE:NUMBER        a scalar
  NAME=bank:NAME,NAME,... a bank: their number, and their addresses
  NAME=NAME               a buffer that was named before, again

  wav-simt scale.ll --grid=4 --threads=64 x=f32[256]:iota y=f32[256] --print=y
)";

static size_t getBytes(Type type) {
  switch (type) {
  case Type::I8:
    return 1;
  case Type::BF16:
    return 2;
  case Type::I32:
  case Type::F32:
    return 4;
  case Type::I64:
  case Type::F64:
    return 8;
  }
  llvm_unreachable("no such type");
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

template <typename T> static void put(char *to, double value) {
  T converted = static_cast<T>(value);
  std::memcpy(to, &converted, sizeof converted);
}

template <typename T> static double get(const char *from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<double>(value);
}

static void store(Type type, char *to, double value) {
  switch (type) {
  case Type::I8:
    return put<int8_t>(to, value);
  case Type::I32:
    return put<int32_t>(to, value);
  case Type::I64:
    return put<int64_t>(to, value);
  case Type::F32:
    return put<float>(to, value);
  case Type::F64:
    return put<double>(to, value);
  case Type::BF16: {
    llvm::APFloat rounded(value);
    bool losesInfo;
    rounded.convert(llvm::APFloat::BFloat(), llvm::APFloat::rmNearestTiesToEven,
                    &losesInfo);
    auto bits = static_cast<uint16_t>(rounded.bitcastToAPInt().getZExtValue());
    std::memcpy(to, &bits, sizeof bits);
    return;
  }
  }
}

static double load(Type type, const char *from) {
  switch (type) {
  case Type::I8:
    return get<int8_t>(from);
  case Type::I32:
    return get<int32_t>(from);
  case Type::I64:
    return get<int64_t>(from);
  case Type::F32:
    return get<float>(from);
  case Type::F64:
    return get<double>(from);
  case Type::BF16: {
    uint16_t bits;
    std::memcpy(&bits, from, sizeof bits);
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  }
  llvm_unreachable("no such type");
}

static void print(const Argument &argument) {
  llvm::outs() << argument.name << ':';
  for (size_t i = 0; i < argument.count; ++i) {
    double value =
        load(argument.type, argument.data + i * getBytes(argument.type));
    if (argument.type <= Type::I64)
      llvm::outs() << ' ' << static_cast<int64_t>(value);
    else if (std::isnan(value))
      llvm::outs() << " nan"; // Whatever its sign.
    else
      llvm::outs() << llvm::format(" %.6g", value);
  }
  llvm::outs() << '\n';
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

static void allocate(Argument &argument) {
  size_t bytes = argument.count * getBytes(argument.type);
  argument.storage = std::make_unique<char[]>(bytes + 16);
  argument.data = reinterpret_cast<char *>(
      llvm::alignAddr(argument.storage.get(), llvm::Align(16)));
  argument.value = argument.data;
}

static llvm::Error fill(Argument &argument, StringRef how,
                        std::minstd_rand &random) {
  size_t size = getBytes(argument.type);
  if (how.consume_front("@")) {
    auto file = llvm::MemoryBuffer::getFile(how, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
    if (!file)
      return llvm::createStringError("cannot read '" + how +
                                     "': " + file.getError().message());
    size_t bytes = argument.count * size;
    if ((*file)->getBufferSize() != bytes)
      return llvm::createStringError(
          "'" + how + "' has " + Twine((*file)->getBufferSize()) +
          " bytes and '" + argument.name + "' has " + Twine(bytes));
    std::memcpy(argument.data, (*file)->getBufferStart(), bytes);
    return llvm::Error::success();
  }
  double constant = 0;
  if (how != "iota" && how != "random" && how.getAsDouble(constant))
    return llvm::createStringError(
        "'" + how + "' is neither a number nor iota, random or @FILE");
  std::normal_distribution<double> normal;
  for (size_t i = 0; i < argument.count; ++i)
    store(argument.type, argument.data + i * size,
          how == "iota"     ? static_cast<double>(i)
          : how == "random" ? normal(random)
                            : constant);
  return llvm::Error::success();
}

/// The table of a bank: how many rows, and where each is.
static llvm::Error makeBank(Argument &argument, StringRef names,
                            const std::deque<Argument> &others) {
  SmallVector<StringRef> rows;
  names.split(rows, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  argument.count = rows.size() + 1;
  allocate(argument);
  put<int64_t>(argument.data, static_cast<double>(rows.size()));
  for (auto [i, name] : llvm::enumerate(rows)) {
    auto other = llvm::find_if(
        others, [&](const Argument &other) { return other.name == name; });
    if (other == others.end())
      return llvm::createStringError("there is no buffer '" + name +
                                     "' before the bank");
    std::memcpy(argument.data + 8 * (i + 1), &other->value, 8);
  }
  return llvm::Error::success();
}

/// Understands `NAME=...`; `others` are those before it.
static llvm::Expected<Argument> parse(StringRef text,
                                      const std::deque<Argument> &others,
                                      std::minstd_rand &random) {
  Argument argument;
  auto [name, rest] = text.split('=');
  argument.name = name.str();
  auto [type, how] = rest.split(':');
  auto fail = [&](const Twine &message) {
    return llvm::createStringError("argument '" + text + "': " + message);
  };
  for (const Argument &other : others)
    if (other.name == rest) {
      argument.value = other.value;
      return argument;
    }
  if (type == "bank") {
    if (llvm::Error error = makeBank(argument, how, others))
      return fail(llvm::toString(std::move(error)));
    return argument;
  }
  auto [element, brackets] = type.split('[');
  auto known = llvm::StringSwitch<std::optional<Type>>(element)
                   .Case("i8", Type::I8)
                   .Case("i32", Type::I32)
                   .Case("i64", Type::I64)
                   .Case("bf16", Type::BF16)
                   .Case("f32", Type::F32)
                   .Case("f64", Type::F64)
                   .Default(std::nullopt);
  if (name.empty() || !known)
    return fail("expected NAME=TYPE[COUNT], NAME=TYPE:NUMBER, "
                "NAME=bank:NAME,... or the name of a buffer");
  argument.type = *known;
  if (brackets.empty()) {
    double value;
    if (how.getAsDouble(value))
      return fail("a scalar needs a value, as in 'n=i64:8'");
    store(argument.type, reinterpret_cast<char *>(&argument.value), value);
    return argument;
  }
  if (!brackets.consume_back("]") || brackets.getAsInteger(10, argument.count))
    return fail("expected a number of elements in brackets");
  allocate(argument);
  if (!how.empty())
    if (llvm::Error error = fill(argument, how, random))
      return fail(llvm::toString(std::move(error)));
  return argument;
}

//===----------------------------------------------------------------------===//
// Costs of accesses
//===----------------------------------------------------------------------===//

static void printGlobal(const SimtAccess &access) {
  llvm::outs() << "global memory: " << access.requests << " requests, "
               << access.sectors << " sectors where " << access.neededSectors
               << " would do";
}

static void printShared(const SimtAccess &access) {
  llvm::outs() << "shared memory: " << access.requests << " requests, "
               << access.conflicts << " bank conflicts";
}

/// The sums of a kernel, then the places that cost more than they must.
static void printAccesses(StringRef kernel, ArrayRef<SimtAccess> accesses) {
  SimtAccess global, shared;
  for (const SimtAccess &access : accesses) {
    SimtAccess &sum = access.shared ? shared : global;
    sum.requests += access.requests;
    sum.sectors += access.sectors;
    sum.neededSectors += access.neededSectors;
    sum.conflicts += access.conflicts;
  }
  llvm::outs() << "kernel '" << kernel << "': ";
  printGlobal(global);
  llvm::outs() << "; ";
  printShared(shared);
  llvm::outs() << '\n';
  for (const SimtAccess &access : accesses) {
    if (!access.isWasteful())
      continue;
    llvm::outs() << "  " << (access.writes ? "writes " : "reads ");
    if (access.shared)
      printShared(access);
    else
      printGlobal(access);
    llvm::outs() << ", at " << access.where << '\n';
  }
}

//===----------------------------------------------------------------------===//
// The tool
//===----------------------------------------------------------------------===//

static llvm::Error run(const Options &options) {
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module =
      llvm::parseIRFile(options.file, diagnostic, *context);
  if (!module) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    diagnostic.print(nullptr, stream, /*ShowColors=*/false);
    return llvm::createStringError(StringRef(text).rtrim());
  }
  SimtOptions executorOptions;
  executorOptions.seed = options.seed;
  executorOptions.check = !options.noCheck;
  executorOptions.countAccesses = options.countAccesses;
  auto executor = SimtExecutor::create(std::move(module), std::move(context),
                                       executorOptions);
  if (!executor)
    return executor.takeError();

  ArrayRef<SimtKernel> kernels = (*executor)->getKernels();
  const auto *kernel = llvm::find_if(kernels, [&](const SimtKernel &kernel) {
    return kernel.name == options.kernel ||
           (options.kernel.empty() && kernels.size() == 1);
  });
  if (kernel == kernels.end())
    return llvm::createStringError(
        "--kernel must name one of: " +
        llvm::join(llvm::map_range(kernels,
                                   [](const SimtKernel &k) { return k.name; }),
                   ", "));

  std::minstd_rand random(static_cast<uint32_t>(options.seed.getValue()));
  std::deque<Argument> arguments;
  SmallVector<void *> values;
  for (StringRef text : options.arguments) {
    auto argument = parse(text, arguments, random);
    if (!argument)
      return argument.takeError();
    values.push_back(argument->value);
    if (argument->data)
      (*executor)->registerBuffer(argument->data,
                                  argument->count * getBytes(argument->type),
                                  argument->name);
    arguments.push_back(std::move(*argument));
  }
  int64_t threads = options.threads           ? options.threads.getValue()
                    : kernel->requiredThreads ? kernel->requiredThreads
                                              : 32;
  llvm::Error error = (*executor)->launch(kernel->name, options.grid, threads,
                                          options.shared, values);
  for (StringRef name : options.print)
    for (const Argument &argument : arguments)
      if (argument.name == name && argument.data)
        print(argument);
  if (options.countAccesses)
    printAccesses(kernel->name, (*executor)->takeAccesses());
  return error;
}

int wav::wavSimtMain(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  // LLVM's own, which means something else.
  if (llvm::cl::Option *other =
          llvm::cl::getRegisteredOptions().lookup("threads"))
    other->removeArgument();
  Options options;
  llvm::cl::HideUnrelatedOptions(options.category);
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (!llvm::cl::ParseCommandLineOptions(argc, argv, kOverview, &stream)) {
    llvm::errs() << errors;
    return 2;
  }
  if (llvm::Error error = run(options)) {
    llvm::outs().flush();
    std::string text = llvm::toString(std::move(error));
    SmallVector<StringRef> lines;
    StringRef(text).split(lines, '\n');
    for (StringRef line : lines)
      llvm::errs() << "error: " << line << '\n';
    return 1;
  }
  return 0;
}
