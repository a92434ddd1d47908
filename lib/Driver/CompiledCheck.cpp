//===- CompiledCheck.cpp - Compiled code against the reference ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledCheck.h"

#include "wav/Driver/Compiler.h"
#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavStructureOps.h"

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

/// Writes one of the arenas that are laid out like the parameters, if the
/// program has it: only what is used has memory.
static void writeArena(ArrayRef<double> values, void *arena) {
  if (arena)
    llvm::copy(values, static_cast<float *>(arena));
}

static void writeInputs(const llvm::json::Array &tensors,
                        const ReferenceInputs &inputs, void *const *arenas) {
  for (auto [tensor, argument] : llvm::zip(tensors, inputs.arguments)) {
    write(argument->values, tensor, arenas);
    llvm::copy(argument->indices, locate<int32_t>(tensor, arenas));
  }
  writeArena(inputs.parameters, arenas[WAVRT_PARAMETERS]);
  writeArena(inputs.firstMoment, arenas[WAVRT_FIRST_MOMENT]);
  writeArena(inputs.secondMoment, arenas[WAVRT_SECOND_MOMENT]);
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// A tensor smaller than this counts as if it were this large: inputs are of
/// order one, and so is what cancels to zero in it.
static constexpr double kSmall = 0.1;

/// An f32 value is rounded by at most this part of it.
static constexpr double kUnit = 1.0 / (1 << 24);

/// What a tensor's errors are relative to: its largest element, unless larger
/// numbers cancelled in it. Rounding each value of the program once, by at most
/// u of it, moves the tensor by `spread`. Code in f32 rounds the terms inside
/// its sums too, and n roundings of random sign add up to sqrt(n) of one. With
/// spread / 4 u for the size, the usual limit of 1e-5, which is 168 u, allows
/// 42 spreads: what sums of 1,700 rounded terms do. (Up to 20 are seen in small
/// models.) Where spread is below 4 u of the largest element, that decides.
static double getScale(ArrayRef<double> exact, ArrayRef<double> rounded) {
  double largest = kSmall, spread = 0;
  for (auto [value, near] : llvm::zip_equal(exact, rounded)) {
    largest = std::max(largest, std::abs(value));
    spread = std::max(spread, std::abs(value - near));
  }
  return std::max(largest, spread / (4 * kUnit));
}

namespace {
/// A tensor to compare: what it should be, and names for it and its elements.
struct Expected {
  ArrayRef<double> exact, rounded;
  std::string name;
  function_ref<std::string(size_t)> nameOf;
};
} // namespace

/// By the norm of the difference over that of the expected value.
static void compareNorms(const Expected &expected, ArrayRef<float> actual,
                         CompiledError &error) {
  double difference = 0, norm = 0;
  for (auto [value, wanted] : llvm::zip_equal(actual, expected.exact)) {
    difference += (value - wanted) * (value - wanted);
    norm += wanted * wanted;
  }
  double relative = std::sqrt(difference) / std::max(std::sqrt(norm), kSmall);
  // Not a number is the worst error.
  if (relative <= error.relative)
    return;
  error.relative = std::isnan(relative) ? INFINITY : relative;
  error.where = expected.name + " as a whole";
}

/// By the largest difference of elements over the scale of the tensor.
static void compare(const Expected &expected, ArrayRef<float> actual,
                    CompiledError &error) {
  double scale = getScale(expected.exact, expected.rounded);
  for (auto [i, value] : llvm::enumerate(expected.exact)) {
    double relative = std::abs(actual[i] - value) / scale;
    // Not a number is the worst error.
    if (relative <= error.relative)
      continue;
    error.relative = std::isnan(relative) ? INFINITY : relative;
    error.where.clear();
    llvm::raw_string_ostream(error.where)
        << expected.nameOf(i) << ": " << actual[i] << " instead of " << value;
  }
}

FailureOr<ReferenceRun> ReferenceRun::of(func::FuncOp function,
                                         RefRounding rounding,
                                         ReferenceInputs inputs) {
  ReferenceInterpreter interpreter(function->getParentOfType<ModuleOp>(),
                                   rounding);
  FailureOr<SmallVector<RefTensorPtr>> results =
      run(interpreter, function, inputs);
  if (failed(results))
    return failure();
  return ReferenceRun{std::move(*results), std::move(inputs)};
}

FailureOr<Expectation> Expectation::of(func::FuncOp function,
                                       const ReferenceInputs &inputs) {
  bool isNarrow = describePrecision(function) == "bf16";
  FailureOr<ReferenceRun> rounded =
      ReferenceRun::of(function, RefRounding::Storage, inputs);
  if (failed(rounded))
    return failure();
  if (isNarrow)
    return Expectation{*rounded, *rounded, isNarrow};
  FailureOr<ReferenceRun> exact =
      ReferenceRun::of(function, RefRounding::None, inputs);
  if (failed(exact))
    return failure();
  return Expectation{std::move(*exact), std::move(*rounded), isNarrow};
}

/// `'grad.model.norm.weight'`, or the number of a result without a name.
static std::string nameResult(func::FuncOp function, unsigned index) {
  auto name = function.getResultAttrOfType<StringAttr>(index, kNameAttr);
  return name ? "'" + name.str() + "'" : "result " + std::to_string(index);
}

/// The parameter that an element of an arena belongs to: `'w', element 3`.
static std::string nameElement(const ParameterLayout &layout, size_t index) {
  for (ParameterOp parameter : layout.getParameters()) {
    int64_t at = int64_t(index) - layout.getOffset(parameter);
    int64_t size = cast<ShapedType>(parameter.getType()).getNumElements();
    if (at >= 0 && at < size)
      return "'" + parameter.getSymName().str() + "', element " +
             std::to_string(at);
  }
  return "padding, element " + std::to_string(index);
}

FailureOr<CompiledError>
CompiledModule::check(func::FuncOp function, const Expectation &expected,
                      const ReferenceInputs &inputs) const {
  const llvm::json::Object *entry = findEntry(function.getSymName());
  if (!entry)
    return function.emitError("is not an entry point of the compiled program");
  CompiledError error;
  ParameterLayout layout(function->getParentOfType<ModuleOp>());
  auto judge = expected.isNarrow ? compareNorms : compare;
  auto checkOutputs = [&](void *const *arenas) {
    for (auto [i, output] : llvm::enumerate(*entry->getArray("outputs"))) {
      std::string name = nameResult(function, i);
      auto nameOf = [&](size_t element) {
        return name + ", element " + std::to_string(element);
      };
      ArrayRef<double> exact = expected.exact.results[i]->values;
      judge({exact, expected.rounded.results[i]->values, name, nameOf},
            read(exact.size(), output, arenas), error);
    }
    auto checkArena = [&](std::vector<double> ReferenceInputs::*memory,
                          wavrt_arena arena, StringRef name) {
      if (!arenas[arena])
        return;
      auto nameOf = [&](size_t element) {
        return (name + " of " + nameElement(layout, element)).str();
      };
      ArrayRef<double> exact = expected.exact.after.*memory;
      judge({exact, expected.rounded.after.*memory, name.str(), nameOf},
            ArrayRef(static_cast<float *>(arenas[arena]), exact.size()), error);
    };
    checkArena(&ReferenceInputs::parameters, WAVRT_PARAMETERS, "new value");
    checkArena(&ReferenceInputs::firstMoment, WAVRT_FIRST_MOMENT,
               "first moment");
    checkArena(&ReferenceInputs::secondMoment, WAVRT_SECOND_MOMENT,
               "second moment");
  };
  for (unsigned seed = 0; seed < numSeeds; ++seed) {
    if (executor)
      executor->setSeed(seed);
    bool ran = runtime->run(
        program->get(), executor, function.getSymName(),
        [&](void *const *arenas) {
          writeInputs(*entry->getArray("inputs"), inputs, arenas);
        },
        checkOutputs);
    if (!ran)
      return failure();
  }
  return error;
}
