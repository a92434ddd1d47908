//===- AnyInputTest.cpp - Every pass on everything ------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass may expect that another ran before it, but must not trust that it did:
// on any valid module it either leaves a valid module or says what is wrong
// with the one it was given.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/Import/Import.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/SourceMgr.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

struct Input {
  std::string name;
  OwningOpRef<ModuleOp> module;
  bool isAtNoLevel = false;
};

/// Counts errors instead of printing them.
struct ErrorCounter {
  explicit ErrorCounter(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          count += diagnostic.getSeverity() == DiagnosticSeverity::Error;
        }) {}
  int count = 0;
  ScopedDiagnosticHandler handler;
};

/// Modules that are at no level.
constexpr std::pair<const char *, const char *> kModules[] = {
    {"empty module", ""},
    {"declaration", "func.func private @f(tensor<4xf32>) -> tensor<4xf32>"},
    {"function without ops", "func.func @f() { return }"},
    {"function of another dialect", R"(
      func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
        %y = arith.addf %x, %x : tensor<4x8xf32>
        return %y : tensor<4x8xf32>
      })"},
    {"function of scalars", R"(
      func.func @f(%x: f32 {wav.name = "x"}, %i: index)
          -> (f32 {wav.name = "y"}) {
        %c = arith.constant 2.0 : f32
        %y = arith.mulf %x, %c : f32
        return %y : f32
      })"},
    {"function that is differentiated, of scalars", R"(
      func.func @f(%x: f32 {wav.name = "x"}) -> (f32 {wav.name = "loss"})
          attributes {wav.gradient = "arguments"} {
        %c = arith.constant 2.0 : f32
        %y = arith.mulf %x, %c : f32
        return %y : f32
      })"},
    {"function of scalars and row programs", R"(
      func.func @f(%x: tensor<4x8xf32> {wav.name = "x"})
          -> (tensor<4x8xf32> {wav.name = "y"}) {
        %c = arith.constant 1 : index
        %d = arith.addi %c, %c : index
        %s = arith.constant 1.0 : f32
        %y = wav.combine %x {coefficients = array<f64: 2.0>}
            : (tensor<4x8xf32>) -> tensor<4x8xf32>
        return %y : tensor<4x8xf32>
      })"},
    {"function of several blocks", R"(
      func.func @f(%x: tensor<4x8xf32> {wav.name = "x"}, %c: i1)
          -> (tensor<4x8xf32> {wav.name = "y"})
          attributes {wav.gradient = "vjp"} {
        cf.cond_br %c, ^a, ^b
      ^a:
        %y = wav.combine %x {coefficients = array<f64: 2.0>}
            : (tensor<4x8xf32>) -> tensor<4x8xf32>
        return %y : tensor<4x8xf32>
      ^b:
        return %x : tensor<4x8xf32>
      })"},
    {"unranked tensor", R"(
      func.func @f(%x: tensor<*xf32> {wav.name = "x"})
          -> (tensor<*xf32> {wav.name = "y"}) {
        return %x : tensor<*xf32>
      })"},
    {"tensor of unknown size", R"(
      func.func @f(%x: tensor<?x8xf32> {wav.name = "x"})
          -> (tensor<?x8xf32> {wav.name = "y"})
          attributes {wav.gradient = "vjp"} {
        return %x : tensor<?x8xf32>
      })"},
    {"tensor of other elements", R"(
      func.func @f(%x: tensor<4xcomplex<f32>> {wav.name = "x"})
          -> (tensor<4xcomplex<f32>> {wav.name = "y"}) {
        return %x : tensor<4xcomplex<f32>>
      })"},
    {"bank of unknown size", R"(
      func.func @f(%b: !wav.bank<? x tensor<4x8xf32>> {wav.name = "b"})
          -> (tensor<4x8xf32> {wav.name = "y"}) {
        %y = wav.take %b[0] : (!wav.bank<? x tensor<4x8xf32>>)
            -> tensor<4x8xf32>
        return %y : tensor<4x8xf32>
      })"},
    {"update of a constant state", R"(
      wav.state @s : tensor<4x8xf32>
      func.func @f(%x: tensor<4x8xf32> {wav.name = "x"}) {
        wav.set @s, %x : tensor<4x8xf32>
        return
      })"},
    {"arenas without parameters", R"(
      func.func @f() {
        %p = wav.get_arena parameters : tensor<97x512xf32>
        wav.set_arena parameters, %p : tensor<97x512xf32>
        return
      })"},
    {"function of memory", R"(
      func.func @f(%m: memref<8xf32>, %i: index) -> f32
          attributes {wav.threads = 32 : i64, wav.lanes = 4 : i64} {
        %x = memref.load %m[%i] : memref<8xf32>
        return %x : f32
      })"},
    {"function of vectors", R"(
      func.func @f(%v: vector<4x8xf32>, %u: vector<8xf32>) -> vector<8xf32>
          attributes {wav.lanes = 32 : i64} {
        %w = math.exp %v : vector<4x8xf32>
        %s = arith.addf %u, %u : vector<8xf32>
        %r = vector.reduction <mul>, %s : vector<8xf32> into f32
        return %s : vector<8xf32>
      })"},
    {"scalable vectors", R"(
      func.func @f(%m: memref<?xf32>, %i: index) {
        %u = vector.load %m[%i] : memref<?xf32>, vector<[4]xf32>
        vector.store %u, %m[%i] : memref<?xf32>, vector<[4]xf32>
        return
      })"},
    {"vectors in a loop", R"(
      func.func @f(%m: memref<4x8xf32>, %n: index)
          attributes {wav.lanes = 3 : i64, wav.threads = 32 : i64} {
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        scf.for %i = %c0 to %n step %c1 {
          %u = vector.load %m[%i, %c0] : memref<4x8xf32>, vector<8xf32>
          scf.while : () -> () {
            %t = arith.constant true
            scf.condition(%t)
          } do {
            vector.store %u, %m[%i, %c0] : memref<4x8xf32>, vector<8xf32>
            scf.yield
          }
        } {wav.rows = 4 : i64}
        return
      })"},
    {"declaration of a kernel",
     "func.func private @f(!llvm.ptr, i64) attributes {wav.threads = 32 : i64,"
     " wav.lanes = 32 : i64}"},
    {"kernel with a slot far away", R"(
      func.func @f(%args: !llvm.ptr, %p: i64)
          attributes {wav.threads = 32 : i64, wav.lanes = 32 : i64} {
        %x = wav.argument %args[4000] : memref<4x8xf32>
        %b = wav.argument %args[1] : !wav.bank<? x tensor<4x8xbf16>>
        %n = wav.bank_size %b : !wav.bank<? x tensor<4x8xbf16>>
        %y = wav.bank_row %b[%n]
            : !wav.bank<? x tensor<4x8xbf16>> -> memref<4x8xbf16>
        return
      })"},
    {"parts of a program", R"(
      module attributes {wav.batch = 1 : i64, wav.context = 1 : i64,
          wav.config = "{}"} {
        wav.parameter @w : tensor<4x4xf32> {init_value = 1.0 : f64}
        wav.state @s : tensor<4x4xbf16>
        wav.constant at 64 dense<1> : tensor<4xi32>
        wav.kernel @k attributes {rows = 4 : i64, partitions = 1 : i64} {
          wav.yield
        }
        wav.schedule @nothing {}
        gpu.module @device {}
      })"},
};

