//===- WavCheckMain.cpp - The wav-check tool as a function ----------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/WavCheckMain.h"

#include "CompiledCheck.h"

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Extensions.h"
#include "wav/Driver/Registration.h"
#include "wav/Driver/Threads.h"
#include "wav/IR/Fill.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavModelOps.h"
#include "wav/Import/Import.h"
#include "wav/Passes.h"
#include "wav/Support/Json.h"
#include "wav/Transforms/Optimizers.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::wav;

namespace {
enum class Backend { CPU, SIMT };

/// Made when the tool runs: other tools load this library too.
struct Options {
  llvm::cl::OptionCategory category{"wav-check options"};
  ExtensionCommandLine extensions{category};
  llvm::cl::opt<std::string> inputFile{
      llvm::cl::Positional, llvm::cl::desc("FILE.mlir|MODEL.json"),
      llvm::cl::init("-"), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> batch{
      "batch", llvm::cl::desc("Sequences in the batch of a model (default 2)"),
      llvm::cl::init(2), llvm::cl::cat(category)};
  llvm::cl::opt<uint64_t> seed{
      "seed", llvm::cl::desc("Seed of the random inputs (default 0)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<double> gradientLimit{
      "gradient-limit",
      llvm::cl::desc("Largest error of a gradient against differences, "
                     "relative to its largest element (default 1e-6)"),
      llvm::cl::init(1e-6), llvm::cl::cat(category)};
  // f32 has 6e-8; sums of a few hundred terms lose two digits.
  llvm::cl::opt<double> compiledLimit{
      "compiled-limit",
      llvm::cl::desc("Largest error of a compiled result against the "
                     "reference, relative to its largest element or to what "
                     "cancelled in it (default 1e-5)"),
      llvm::cl::init(1e-5), llvm::cl::cat(category)};
  llvm::cl::bits<Backend> backends{
      "backend", llvm::cl::desc("What compiled code runs on (default cpu)"),
      llvm::cl::values(
          clEnumValN(Backend::CPU, "cpu", "this processor"),
          clEnumValN(Backend::SIMT, "simt",
                     "GPU code, executed on the CPU with a checker")),
      llvm::cl::CommaSeparated, llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> simtSeeds{
      "simt-seeds",
      llvm::cl::desc("Orders of threads to run GPU code in (default 1)"),
      llvm::cl::init(1), llvm::cl::cat(category)};
  // A step of bf16 is 4e-3. Both round at the same places; what is left is
  // where sums of f32 and of float64 round to different neighbours, and what
  // becomes of that.
  llvm::cl::opt<double> narrowLimit{
      "bf16-limit",
      llvm::cl::desc("The same for functions with bf16, by norm, against the "
                     "reference that rounds to the types stored (default "
                     "1e-2)"),
      llvm::cl::init(1e-2), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> precision{
      "precision",
      llvm::cl::desc("How a model stores activations (default f32)"),
      llvm::cl::init("f32"), llvm::cl::cat(category)};
  /// Options refer to their descriptions.
  const std::string optimizerHelp =
      "What updates the parameters of functions with wav.update: " +
      listOptimizers();
  llvm::cl::opt<std::string> optimizer{
      "optimizer", llvm::cl::desc(optimizerHelp),
      llvm::cl::init(PipelineOptions().optimizer), llvm::cl::cat(category)};
  llvm::cl::opt<bool> referenceOnly{
      "reference-only", llvm::cl::desc("Compile nothing: check gradients only"),
      llvm::cl::cat(category)};
};
} // namespace

static constexpr const char *kOverview =
    R"(judge of ops, passes and back ends

Every public function of FILE, or entry point of MODEL, is called with random
inputs. If it has the attribute wav.gradient, the gradient that
wav-differentiate derives is compared, in float64, with differences of the
function's results (unless it has wav.update, which turns the gradient into new
parameters). Then the function is compiled, with its gradient or update, and
compared with the reference interpreter (which rounds where the IR says bf16);
with --backend=cpu,simt also as code for a GPU.

An argument's wav.range = [low, high] bounds its elements; integers without one
are 0, other numbers are standard normal.
)";

/// The range of an argument that has no `wav.range`, by what fills it, or null:
/// tokens are in the vocabulary, numbers are what training uses.
static ArrayAttr getDefaultRange(DictionaryAttr fill, int64_t vocabSize,
                                 Builder &builder) {
  StringRef kind = getFillKind(fill);
  if (kind == "tokens" || kind == "targets")
    return builder.getI64ArrayAttr({0, vocabSize});
  // A setting is known by its name.
  auto name = fill ? fill.getAs<StringAttr>("name") : StringAttr();
  auto range = llvm::StringSwitch<std::optional<std::pair<double, double>>>(
                   kind == "setting" && name ? name.getValue() : kind)
                   .Case("learning_rate", {{1e-3, 1e-2}})
                   .Case("weight_decay", {{0.0, 0.2}})
                   .Case("clip", {{0.5, 1.0}})
                   .Case("bias_correction", {{0.1, 1.0}})
                   .Cases({"fraction", "random"}, {{0.0, 1.0}})
                   .Default(std::nullopt);
  return range ? builder.getF64ArrayAttr({range->first, range->second})
               : ArrayAttr();
}

static int64_t getVocabSize(ModuleOp module) {
  llvm::Expected<llvm::json::Value> config =
      parseJson(module->getAttrOfType<StringAttr>(kConfigAttr).getValue());
  if (!config) {
    llvm::consumeError(config.takeError());
    return 1;
  }
  const llvm::json::Object *fields = config->getAsObject();
  return fields ? fields->getInteger("vocab_size").value_or(1) : 1;
}

/// Gives arguments, results and the module what a program and its inputs need,
/// where the file does not: names, ranges, and a configuration.
static void completeProgram(ModuleOp module) {
  Builder builder(module.getContext());
  auto setDefault = [&](StringRef name, Attribute value) {
    if (!module->hasAttr(name))
      module->setAttr(name, value);
  };
  setDefault(kConfigAttr, builder.getStringAttr(
                              R"({"vocab_size": 1, "num_hidden_layers": 1})"));
  setDefault(kBatchAttr, builder.getI64IntegerAttr(1));
  setDefault(kContextAttr, builder.getI64IntegerAttr(1));
  int64_t vocabSize = getVocabSize(module);
  for (auto function : module.getOps<func::FuncOp>()) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      if (!function.getArgAttrOfType<StringAttr>(i, kNameAttr))
        function.setArgAttr(i, kNameAttr,
                            builder.getStringAttr("argument" + Twine(i)));
      if (function.getArgAttr(i, kRangeAttr))
        continue;
      auto fill = function.getArgAttrOfType<DictionaryAttr>(i, kFillAttr);
      if (ArrayAttr range = getDefaultRange(fill, vocabSize, builder))
        function.setArgAttr(i, kRangeAttr, range);
    }
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (!function.getResultAttr(i, kNameAttr))
        function.setResultAttr(i, kNameAttr,
                               builder.getStringAttr("result" + Twine(i)));
  }
}

