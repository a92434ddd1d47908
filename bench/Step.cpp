//===- Step.cpp - Times training steps against the ideal ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles one training step a scheme and width, runs the schemes of a width
// in turn, so that all see the same machine, and prints medians: milliseconds a
// step, their split, the ratio to the ideal (docs/performance.md states its
// formula) and the overhead over the first scheme.
//
//   bench/step --layers=12 --widths=128,256 --rounds=10
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"

#include "wavrt/train.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>

using namespace mlir;
using llvm::formatv;

static llvm::cl::opt<int64_t> layers("layers", llvm::cl::init(12));
static llvm::cl::list<int64_t> widths("widths", llvm::cl::CommaSeparated,
                                      llvm::cl::desc("Model widths"));
static llvm::cl::opt<int64_t> blockSize("block-size", llvm::cl::init(8));
static llvm::cl::opt<int64_t> batch("batch", llvm::cl::init(8));
static llvm::cl::opt<int64_t> context("context", llvm::cl::init(256));
static llvm::cl::opt<int64_t> vocabulary("vocabulary", llvm::cl::init(96));
static llvm::cl::opt<int> rounds("rounds", llvm::cl::init(10));
static llvm::cl::opt<int> threads("num-threads", llvm::cl::init(0));
static llvm::cl::list<std::string>
    schemes("schemes", llvm::cl::CommaSeparated,
            llvm::cl::desc("Residual schemes; the first is the baseline"));

namespace {

struct Shape {
  int64_t width;
  /// 8/3 of the width, rounded up to a multiple of 16.
  int64_t hidden() const { return (8 * width / 3 + 15) / 16 * 16; }
  int64_t heads() const { return std::max<int64_t>(1, width / 64); }
};

/// What a PreNorm step would take on the reference machine at full rates
/// (218 GFLOP/s of products, 120 of attention, 60 GB/s of planes, 35 of
/// optimiser), in seconds. docs/performance.md explains the formula.
struct Ideal {
  explicit Ideal(Shape shape) {
    double tokens = batch * context, d = shape.width, f = shape.hidden();
    double matrices = layers * (4 * d * d + 3 * d * f) + vocabulary * d;
    matmul = tokens * 6 * matrices / 218e9;
    attention = tokens * 7 * context * d * layers / 120e9;
    double planes = 8 * (2 * layers) * d + 8 * f * layers;
    rest = tokens * planes * 4 / 60e9 + 30 * matrices / 35e9;
  }
  double total() const { return matmul + attention + rest; }
  double matmul, attention, rest;
};

struct Arm {
  std::string scheme;
  std::shared_ptr<wav::JITProgram> code; ///< What the session runs.
  std::unique_ptr<wavrt::Session> session;
  std::vector<double> seconds; ///< Of each round.
};

} // namespace

static std::string configuration(Shape shape, StringRef scheme) {
  // Only schemes with blocks of more than one sublayer take a block size.
  bool blocks =
      scheme.contains("block") || scheme == "wav_v1" || scheme == "haares";
  return formatv(R"({{"vocab_size": {0}, "hidden_size": {1},
    "num_hidden_layers": {2}, "num_attention_heads": {3},
    "intermediate_size": {4}, "max_position_embeddings": {5},
    "residual": {{"scheme": "{6}"{7} } })",
                 vocabulary, shape.width, layers, shape.heads(), shape.hidden(),
                 context, scheme,
                 blocks ? formatv(", \"block_size\": {0}", blockSize).str()
                        : std::string())
      .str();
}