/// Models that use what there is: no details, details, heads of the residual.
constexpr std::pair<const char *, const char *> kModels[] = {
    {"standard", R"({"scheme": "standard"})"},
    {"wav_v1", R"({"scheme": "wav_v1"})"},
    {"haares", R"({"scheme": "haares"})"},
};

OwningOpRef<ModuleOp> parseModel(StringRef residual, MLIRContext *context) {
  std::string text =
      R"({"vocab_size": 16, "hidden_size": 16, "num_hidden_layers": 2,
          "num_attention_heads": 2, "max_position_embeddings": 8,
          "residual": )" +
      residual.str() + "}";
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text), {});
  FailureOr<OwningOpRef<ModuleOp>> module = importConfig(sources, context);
  return succeeded(module) ? std::move(*module) : nullptr;
}

/// The module at every level, for a CPU in f32, and for a GPU in bf16.
void addLevels(StringRef name, ModuleOp model, std::vector<Input> &inputs) {
  for (StringRef target : {"cpu", "cuda"}) {
    CompileOptions options;
    options.pipeline.target = target;
    options.pipeline.batch = 2;
    options.pipeline.precision = target == "cpu" ? "f32" : "bf16";
    options.pipeline.entries = {"train_step", "decode"};
    OwningOpRef<ModuleOp> module = model.clone();
    for (int level = 0; level < kNumLevels; ++level) {
      options.to = static_cast<Level>(level);
      ASSERT_TRUE(succeeded(lower(*module, options)));
      options.from = options.to;
      std::string label = (name + ", " + target + ", ").str();
      inputs.push_back({label + stringifyLevel(options.to).str(),
                        OwningOpRef<ModuleOp>(module->clone())});
    }
  }
}