/// Reads a file. A model is expanded into its entry points.
static FailureOr<OwningOpRef<ModuleOp>> load(const Options &options,
                                             MLIRContext *context) {
  FailureOr<OwningOpRef<ModuleOp>> module =
      loadModel(options.inputFile, context);
  if (failed(module) || (*module)->getOps<ModelOp>().empty())
    return module;
  CompileOptions toFunctions;
  toFunctions.pipeline.batch = options.batch;
  toFunctions.pipeline.precision = options.precision;
  toFunctions.to = Level::Simplified;
  if (failed(lower(**module, toFunctions)))
    return failure();
  return module;
}

/// Prints what was measured and returns whether it is within its limit. `Error`
/// is GradientError or CompiledError.
template <typename Error>
static bool judge(StringRef what, const FailureOr<Error> &error, double limit) {
  if (failed(error))
    return false;
  llvm::outs() << ' ' << what << llvm::format(" %.1e", error->relative);
  if (error->relative <= limit)
    return true;
  llvm::outs() << " (" << error->where << ')';
  return false;
}

/// The functions of a file on one back end, and what judgements are called.
struct CompiledFor {
  StringRef name;
  CompiledModule module;
};

/// Prints one line for a function; returns whether it passes.
static bool judge(func::FuncOp original, func::FuncOp differentiated,
                  ArrayRef<CompiledFor> compiled, const Options &options) {
  StringRef name = original.getSymName();
  // The inputs of a function do not depend on what else is in the file.
  std::mt19937_64 generator(options.seed ^ llvm::xxh3_64bits(name));
  ReferenceInterpreter interpreter(differentiated->getParentOfType<ModuleOp>());
  auto inputs = ReferenceInputs::random(differentiated, interpreter, generator);

  llvm::outs() << name << ':';
  bool passes = true;
  if (canCheckGradient(original))
    passes &= judge("gradient",
                    checkGradient(original, differentiated, inputs, generator),
                    options.gradientLimit);
  if (!compiled.empty()) {
    FailureOr<Expectation> expected = Expectation::of(differentiated, inputs);
    passes &= succeeded(expected);
    for (const CompiledFor &backend : compiled)
      if (succeeded(expected))
        passes &= judge(backend.name,
                        backend.module.check(differentiated, *expected, inputs),
                        expected->isNarrow ? options.narrowLimit
                                           : options.compiledLimit);
  }
  llvm::outs() << (passes ? " PASS\n" : " FAIL\n");
  return passes;
}

