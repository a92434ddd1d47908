//===- RoutingTest.cpp - Routing passes compute the same ------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loss and all gradients of a model do not depend on the passes that change
// how it stores and reads its rows. In float64, where nothing but the order of
// additions differs.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"
#include "wav/Reference/Reference.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::wav;

namespace {

constexpr const char *kPasses[] = {"wav-accumulate-updates",
                                   "wav-merge-sources", "wav-split-reads",
                                   "wav-open-sources", "wav-replay"};

struct Model {
  std::string name;
  int layers;
  /// docs/schemes.md.
  std::string residual;
  /// Those of `kPasses` that change nothing: blocks have one row, or one
  /// sublayer, or no two open rows are equal (completed details are not open,
  /// and those of odd blocks are balanced).
  std::vector<StringRef> idle = {};
  /// Whether `idle` is not known.
  bool isDrawn = false;
};

// A block of eight has the four quarters of WAV v1. Blocks of other lengths end
// with one that is shorter, as do most models.
const Model kModels[] = {
    {"WavOf8", 6, R"({"scheme": "wav_v1", "block_size": 8})"},
    {"WavOf5",
     4,
     R"({"scheme": "wav_v1", "block_size": 5})",
     {"wav-merge-sources"}},
    {"WavOf2", 3, R"({"scheme": "wav_v1", "block_size": 2})"},
    {"WavOf4Undetached", 3,
     R"({"scheme": "wav_v1", "block_size": 4, "match_detach": false})"},
    {"WavWithoutBiases", 3,
     R"({"scheme": "wav_v1", "block_size": 4, "bias_mode": "none"})"},
    {"WavWithBiasesBySource", 3,
     R"({"scheme": "wav_v1", "block_size": 4, "bias_scope": "source"})"},
    {"WavOfCompletedDetails",
     3,
     R"({"scheme": "wav_v1", "block_size": 4,
         "partial_details": "completed"})",
     {"wav-merge-sources"}},
    {"WavWithoutFinalDetails", 3,
     R"({"scheme": "wav_v1", "block_size": 4, "final_details": false})"},
    {"Haares", 5, R"({"scheme": "haares", "block_size": 8})"},
    {"HaaresUndetached",
     3,
     R"({"scheme": "haares", "block_size": 3, "match_detach": false})",
     {"wav-merge-sources"}},
    {"BlockAttnRes",
     4,
     R"({"scheme": "block_attnres", "block_size": 4})",
     {"wav-accumulate-updates", "wav-merge-sources", "wav-open-sources"}},
    {"FullAttnRes",
     3,
     R"({"scheme": "full_attnres"})",
     {"wav-accumulate-updates", "wav-merge-sources", "wav-split-reads",
      "wav-open-sources"}},
    {"RandomSigns", 6,
     R"({"scheme": "custom", "block_size": 7, "match_detach": false,
         "rows": [{"name": "sum"},
                  {"name": "a", "coefficients": [1, 1, -1, 1, -1, -1, 1],
                   "match": "sum", "bias_init": -2},
                  {"name": "b", "coefficients": [-1, 1, 1, -1, 1, -1, -1],
                   "match": "sum"},
                  {"name": "c", "coefficients": [1, -1, 1, 1, 1, -1, 1],
                   "bias_init": 1}]})"},
    {"RandomNumbers",
     4,
     R"({"scheme": "custom", "block_size": 5, "base": false,
         "rows": [{"name": "sum", "coefficients": [2, 1, 0.5, 0, -3]},
                  {"name": "a", "coefficients": [0, 0, 1, -1, 0.5],
                   "match": "sum", "bias_init": -1}]})",
     // Each update is a class of its own.
     {"wav-accumulate-updates", "wav-merge-sources", "wav-open-sources"}},
    {"RowOfZeros",
     3,
     R"({"scheme": "custom", "block_size": 4,
         "rows": [{"name": "sum"},
                  {"name": "a", "coefficients": [0, 0, 0, 0]},
                  {"name": "b", "coefficients": [0, 0, 1, -1],
                   "match": "sum"}]})",
     {"wav-merge-sources"}},
    {"ScaledWrites", 3,
     R"({"scheme": "custom", "block_size": 4, "write_scale": "block_vector",
         "write_scale_init": 0.5,
         "rows": [{"name": "sum"},
                  {"name": "phase", "coefficients": [1, -1, 1, -1],
                   "match": "sum"}]})"},
};

/// A model of two to five rows whose coefficients are what `seed` says.
Model drawModel(unsigned seed) {
  std::mt19937 random(seed);
  auto draw = [&](unsigned count) { return random() % count; };
  auto flip = [&](const char *words) { return draw(2) ? words : ""; };
  unsigned size = 1 + draw(9), numRows = 2 + draw(4);
  bool hasSignsOnly = draw(2);
  std::string rows = R"({"name": "sum"})";
  for (unsigned row = 1; row < numRows; ++row) {
    rows +=
        R"(, {"name": "r)" + std::to_string(row) + R"(", "coefficients": [)";
    for (unsigned i = 0; i < size; ++i) {
      constexpr const char *kNumbers[] = {"1", "-1", "0", "2", "-0.5"};
      rows += i > 0 ? ", " : "";
      rows += kNumbers[draw(hasSignsOnly ? 2 : 5)];
    }
    rows += "]";
    rows += flip(R"(, "match": "sum")");
    rows += flip(R"(, "bias_init": -2)");
    rows += "}";
  }
  std::string residual = R"({"scheme": "custom", "block_size": )" +
                         std::to_string(size) + R"(, "rows": [)" + rows + "]";
  residual += flip(R"(, "base": false)");
  residual += flip(R"(, "write_scale": "block_vector")");
  return {"Seed" + std::to_string(seed),
          static_cast<int>(1 + draw(6)),
          residual + "}",
          {},
          true};
}