/// The names under which mlir-opt would offer passes and pipelines.
std::vector<std::string> getPassNames() {
  static const PassPipelineCLParser parser("", "passes");
  std::vector<std::string> names;
  for (const auto &option : llvm::cl::getRegisteredOptions())
    if (option.first.starts_with("wav-"))
      names.push_back(option.first.str());
  llvm::sort(names);
  return names;
}

class AnyInput : public testing::Test {
protected:
  static void SetUpTestSuite() {
    llvm::sys::PrintStackTraceOnErrorSignal("");
    registerAllWavPasses();
    DialectRegistry registry;
    registerAllWavDialects(registry);
    context = std::make_unique<MLIRContext>(registry,
                                            MLIRContext::Threading::DISABLED);
    context->loadAllAvailableDialects();
    for (auto [name, text] : kModules)
      inputs.push_back(
          {name, parseSourceString<ModuleOp>(text, context.get()), true});
    for (auto [name, residual] : kModels)
      addLevels(name, *parseModel(residual, context.get()), inputs);
  }
  static void TearDownTestSuite() {
    inputs.clear();
    context.reset();
  }

  static std::unique_ptr<MLIRContext> context;
  static std::vector<Input> inputs;
};
std::unique_ptr<MLIRContext> AnyInput::context;
std::vector<Input> AnyInput::inputs;

/// Runs a pass or pipeline; says what it did that it must not, or nothing.
std::string misbehaviour(StringRef pass, ModuleOp input) {
  OwningOpRef<ModuleOp> module(input.clone());
  ErrorCounter errors(module->getContext());
  PassManager passes(module->getContext(), "builtin.module",
                     OpPassManager::Nesting::Implicit);
  // An invalid module is not a diagnostic.
  passes.enableVerifier(false);
  const PassRegistryEntry *entry = PassInfo::lookup(pass);
  if (!entry)
    entry = PassPipelineInfo::lookup(pass);
  auto report = [&](const Twine &message) {
    return emitError(module->getLoc(), message);
  };
  if (failed(entry->addToPipeline(passes, /*options=*/"", report)))
    return "cannot be added";
  if (failed(passes.run(*module)))
    return errors.count > 0 ? "" : "fails without an error";
  return succeeded(verify(*module)) ? "" : "leaves an invalid module";
}

TEST_F(AnyInput, PassesSayWhatTheyCannotDo) {
  std::vector<std::string> passes = getPassNames();
  EXPECT_TRUE(llvm::is_contained(passes, "wav-plan"));
  EXPECT_TRUE(llvm::is_contained(passes, "wav-to-nvvm"));
  for (const std::string &pass : passes)
    for (Input &input : inputs) {
      std::string label = pass + " on " + input.name;
      ASSERT_TRUE(input.module) << label;
      llvm::PrettyStackTraceString trace(label.c_str());
      EXPECT_EQ(misbehaviour(pass, *input.module), "") << label;
    }
}

TEST_F(AnyInput, CompilationStartsAnywhere) {
  for (Input &input : inputs)
    for (StringRef target : {"cpu", "cuda"})
      for (int from = 0; from < kNumLevels; ++from) {
        // Levels of models are covered by the passes.
        if (!input.isAtNoLevel)
          continue;
        std::string label =
            ("compilation for " + target + " from " +
             stringifyLevel(static_cast<Level>(from)) + " of " + input.name)
                .str();
        llvm::PrettyStackTraceString trace(label.c_str());
        ErrorCounter errors(context.get());
        CompileOptions options;
        options.from = static_cast<Level>(from);
        options.pipeline.target = target;
        OwningOpRef<ModuleOp> module(input.module->clone());
        if (failed(compileToObjects(*module, options)))
          EXPECT_GT(errors.count, 0) << label;
      }
}

} // namespace
