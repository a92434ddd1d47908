//===- Step.cpp - Times training steps --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles the training step of each arm and runs one of each in turn, so that
// all see the same machine; each round begins with another arm. An arm is a
// model, and how it is compiled:
//
//   wav-bench-step --rounds=15 a.json b.json:disable-pass=wav-split-reads
//       c.json:memory-budget=1610612736 d.json:precision=bf16:tiles=avx512
//
// Prints one JSON object: of each arm the seconds of every round and the mean
// seconds of a step by category of launch; the threads; and of every round FLOP
// a second that these complete in registers and bytes that they read of memory.
// `bench/step` makes the models, and a table of this.
//
//   wav-bench-step --serve --weights=w.safetensors --tokens=t.bin a.json
//
// is a worker of `bench/peers`: it compiles one arm, prints a line, and then,
// for each line that it reads, runs the next step, on the next of the batches
// of t.bin, and prints its seconds, loss and gradient norm. Each line is a JSON
// object.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"

#include "wavrt/safetensors.h"
#include "wavrt/train.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <cstdio>
#include <future>
#include <map>
#include <random>

using namespace mlir;

static llvm::cl::list<std::string>
    arms(llvm::cl::Positional, llvm::cl::OneOrMore,
         llvm::cl::desc("model.json[:disable-pass=PASS][:memory-budget=BYTES]"
                        "[:precision=P][:tiles=T]..."));
static llvm::cl::opt<int64_t> batch("batch", llvm::cl::init(8));
static llvm::cl::opt<int> rounds("rounds", llvm::cl::init(10));
static llvm::cl::opt<int> threads("num-threads", llvm::cl::init(0));
static llvm::cl::opt<bool>
    serveArm("serve", llvm::cl::desc("run a step for each line of input"));
static llvm::cl::opt<std::string>
    weights("weights", llvm::cl::desc("parameters of --serve, safetensors"));
static llvm::cl::opt<std::string>
    tokenFile("tokens", llvm::cl::desc("of --serve: batch x (context + 1) "
                                       "uint16 for each batch"));
static llvm::cl::opt<double> learningRate("lr", llvm::cl::init(1e-3),
                                          llvm::cl::desc("of --serve"));

namespace {

struct Arm {
  std::shared_ptr<wav::JITProgram> code; ///< What the session runs.
  std::unique_ptr<wavrt::Session> session;
  std::vector<double> seconds; ///< Of each round.
};

} // namespace

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Random tokens and parameters, the settings of an ordinary step.
static void fillInputs(wavrt::Session &session) {
  std::mt19937 random(1);
  const wavrt::EntryInfo &entry = *session.manifest().findEntry("train_step");
  wavrt::Batch inputs(batch, session.manifest().context);
  for (std::vector<int32_t> *tokens : {&inputs.tokens, &inputs.targets})
    for (int32_t &token : *tokens)
      token = random() % session.manifest().vocabSize;
  wavrt::TrainSettings settings;
  settings.steps = 1;
  settings.learningRate = settings.minLearningRate = 1e-4;
  wavrt::InputFiller(entry, inputs).fill(session, {settings, inputs, 0});
  std::normal_distribution<float> normal;
  for (const wavrt::ParameterInfo &parameter : session.manifest().parameters) {
    std::vector<float> values(parameter.numElements());
    for (float &value : values)
      value = parameter.init == wavrt::ParameterInfo::Init::Normal
                  ? normal(random) * float(parameter.initValue)
                  : float(parameter.initValue);
    session.write(parameter, std::span<const float>(values));
  }
}

/// Multiply-adds of f32 that a core completes a second, in FLOP: what the clock
/// allows just now.
#ifdef __x86_64__
__attribute__((target("avx2,fma"))) static double measureCore() {
  using Vector = float __attribute__((vector_size(32)));
  constexpr int chains = 12, trips = 2'000'000;
  Vector sums[chains] = {};
  Vector factor = Vector{} + 0.999f;
  double start = now();
  for (int i = 0; i < trips; ++i)
#pragma unroll
    for (Vector &sum : sums) {
      sum = sum * factor + factor;
      asm volatile("" : "+x"(sum));
    }
  double seconds = now() - start;
  return 2.0 * 8 * chains * trips / seconds;
}
static bool canMeasureCore() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static double measureCore() { return 0; }
static bool canMeasureCore() { return false; }
#endif

/// Bytes a second that a core reads of memory that no cache holds.
static double measureMemory() {
  // Written before the clock starts, so that no page is made while it runs.
  const std::vector<uint64_t> words(1 << 23, 1); // 64 MiB
  uint64_t sum = 0;
  double start = now();
  for (uint64_t word : words)
    sum += word;
  double seconds = now() - start;
  asm volatile("" : : "r"(sum));
  return words.size() * sizeof(uint64_t) / seconds;
}

/// The sum of what all threads measure at the same time.
static double measure(double (*ofCore)(), int numThreads) {
  std::vector<std::future<double>> cores;
  for (int i = 0; i < numThreads; ++i)
    cores.push_back(std::async(std::launch::async, ofCore));
  double sum = 0;
  for (std::future<double> &core : cores)
    sum += core.get();
  return sum;
}

/// Fails on an option that does not exist.
static LogicalResult setOption(wav::PipelineOptions &pipeline,
                               std::string &tiles, StringRef option) {
  auto [name, value] = option.split('=');
  if (name == "precision") {
    pipeline.precision = value.str();
    return success();
  }
  if (name == "tiles") {
    tiles = value.str();
    return success();
  }
  if (name == "disable-pass") {
    pipeline.disabled.push_back(value.str());
    return success();
  }
  return success(name == "memory-budget" &&
                 !value.getAsInteger(10, pipeline.memoryBudget));
}

