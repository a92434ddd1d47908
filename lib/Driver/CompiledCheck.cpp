//===- CompiledCheck.cpp - Compiled code against the reference ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledCheck.h"

#include "wav/Driver/Compiler.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

FailureOr<CompiledModule> CompiledModule::compile(ModuleOp module,
                                                  const CompileOptions &options,
                                                  const CheckRuntime &runtime,
                                                  DeviceModule *kernels) {
  FailureOr<std::shared_ptr<JITProgram>> program =
      compileAndLoad(module, options, runtime.symbols, kernels);
  if (failed(program))
    return failure();
  CompiledModule compiled;
  compiled.runtime = &runtime;
  compiled.program = *program;
  const wavrt_program &exported = (*program)->get();
  // The manifest is our own: it parses.
  compiled.manifest = std::make_shared<llvm::json::Value>(llvm::cantFail(
      llvm::json::parse(StringRef(exported.manifest, exported.manifest_size))));
  return compiled;
}

FailureOr<CompiledModule> CompiledModule::create(OwningOpRef<ModuleOp> module,
                                                 const CheckRuntime &runtime) {
  CompileOptions options;
  options.from = Level::Step;
  return compile(*module, options, runtime, /*kernels=*/nullptr);
}

FailureOr<CompiledModule>
CompiledModule::createForGPU(OwningOpRef<ModuleOp> module,
                             const CheckRuntime &runtime, unsigned numSeeds) {
  CompileOptions options;
  options.from = Level::Step;
  options.pipeline.target = "cuda";
  DeviceModule kernels;
  FailureOr<CompiledModule> compiled =
      compile(*module, options, runtime, &kernels);
  if (failed(compiled))
    return failure();
  auto executor = SimtExecutor::create(std::move(kernels.code),
                                       std::move(kernels.context), {});
  if (!executor)
    return module->emitError(llvm::toString(executor.takeError()));
  compiled->executor = std::move(*executor);
  compiled->numSeeds = numSeeds;
  return compiled;
}