std::vector<Model> getModels() {
  std::vector<Model> models(std::begin(kModels), std::end(kModels));
  for (unsigned seed = 1; seed <= 12; ++seed)
    models.push_back(drawModel(seed));
  return models;
}

void PrintTo(const Model &model, std::ostream *os) { *os << model.name; }

using Results = SmallVector<RefTensorPtr>;

class Routing : public testing::TestWithParam<Model> {
protected:
  Routing() {
    DialectRegistry registry;
    registerAllWavDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// The gradients of the model, before values become kernels; null if that
  /// fails, after a diagnostic.
  OwningOpRef<ModuleOp> lowerModel(std::vector<std::string> disabled) {
    std::string text =
        R"({"vocab_size": 8, "hidden_size": 8, "num_attention_heads": 2,
            "intermediate_size": 12, "max_position_embeddings": 3,
            "num_hidden_layers": )" +
        std::to_string(GetParam().layers) + R"(, "residual": )" +
        GetParam().residual + "}";
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text), {});
    FailureOr<OwningOpRef<ModuleOp>> module = importConfig(sources, &context);
    CompileOptions options;
    options.pipeline.batch = 2;
    options.pipeline.entries = {"grads"};
    options.pipeline.disabled = std::move(disabled);
    options.to = Level::Recomputed;
    if (failed(module) || failed(lower(**module, options)))
      return {};
    return std::move(*module);
  }

  /// On parameters and tokens that follow from the model alone.
  FailureOr<Results> run(ModuleOp module) {
    auto function = module.lookupSymbol<func::FuncOp>("grads");
    std::mt19937 random(3);
    Results arguments;
    for (Type type : function.getArgumentTypes()) {
      auto tokens = std::make_shared<RefTensor>(cast<RankedTensorType>(type));
      for (int32_t &token : tokens->indices)
        token = static_cast<int32_t>(random() % 8);
      arguments.push_back(tokens);
    }
    ReferenceInterpreter interpreter(module);
    std::vector<double> parameters(static_cast<size_t>(
        interpreter.getParameterLayout().getArenaType().getNumElements()));
    std::normal_distribution<double> normal(0, 0.5);
    for (double &parameter : parameters)
      parameter = normal(random);
    ReferenceMemory memory;
    memory.parameters = parameters;
    return interpreter.run(function, arguments, memory);
  }

  MLIRContext context;
};

/// The largest difference of two tensors, relative to the second one.
double getDistance(const RefTensor &actual, const RefTensor &expected) {
  double difference = 0, largest = 0;
  for (auto [x, y] : llvm::zip_equal(actual.values, expected.values)) {
    if (std::isnan(x - y))
      return std::abs(x - y);
    difference = std::max(difference, std::abs(x - y));
    largest = std::max(largest, std::abs(y));
  }
  // Gradients of what is not used are zero.
  return difference == 0 ? 0 : difference / largest;
}

TEST_P(Routing, ComputesTheSame) {
  OwningOpRef<ModuleOp> module = lowerModel({});
  ASSERT_TRUE(module);
  FailureOr<Results> expected = run(*module);
  ASSERT_TRUE(succeeded(expected));
  ASSERT_GT(expected->size(), 2u);

  std::vector<std::vector<std::string>> cases = {
      {std::begin(kPasses), std::end(kPasses)}};
  for (const std::string &pass : cases.front())
    cases.push_back({pass});
  for (const std::vector<std::string> &disabled : cases) {
    std::string label = "without " + llvm::join(disabled, ", ");
    OwningOpRef<ModuleOp> other = lowerModel(disabled);
    ASSERT_TRUE(other) << label;
    if (!GetParam().isDrawn) {
      bool isIdle = disabled.size() == 1 &&
                    llvm::is_contained(GetParam().idle, disabled.front());
      EXPECT_EQ(OperationEquivalence::isEquivalentTo(
                    *module, *other, OperationEquivalence::IgnoreLocations),
                isIdle)
          << label;
    }
    FailureOr<Results> results = run(*other);
    ASSERT_TRUE(succeeded(results)) << label;
    ASSERT_EQ(results->size(), expected->size()) << label;
    for (auto [i, x, y] : llvm::enumerate(*results, *expected))
      EXPECT_LE(getDistance(*x, *y), 1e-9) << label << ": result " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Routing, testing::ValuesIn(getModels()),
                         [](const testing::TestParamInfo<Model> &info) {
                           return info.param.name;
                         });

} // namespace