int wav::wavCheckMain(int argc, char **argv, const CheckRuntime &runtime) {
  llvm::InitLLVM init(argc, argv);
  Options options;
  llvm::cl::HideUnrelatedOptions(options.category);
  llvm::cl::ParseCommandLineOptions(argc, argv, kOverview);

  DialectRegistry registry;
  registerAllWavDialects(registry);
  llvm::Expected<Extensions> extensions = options.extensions.load();
  if (!extensions) {
    llvm::errs() << "error: " << llvm::toString(extensions.takeError()) << '\n';
    return 2;
  }
  extensions->addTo(registry);
  MLIRContext context(registry);
  // Functions of upstream ops alone have their interfaces from it.
  context.loadDialect<WavDialect>();
  limitThreads(context);
  extensions->addTo(context);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  FailureOr<OwningOpRef<ModuleOp>> module = load(options, &context);
  if (failed(module))
    return 1;
  OwningOpRef<ModuleOp> differentiated((*module)->clone());
  PassManager passes(&context);
  passes.addPass(createDifferentiatePass());
  UpdatePassOptions update;
  update.optimizer = options.optimizer;
  passes.addPass(createUpdatePass(update));
  passes.addPass(createSetLevelPass({stringifyLevel(Level::Step).str()}));
  if (failed(passes.run(*differentiated)))
    return 1;
  completeProgram(*differentiated);

  std::vector<CompiledFor> compiled;
  auto add = [&](StringRef name, FailureOr<CompiledModule> result) {
    if (succeeded(result))
      compiled.push_back({name, std::move(*result)});
    return succeeded(result);
  };
  bool onGPU = options.backends.isSet(Backend::SIMT);
  if (!options.referenceOnly) {
    if ((options.backends.isSet(Backend::CPU) || !onGPU) &&
        !add("compiled",
             CompiledModule::create(differentiated->clone(), runtime)))
      return 1;
    if (onGPU &&
        !add("simt", CompiledModule::createForGPU(differentiated->clone(),
                                                  runtime, options.simtSeeds)))
      return 1;
  }
  bool allPass = true;
  for (auto function : (*module)->getOps<func::FuncOp>())
    if (function.isPublic())
      allPass &= judge(
          function,
          differentiated->lookupSymbol<func::FuncOp>(function.getSymName()),
          compiled, options);
  return allPass ? 0 : 1;
}