const llvm::json::Object *CompiledModule::findEntry(StringRef name) const {
  for (const llvm::json::Value &entry :
       *manifest->getAsObject()->getArray("entries"))
    if (entry.getAsObject()->getString("name") == name)
      return entry.getAsObject();
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Memory of the compiled program
//===----------------------------------------------------------------------===//

/// The memory of an input or output that the manifest lists.
template <typename T>
static T *locate(const llvm::json::Value &tensor, void *const *arenas) {
  const llvm::json::Object &fields = *tensor.getAsObject();
  auto arena = static_cast<int>(*symbolizeArena(*fields.getString("arena")));
  return reinterpret_cast<T *>(static_cast<char *>(arenas[arena]) +
                               *fields.getInteger("offset"));
}

static bool isBF16(const llvm::json::Value &tensor) {
  return tensor.getAsObject()->getString("dtype") == "bf16";
}

/// `values` are numbers of the tensor's type.
static void write(ArrayRef<double> values, const llvm::json::Value &tensor,
                  void *const *arenas) {
  if (!isBF16(tensor)) {
    llvm::copy(values, locate<float>(tensor, arenas));
    return;
  }
  llvm::transform(values, locate<uint16_t>(tensor, arenas), [](double value) {
    return uint16_t(llvm::bit_cast<uint32_t>(float(value)) >> 16);
  });
}

static std::vector<float> read(size_t size, const llvm::json::Value &tensor,
                               void *const *arenas) {
  std::vector<float> values(size);
  if (isBF16(tensor))
    std::transform(locate<uint16_t>(tensor, arenas),
                   locate<uint16_t>(tensor, arenas) + size, values.begin(),
                   [](uint16_t bits) {
                     return llvm::bit_cast<float>(uint32_t(bits) << 16);
                   });
  else
    std::copy_n(locate<float>(tensor, arenas), size, values.begin());
  return values;
}

static void writeInputs(const llvm::json::Array &tensors,
                        const ReferenceInputs &inputs, void *const *arenas) {
  for (auto [tensor, argument] : llvm::zip(tensors, inputs.arguments)) {
    write(argument->values, tensor, arenas);
    llvm::copy(argument->indices, locate<int32_t>(tensor, arenas));
  }
  llvm::copy(inputs.parameters, static_cast<float *>(arenas[WAVRT_PARAMETERS]));
  llvm::copy(inputs.firstMoment,
             static_cast<float *>(arenas[WAVRT_FIRST_MOMENT]));
  llvm::copy(inputs.secondMoment,
             static_cast<float *>(arenas[WAVRT_SECOND_MOMENT]));
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// A tensor smaller than this counts as if it were this large: inputs are of
/// order one, and so is what cancels to zero in it.
static constexpr double kSmall = 0.1;

/// By the norm of the difference over that of the expected value.
static void compareNorms(ArrayRef<double> expected, ArrayRef<float> actual,
                         const Twine &name, CompiledError &error) {
  double difference = 0, norm = 0;
  for (auto [value, wanted] : llvm::zip_equal(actual, expected)) {
    difference += (value - wanted) * (value - wanted);
    norm += wanted * wanted;
  }
  double relative = std::sqrt(difference) / std::max(std::sqrt(norm), kSmall);
  // Not a number is the worst error.
  if (relative <= error.relative)
    return;
  error.relative = std::isnan(relative) ? INFINITY : relative;
  error.where = (name + " as a whole").str();
}

/// By the largest difference of elements over the largest expected one.
static void compare(ArrayRef<double> expected, ArrayRef<float> actual,
                    const Twine &name, CompiledError &error) {
  double largest = kSmall;
  for (double value : expected)
    largest = std::max(largest, std::abs(value));
  for (auto [i, value] : llvm::enumerate(expected)) {
    double relative = std::abs(actual[i] - value) / largest;
    // Not a number is the worst error.
    if (relative <= error.relative)
      continue;
    error.relative = std::isnan(relative) ? INFINITY : relative;
    error.where.clear();
    llvm::raw_string_ostream(error.where)
        << name << ", element " << i << ": " << actual[i] << " instead of "
        << value;
  }
}

FailureOr<CompiledError>
CompiledModule::check(func::FuncOp function, ReferenceInterpreter &interpreter,
                      const ReferenceInputs &inputs) const {
  ReferenceInputs expected = inputs;
  FailureOr<SmallVector<RefTensorPtr>> results =
      run(interpreter, function, expected);
  if (failed(results))
    return failure();

  const llvm::json::Object *entry = findEntry(function.getSymName());
  if (!entry)
    return function.emitError("is not an entry point of the compiled program");
  CompiledError error;
  bool isNarrow = describePrecision(function) == "bf16";
  for (unsigned seed = 0; seed < numSeeds; ++seed) {
    if (executor)
      executor->setSeed(seed);
    bool ran = runtime->run(
        program->get(), executor, function.getSymName(),
        [&](void *const *arenas) {
          writeInputs(*entry->getArray("inputs"), inputs, arenas);
        },
        [&](void *const *arenas) {
          auto judge = isNarrow ? compareNorms : compare;
          for (auto [i, output] :
               llvm::enumerate(*entry->getArray("outputs"))) {
            ArrayRef<double> values = (*results)[i]->values;
            judge(values, read(values.size(), output, arenas),
                  "result " + Twine(i), error);
          }
          auto compareArena = [&](ArrayRef<double> values, wavrt_arena arena,
                                  StringRef name) {
            ArrayRef actual(static_cast<float *>(arenas[arena]), values.size());
            judge(values, actual, name, error);
          };
          compareArena(expected.parameters, WAVRT_PARAMETERS, "parameters");
          compareArena(expected.firstMoment, WAVRT_FIRST_MOMENT,
                       "first moment");
          compareArena(expected.secondMoment, WAVRT_SECOND_MOMENT,
                       "second moment");
        });
    if (!ran)
      return failure();
  }
  return error;
}