static double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Random tokens and parameters, the settings of an ordinary step.
static void fillInputs(wavrt::Session &session) {
  std::mt19937 random(1);
  wavrt::Batch inputs(batch, context);
  for (std::vector<int32_t> *tokens : {&inputs.tokens, &inputs.targets})
    for (int32_t &token : *tokens)
      token = random() % vocabulary;
  wavrt::TrainSettings settings;
  settings.steps = 1;
  settings.learningRate = settings.minLearningRate = 1e-4;
  const wavrt::EntryInfo &entry = *session.manifest().findEntry("train_step");
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

static FailureOr<Arm> makeArm(MLIRContext &mlirContext, Shape shape,
                              StringRef scheme) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(
                                 configuration(shape, scheme), "bench.json"),
                             llvm::SMLoc());
  FailureOr<OwningOpRef<ModuleOp>> module =
      wav::importConfig(sources, &mlirContext);
  if (failed(module))
    return failure();
  wav::CompileOptions options;
  options.pipeline.batch = batch;
  options.pipeline.entries = {"train_step"};
  SmallVector<wav::RuntimeSymbol> symbols;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    symbols.push_back({symbol.name, symbol.address});
  FailureOr<std::shared_ptr<wav::JITProgram>> program =
      wav::compileAndLoad(**module, options, symbols);
  if (failed(program))
    return failure();
  Arm arm{scheme.str(),
          *program,
          std::make_unique<wavrt::Session>(
              wavrt::Program::fromCompiled((*program)->get()), threads),
          {}};
  fillInputs(*arm.session);
  return arm;
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Seconds a step by category of launch.
static std::map<std::string, double> split(const Arm &arm) {
  std::map<std::string, double> result;
  std::vector<wavrt::LaunchTime> times = arm.session->profile("train_step");
  const auto &launches =
      arm.session->manifest().findEntry("train_step")->launches;
  for (size_t i = 0; i < times.size(); ++i)
    result[launches[i].category] += times[i].seconds / rounds;
  return result;
}

static LogicalResult runWidth(MLIRContext &mlirContext, Shape shape) {
  std::vector<Arm> arms;
  for (const std::string &scheme : schemes) {
    FailureOr<Arm> arm = makeArm(mlirContext, shape, scheme);
    if (failed(arm))
      return failure();
    arms.push_back(std::move(*arm));
  }
  constexpr int warmup = 2;
  for (int round = -warmup; round < rounds; ++round)
    for (Arm &arm : arms) {
      arm.session->setProfiling(round >= 0);
      double start = now();
      arm.session->run("train_step");
      if (round >= 0)
        arm.seconds.push_back(now() - start);
    }

  Ideal ideal(shape);
  llvm::outs() << formatv(
      "\n{0} layers, d = {1}, F = {2}, {3} heads, batch {4} x {5}, block_size "
      "{6}, {7} threads\nideal {8:f1} ms: products {9:f1}, attention {10:f1}, "
      "rest {11:f1}\n",
      layers, shape.width, shape.hidden(), shape.heads(), batch, context,
      blockSize, arms[0].session->numThreads(), ideal.total() * 1e3,
      ideal.matmul * 1e3, ideal.attention * 1e3, ideal.rest * 1e3);
  llvm::outs() << "scheme            ms/step  products  attention  routing"
                  "    other  of ideal  overhead\n";
  double baseline = median(arms[0].seconds);
  for (Arm &arm : arms) {
    std::map<std::string, double> parts = split(arm);
    double seconds = median(arm.seconds);
    llvm::outs() << formatv(
        "{0,-16} {1,8:f1}  {2,8:f1}  {3,9:f1}  {4,7:f1}  {5,7:f1}  {6,7:f2}x  "
        "{7,7:f1}%\n",
        arm.scheme, seconds * 1e3, parts["matmul"] * 1e3,
        parts["attention"] * 1e3, parts["routing"] * 1e3,
        (parts["norm"] + parts["other"]) * 1e3, seconds / ideal.total(),
        (seconds / baseline - 1) * 100);
  }
  return success();
}

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv, "Times training steps\n");
  if (widths.empty())
    for (int64_t width : {128, 256})
      widths.push_back(width);
  if (schemes.empty())
    for (const char *scheme : {"standard", "block_attnres", "wav_v1"})
      schemes.push_back(scheme);
  DialectRegistry registry;
  wav::registerAllWavDialects(registry);
  MLIRContext mlirContext(registry);
  for (int64_t width : widths)
    if (failed(runWidth(mlirContext, {width})))
      return 1;
  return 0;
}