static FailureOr<Arm> makeArm(MLIRContext &context, StringRef description) {
  auto [file, optionList] = description.split(':');
  wav::CompileOptions options;
  options.pipeline.batch = batch;
  options.pipeline.entries = {"train_step"};
  std::string tiles;
  SmallVector<StringRef> parts;
  optionList.split(parts, ':', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef option : parts)
    if (failed(setOption(options.pipeline, tiles, option))) {
      llvm::WithColor::error() << "'" << option << "' is no option of an arm\n";
      return failure();
    }
  FailureOr<OwningOpRef<ModuleOp>> module = wav::loadModel(file, &context);
  if (failed(module))
    return failure();
  SmallVector<wav::RuntimeSymbol> symbols;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    symbols.push_back({symbol.name, symbol.address});
  FailureOr<std::shared_ptr<wav::JITProgram>> program =
      wav::compileAndLoad(**module, options, symbols);
  if (failed(program))
    return failure();
  Arm arm{*program,
          std::make_unique<wavrt::Session>(
              wavrt::Program::fromCompiled((*program)->get()), threads, tiles),
          {}};
  fillInputs(*arm.session);
  return arm;
}

static llvm::json::Value describe(const Arm &arm) {
  std::map<std::string, double> categories;
  std::vector<wavrt::LaunchTime> times = arm.session->profile("train_step");
  const auto &launches =
      arm.session->manifest().findEntry("train_step")->launches;
  for (size_t i = 0; i < times.size(); ++i)
    categories[launches[i].category] += times[i].seconds / rounds;
  llvm::json::Object split;
  for (const auto &[category, seconds] : categories)
    split[category] = seconds;
  return llvm::json::Object{{"seconds", llvm::json::Array(arm.seconds)},
                            {"categories", std::move(split)}};
}

static void print(llvm::json::Value line) {
  llvm::outs() << line << "\n";
  llvm::outs().flush();
}

/// Whether there was one.
static bool readLine() {
  for (int c; (c = std::getchar()) != EOF;)
    if (c == '\n')
      return true;
  return false;
}

/// What `--serve` does. Throws wavrt::Error.
static void serve(wavrt::Session &session, double compileSeconds) {
  const wavrt::Manifest &manifest = session.manifest();
  const wavrt::EntryInfo &entry = *manifest.findEntry("train_step");
  loadTensors(session, weights, storedParameters(manifest));
  auto file = std::make_shared<const wavrt::TokenFile>(tokenFile);
  file->checkTokens(manifest.vocabSize);
  const int64_t window = manifest.context + 1;
  const int64_t batches = file->size() / (batch * window);
  if (batches == 0 || file->size() % (batch * window) != 0)
    throw wavrt::Error(
        "'" + tokenFile + "' has " + std::to_string(file->size()) +
        " tokens; give a multiple of " + std::to_string(batch * window));
  wavrt::Batch inputs(batch, manifest.context);
  wavrt::InputFiller filler(entry, inputs);
  wavrt::TrainSettings settings;
  settings.steps = std::numeric_limits<int32_t>::max();
  settings.learningRate = settings.minLearningRate = learningRate;
  auto output = [&](std::string_view name) {
    double value = 0;
    session.read(*entry.findOutput(name), std::span(&value, 1));
    return value;
  };
  print(llvm::json::Object{{"compile", compileSeconds},
                           {"threads", session.numThreads()}});
  for (int64_t step = 0; readLine(); ++step) {
    double start = now();
    for (int64_t row = 0; row != batch; ++row)
      inputs.fill(row, {file, 0, file->size()},
                  (step % batches * batch + row) * window);
    filler.fill(session, {settings, inputs, step});
    session.run("train_step");
    double loss = output("loss"), norm = output("grad_norm");
    print(llvm::json::Object{
        {"seconds", now() - start}, {"loss", loss}, {"grad_norm", norm}});
  }
}

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv, "Times training steps\n");
  DialectRegistry registry;
  wav::registerAllWavDialects(registry);
  MLIRContext context(registry);
  if (serveArm) {
    double start = now();
    FailureOr<Arm> arm = makeArm(context, arms.front());
    if (failed(arm))
      return 1;
    try {
      serve(*arm->session, now() - start);
    } catch (const wavrt::Error &error) {
      llvm::WithColor::error() << error.what() << "\n";
      return 1;
    }
    return 0;
  }
  std::vector<Arm> made;
  for (const std::string &description : arms) {
    FailureOr<Arm> arm = makeArm(context, description);
    if (failed(arm))
      return 1;
    made.push_back(std::move(*arm));
  }
  constexpr int warmup = 2;
  llvm::json::Array peaks, bandwidths;
  int numThreads = made.front().session->numThreads();
  for (int round = -warmup; round < rounds; ++round) {
    peaks.push_back(canMeasureCore() ? measure(measureCore, numThreads) : 0);
    bandwidths.push_back(measure(measureMemory, numThreads));
    for (size_t i = 0; i < made.size(); ++i) {
      Arm &arm = made[(i + round + warmup) % made.size()];
      arm.session->setProfiling(round >= 0);
      double start = now();
      arm.session->run("train_step");
      if (round >= 0)
        arm.seconds.push_back(now() - start);
    }
  }
  llvm::json::Array results;
  for (const Arm &arm : made)
    results.push_back(describe(arm));
  llvm::json::Value result =
      llvm::json::Object{{"arms", std::move(results)},
                         {"threads", numThreads},
                         {"peaks", std::move(peaks)},
                         {"bandwidths", std::move(bandwidths)}};
  llvm::outs() << llvm::formatv("{0:2}", result) << "\n";
  return 0;
}
