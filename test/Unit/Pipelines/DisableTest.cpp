//===- DisableTest.cpp - Pipelines without a pass -------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever pass is disabled, a model compiles and computes the same.
//
//===----------------------------------------------------------------------===//

#include "Simt/SimtDevice.h"
#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"
#include "wavrt/program.h"
#include "wavrt/train.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

#include <cmath>
#include <fstream>

using namespace mlir;
using namespace mlir::wav;

namespace {

constexpr const char *kModel =
    R"({"vocab_size": 16, "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 8,
        "residual": {"scheme": "wav_v1", "block_size": 2}})";

/// The tolerance of test/EndToEnd/check_gradients.py.
constexpr double kTolerance = 2e-4;

/// The results of `grads`: the loss, the logits and all gradients.
using Results = std::vector<std::vector<double>>;

class Disable : public testing::TestWithParam<const char *> {
protected:
  Disable() {
    DialectRegistry registry;
    registerAllWavDialects(registry);
    context.appendDialectRegistry(registry);
  }

  OwningOpRef<ModuleOp> makeModel() {
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(kModel), {});
    FailureOr<OwningOpRef<ModuleOp>> module = importConfig(sources, &context);
    return succeeded(module) ? std::move(*module) : nullptr;
  }

  /// Empty if compilation fails, after a diagnostic.
  Results run(std::vector<std::string> disabled) {
    CompileOptions options;
    options.pipeline.target = GetParam();
    options.pipeline.batch = 2;
    options.pipeline.entries = {"grads"};
    options.pipeline.disabled = std::move(disabled);
    bool isForGPU = options.pipeline.isForGPU();
    // PTX is made of all that the kernels are left with.
    if (isForGPU && failed(compileToObjects(*makeModel(), options)))
      return {};
    std::vector<RuntimeSymbol> symbols;
    for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
      symbols.push_back({symbol.name, symbol.address});
    DeviceModule kernels;
    auto compiled = compileAndLoad(*makeModel(), options, symbols,
                                   isForGPU ? &kernels : nullptr);
    if (failed(compiled))
      return {};
    std::shared_ptr<SimtExecutor> executor;
    if (isForGPU)
      executor = llvm::cantFail(SimtExecutor::create(
          std::move(kernels.code), std::move(kernels.context), {}));
    wavrt::Program program = wavrt::Program::fromCompiled(
        (*compiled)->get(), makeSimtDevices(std::move(executor)));
    wavrt::Session session(program);
    wavrt::initializeParameters(session, /*seed=*/1);
    const wavrt::EntryInfo &entry = *session.manifest().findEntry("grads");
    for (const wavrt::TensorInfo &input : entry.inputs) {
      std::vector<int32_t> tokens(static_cast<size_t>(input.numElements()));
      for (size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = static_cast<int32_t>(i * 7 % 16);
      session.write(input, std::span<const int32_t>(tokens));
    }
    session.run("grads");
    Results results;
    for (const wavrt::TensorInfo &output : entry.outputs) {
      results.emplace_back(static_cast<size_t>(output.numElements()));
      session.read(output, std::span<double>(results.back()));
    }
    return results;
  }

  MLIRContext context;
};
INSTANTIATE_TEST_SUITE_P(Targets, Disable, testing::Values("cpu", "cuda"));

/// Of two tensors, by norm, relative to the second one.
double getDistance(ArrayRef<double> actual, ArrayRef<double> expected) {
  double difference = 0, norm = 0;
  for (auto [x, y] : llvm::zip_equal(actual, expected)) {
    difference += (x - y) * (x - y);
    norm += y * y;
  }
  // Gradients of what is not used are zero.
  return difference == 0 ? 0 : std::sqrt(difference / norm);
}

TEST_P(Disable, ResultsAgree) {
  Results expected = run({});
  ASSERT_GT(expected.size(), 2u);
  std::vector<std::vector<std::string>> cases = {getOptionalPasses()};
  for (const std::string &pass : cases.front())
    cases.push_back({pass});
  EXPECT_GE(cases.size(), 6u);
  for (const std::vector<std::string> &disabled : cases) {
    std::string label = "without " + llvm::join(disabled, ", ");
    Results results = run(disabled);
    ASSERT_EQ(results.size(), expected.size()) << label;
    for (size_t i = 0; i < results.size(); ++i)
      EXPECT_LE(getDistance(results[i], expected[i]), kTolerance)
          << label << ": result " << i;
  }
}

TEST(Pipelines, AreThoseOfTheDocumentation) {
  std::ifstream file(WAV_SOURCE_DIR "/docs/pipelines.md");
  std::string page((std::istreambuf_iterator<char>(file)), {});
  std::string expected;
  llvm::raw_string_ostream os(expected);
  printPipelines(os);
  size_t start = page.find("\n## ");
  ASSERT_NE(start, std::string::npos);
  EXPECT_EQ(page.substr(start), expected)
      << "docs/pipelines.md must go on with this after its introduction:\n"
      << expected;
}

} // namespace
