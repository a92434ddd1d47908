//===- FusePairsTest.cpp - Any two row programs, fused and not ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A result of one row program as an operand of another, for all pairs that can
// meet, where shapes tell nothing: as many rows as columns, biases and sources.
// Whatever `wav-fuse` makes of the two, results are the same bits as those of
// one kernel an op.
//
//===----------------------------------------------------------------------===//

#include "Simt/SimtDevice.h"

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"
#include "wav/IR/WavStructureOps.h"
#include "wav/Passes.h"

#include "wavrt/program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <set>

using namespace mlir;
using namespace mlir::wav;

namespace {

/// A row program in MLIR, with `$0`, `$1`, ... for operands. Types of operands
/// and results are letters of `kTypes`.
struct Program {
  std::string text, operands, results;
  /// One of many of a kind: such are paired with all others, but not with each
  /// other.
  bool isOneOfMany = false;
};

constexpr int64_t kSize = 16;

const std::map<char, std::string> kTypes = {
    {'M', "tensor<16x16xf32>"},
    {'V', "tensor<16xf32>"},
    {'O', "tensor<1xf32>"},
    {'S', "tensor<f32>"},
    {'I', "tensor<16xi32>"},
    {'P', "tensor<1xi32>"},
    {'N', "tensor<16x8xf32>"},
    {'B', "!wav.bank<16 x tensor<16x16xf32>>"},
    {'C', "!wav.bank<16 x tensor<16x16xf32>, scaled>"},
    {'D', "!wav.bank<16 x tensor<16x16xf32>, scaled, biased>"},
    // Open sources.
    {'w', "!wav.bank<1 x tensor<16x16xf32>>"},
    {'x', "!wav.bank<1 x tensor<16x16xf32>, scaled>"},
    {'y', "!wav.bank<1 x tensor<16x16xf32>, biased>"},
    {'z', "!wav.bank<1 x tensor<16x16xf32>, scaled, biased>"},
};

bool isBank(char letter) { return StringRef("BCD").contains(letter); }
bool isSource(char letter) { return StringRef("wxyz").contains(letter); }
bool isScaled(char letter) { return StringRef("CDxz").contains(letter); }
bool isBiased(char letter) { return StringRef("Dyz").contains(letter); }

/// The operands of a program with the tensors of an open source, which may come
/// from its kernel, for the source.
std::string flatten(StringRef operands) {
  std::string letters;
  for (char letter : operands)
    if (!isSource(letter))
      letters += letter;
    else
      letters += isScaled(letter) ? "MV" : "M";
  return letters;
}

/// Row programs of this dialect. One row: what treats vectors and numbers.
const Program kPrograms[] = {
    {"wav.embed $0, $1", "MI", "M"},
    {"wav.rms_norm $0, $1 {epsilon = 1.0e-6 : f64}", "MV", "M"},
    {"wav.rms_norm_grad $0, $1, $2 {epsilon = 1.0e-6 : f64}", "MVM", "MV"},
    {"wav.rope $0, $1 {heads = 1, sequence_length = 16}", "MM", "M"},
    {"wav.rope $0, $1 at $2 {heads = 2, sequence_length = 16}", "MNP", "M"},
    {"wav.swiglu $0, $1", "MM", "M"},
    {"wav.swiglu_grad $0, $1, $2", "MMM", "MM"},
    {"wav.cross_entropy $0, $1", "MI", "S"},
    {"wav.cross_entropy_grad $0, $1, $2", "MIS", "M"},
    {"wav.write $0 into $1 {coefficient = -1.5 : f64}", "MM", "M"},
    {"wav.write $0 into $1 scaled $2 per tensor {coefficient = 0.5 : f64}",
     "MMO", "M", true},
    {"wav.write $0 into $1 scaled $2 per channel {coefficient = 0.5 : f64}",
     "MMV", "M"},
    {"wav.write $0 scaled $1 per token {coefficient = 0.5 : f64}", "MV", "M"},
    {"wav.match $0 to $1 {epsilon = 1.0e-6 : f64}", "MM", "V"},
    {"wav.match_grad $0 to $1, $2 {epsilon = 1.0e-6 : f64}", "MMV", "MM"},
    {"wav.read query($0 bias $1) bank($2) open($3, $4, $5, $6) "
     "{epsilon = 1.0e-6 : f64}",
     "VVDzxyw", "MVV"},
    {"wav.read query($0) bank($1) {epsilon = 1.0e-6 : f64}", "VB", "MVV", true},
    {"wav.read query($0) bank($1) open($2) {epsilon = 1.0e-6 : f64}", "VBx",
     "MVV", true},
    {"wav.read query($0) bank($1) after($2 max $3 sum $4) "
     "{epsilon = 1.0e-6 : f64}",
     "VBMVV", "MVV", true},
    {"wav.read query($0) open($1) after($2 max $3 sum $4) "
     "{epsilon = 1.0e-6 : f64}",
     "VwMVV", "MVV"},
    {"wav.read query($0, $1 bias $2, $3) bank($4) open($5) "
     "{epsilon = 1.0e-6 : f64}",
     "VVVVDz", "MMVVVV", true},
    {"wav.read_grad query($0 bias $1) bank($2) open($3, $4) grad($5) "
     "{epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 1, 1, 1, 2, 2, 0, 0>}",
     "VVDzxM", "VVCMMVV"},
    {"wav.read_grad query($0) bank($1) grad($2) into($3) "
     "{epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}",
     "VCMC", "VC"},
    {"wav.read_grad query($0) bank($1) open($2) grad($3) into($4) "
     "{epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0, 0>}",
     "VBwMB", "VBM", true},
    {"wav.read_grad query($0, $1 bias $2, $3) bank($4) open($5) grad($6, $7) "
     "{epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 2, 2, 1, 1, 0, 0, 0>}",
     "VVVVDzMM", "VVVVBM", true},
    {"wav.read_grad query($0 bias $1) open($2) after($3 max $4 sum $5) "
     "grad($6) {epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 1>}",
     "VVyMVVM", "VVMVV"},
    {"wav.read_grad query($0) bank($1) grad($2 weight $3 lse_grad $4) into($5) "
     "{epsilon = 1.0e-6 : f64, "
     "resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}",
     "VBMVVB", "VB"},
    {"wav.combine $0, $1 {coefficients = array<f64: 1.0, -0.5>}", "MM", "M"},
    {"wav.combine $0, $1 {coefficients = array<f64: 1.0, -0.5>}", "VV", "V",
     true},
    {"wav.cast $0", "M", "M", true},
    {"wav.cast $0", "V", "V", true},
    {"wav.sum_squares $0", "M", "S"},
    {"wav.sum_partials $0", "M", "V"},
    {"wav.broadcast $0 per tensor", "O", "M", true},
    {"wav.broadcast $0 per channel", "V", "M", true},
    {"wav.broadcast $0 per token", "V", "M", true},
    {"wav.row_sum $0 per tensor", "M", "O", true},
    {"wav.row_sum $0 per channel", "M", "V", true},
    {"wav.row_sum $0 per token", "M", "V", true},
    {"wav.row_sum $0 times $1 per tensor", "MM", "O", true},
    {"wav.row_sum $0 times $1 per channel", "MM", "V", true},
    {"wav.row_sum $0 times $1 per token", "MM", "V"},
    {"wav.adamw $0, $1 moments($2, $3) norm($4) settings($5, $6, $7, $8, $9) "
     "{beta1 = 0.9 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, "
     "decay_rows = 8}",
     "MMMMSSSSSS", "MMM"},
    {"wav.lion $0, $1 moments($2) norm($3) settings($4, $5, $6) "
     "{beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 8}",
     "MMMSSSS", "MM", true},
};

/// Those of other dialects that passes after fusion know: one of a kind and
/// rank, since all have one row program (lib/Rows/Elementwise.cpp).
const Program kElementwise[] = {
    {"\"arith.addf\"($0, $1)", "MM", "M", true},
    {"\"arith.mulf\"($0, $1)", "MM", "M", true},
    {"\"arith.mulf\"($0, $1)", "VV", "V", true},
    {"\"arith.divf\"($0, $1)", "VV", "V", true},
    {"\"math.exp\"($0)", "S", "S", true},
    {"\"math.sqrt\"($0)", "V", "V", true},
};

std::vector<Program> getPrograms() {
  std::vector<Program> programs(std::begin(kPrograms), std::end(kPrograms));
  programs.insert(programs.end(), std::begin(kElementwise),
                  std::end(kElementwise));
  return programs;
}

/// The two programs `first` and `second` of a pair in one function: operand
/// `operand` of `second` is result `result` of `first`, all others are
/// arguments. All results of `second` are returned, of banks some rows, and
/// those of `first` if `isShared`: the value then leaves the kernel. Tensors of
/// open sources count as operands.
class Pair {
public:
  Pair(const Program &first, unsigned result, const Program &second,
       unsigned operand, bool isShared) {
    std::vector<std::string> results = add(first, {}, isShared);
    add(second, {{operand, results[result]}}, /*isReturned=*/true);
  }

  std::string print(const std::string &name) const {
    std::string text = "func.func @" + name + "(";
    for (size_t i = 0; i < arguments.size(); ++i)
      text += (i ? ", " : "") + ("%a" + std::to_string(i)) + ": " +
              arguments[i] + " {wav.name = \"a" + std::to_string(i) + "\"}";
    text += ") -> (";
    std::string values, types;
    for (size_t i = 0; i < returned.size(); ++i) {
      const char *comma = i ? ", " : "";
      text += comma + returned[i].second + " {wav.name = \"r" +
              std::to_string(i) + "\"}";
      values += comma + returned[i].first;
      types += comma + returned[i].second;
    }
    return text + ") {\n" + body + "return " + values + " : " + types + "\n}\n";
  }

private:
  /// Appends an op; returns its results.
  std::vector<std::string> add(const Program &program,
                               std::map<unsigned, std::string> operands,
                               bool isReturned) {
    std::string text = program.text, operandTypes;
    StringRef letters = program.operands;
    unsigned flatIndex = 0;
    auto getValue = [&](char letter) {
      auto given = operands.find(flatIndex++);
      return given == operands.end() ? addArgument(letter) : given->second;
    };
    for (unsigned i = 0; i < letters.size(); ++i) {
      std::string value = isSource(letters[i]) ? addSource(letters[i], getValue)
                                               : getValue(letters[i]);
      std::string key = "$" + std::to_string(i);
      text.replace(text.find(key), key.size(), value);
      operandTypes += (i ? ", " : "") + kTypes.at(letters[i]);
    }
    std::vector<std::string> results;
    std::string names, types;
    for (char letter : StringRef(program.results)) {
      results.push_back("%v" + std::to_string(numValues++));
      names += (names.empty() ? "" : ", ") + results.back();
      types += (types.empty() ? "" : ", ") + kTypes.at(letter);
    }
    body +=
        names + " = " + text + " : (" + operandTypes + ") -> (" + types + ")\n";
    for (auto [name, letter] : llvm::zip(results, StringRef(program.results)))
      if (isReturned)
        addReturned(name, letter);
    return results;
  }

  std::string addArgument(char letter) {
    std::string name = "%v" + std::to_string(numValues++);
    if (!isBank(letter)) {
      arguments.push_back(kTypes.at(letter));
      return "%a" + std::to_string(arguments.size() - 1);
    }
    char source = isBiased(letter) ? 'z' : isScaled(letter) ? 'x' : 'w';
    std::string sources, types;
    for (int64_t i = 0; i < kSize; ++i) {
      sources += (i ? ", " : "") + addSource(source, [&](char part) {
                   return addArgument(part);
                 });
      types += (i ? ", " : "") + kTypes.at(source);
    }
    body += name + " = wav.bank " + sources + " : (" + types + ") -> " +
            kTypes.at(letter) + "\n";
    return name;
  }

  /// A source of tensors that `getValue` gives for their letters. The first
  /// that is biased has no bias, those after it 0, 1, ...
  std::string addSource(char letter, function_ref<std::string(char)> getValue) {
    std::string name = "%v" + std::to_string(numValues++);
    std::string text = name + " = wav.source " + getValue('M');
    std::string types = kTypes.at('M');
    if (isScaled(letter)) {
      text += " scaled " + getValue('V');
      types += ", " + kTypes.at('V');
    }
    if (isBiased(letter)) {
      std::string index = "%v" + std::to_string(numValues++);
      body += index + " = arith.constant dense<" +
              std::to_string(numBiased++ % (kSize + 1) - 1) +
              "> : tensor<i32>\n";
      text += " bias " + index;
      types += ", tensor<i32>";
    }
    body += text + " : (" + types + ") -> " + kTypes.at(letter) + "\n";
    return name;
  }

  void addReturned(const std::string &name, char letter) {
    if (!isBank(letter)) {
      returned.push_back({name, kTypes.at(letter)});
      return;
    }
    auto take = [&](int source, const char *part, char type) {
      std::string taken = "%v" + std::to_string(numValues++);
      body += taken + " = wav.take " + name + "[" + std::to_string(source) +
              "]" + part + " : (" + kTypes.at(letter) + ") -> " +
              kTypes.at(type) + "\n";
      returned.push_back({taken, kTypes.at(type)});
    };
    for (int source : {0, 5}) {
      take(source, "", 'M');
      if (isScaled(letter))
        take(source, " scale", 'V');
    }
  }

  std::string body;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> returned;
  unsigned numValues = 0;
  int64_t numBiased = 0;
};

/// A program with all pairs as entry points.
class Pairs {
public:
  Pairs() {
    registerAllWavDialects(registry);
    context.appendDialectRegistry(registry);
    std::vector<Program> programs = getPrograms();
    for (const Program &first : programs)
      for (const Program &second : programs)
        if (!first.isOneOfMany || !second.isOneOfMany)
          addPairs(first, second);
  }

  /// What each pair is, for messages.
  const std::vector<std::string> &getDescriptions() const {
    return descriptions;
  }

  /// All results of each pair. Kernels hold up to `maxOps`
  /// ops; `numFused` is how many hold more than one.
  std::vector<std::vector<double>> run(unsigned maxOps, std::string target,
                                       unsigned *numFused = nullptr);

private:
  void addPairs(const Program &first, const Program &second) {
    StringRef results = first.results;
    std::string operands = flatten(second.operands);
    for (unsigned result = 0; result < results.size(); ++result)
      for (unsigned operand = 0; operand < operands.size(); ++operand) {
        if (results[result] != operands[operand])
          continue;
        std::string name = "pair" + std::to_string(descriptions.size());
        bool isShared = descriptions.size() % 2;
        functions += Pair(first, result, second, operand, isShared).print(name);
        descriptions.push_back("result " + std::to_string(result) + " of " +
                               first.text + " as operand " +
                               std::to_string(operand) + " of " + second.text);
      }
  }

  DialectRegistry registry;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::vector<std::string> descriptions;
  std::string functions;
};

std::vector<std::vector<double>> Pairs::run(unsigned maxOps, std::string target,
                                            unsigned *numFused) {
  auto module = parseSourceString<ModuleOp>(
      "module attributes {wav.batch = 1 : i64, wav.context = 16 : i64, "
      "wav.config = \"{\\22vocab_size\\22: 16, "
      "\\22num_hidden_layers\\22: 1}\"} {\n" +
          functions + "}\n",
      &context);
  EXPECT_TRUE(module);
  if (!module)
    return {};
  PassManager passes(&context);
  FusePassOptions fuse;
  fuse.maxOps = maxOps;
  passes.addNestedPass<func::FuncOp>(createFusePass(fuse));
  EXPECT_TRUE(succeeded(passes.run(*module)));
  if (numFused)
    module->walk([&](FusionOp fusion) {
      *numFused +=
          llvm::range_size(fusion.getBody().getOps<RowOpInterface>()) > 1;
    });

  CompileOptions options;
  options.from = Level::Fused;
  options.pipeline.target = target;
  std::vector<RuntimeSymbol> symbols;
  for (const wavrt::Symbol &symbol : wavrt::abiSymbols())
    symbols.push_back({symbol.name, symbol.address});
  DeviceModule kernels;
  bool isForGPU = options.pipeline.isForGPU();
  auto compiled =
      compileAndLoad(*module, options, symbols, isForGPU ? &kernels : nullptr);
  EXPECT_TRUE(succeeded(compiled));
  if (failed(compiled))
    return {};
  std::shared_ptr<SimtExecutor> executor;
  if (isForGPU)
    executor = llvm::cantFail(SimtExecutor::create(
        std::move(kernels.code), std::move(kernels.context), {}));
  wavrt::Session session(wavrt::Program::fromCompiled(
      (*compiled)->get(), makeSimtDevices(std::move(executor))));

  std::vector<std::vector<double>> results;
  for (const wavrt::EntryInfo &entry : session.manifest().entries) {
    std::mt19937 generator(0);
    for (const wavrt::TensorInfo &input : entry.inputs) {
      auto size = static_cast<size_t>(input.numElements());
      if (input.dtype == wavrt::DType::I32) {
        std::vector<int32_t> values(size);
        if (size > 1)
          for (int32_t &value : values)
            value = int32_t(generator() % kSize);
        session.write(input, std::span<const int32_t>(values));
        continue;
      }
      std::uniform_real_distribution<double> uniform(0.1, 1);
      std::vector<double> values(size);
      for (double &value : values)
        value = uniform(generator);
      session.write(input, std::span<const double>(values));
    }
    session.run(entry.name);
    std::vector<double> values;
    for (const wavrt::TensorInfo &output : entry.outputs) {
      std::vector<double> tensor(static_cast<size_t>(output.numElements()));
      session.read(output, std::span<double>(tensor));
      llvm::append_range(values, tensor);
    }
    results.push_back(std::move(values));
  }
  return results;
}

/// What is not a number is equal to its kind.
double getLargestDifference(ArrayRef<double> lhs, ArrayRef<double> rhs) {
  double largest = 0;
  for (auto [x, y] : llvm::zip_equal(lhs, rhs))
    if (std::isnan(x) != std::isnan(y))
      return INFINITY;
    else if (x != y)
      largest = std::max(largest, std::abs(x - y));
  return largest;
}

class FusePairs : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Targets, FusePairs, testing::Values("cpu", "cuda"));

TEST_P(FusePairs, EqualUnfused) {
  Pairs pairs;
  unsigned numFused = 0;
  auto fused = pairs.run(/*maxOps=*/16, GetParam(), &numFused);
  auto unfused = pairs.run(/*maxOps=*/1, GetParam());
  std::cout << pairs.getDescriptions().size() << " pairs, " << numFused
            << " fused\n";
  EXPECT_GT(numFused, pairs.getDescriptions().size() / 4);
  ASSERT_EQ(fused.size(), unfused.size());
  for (size_t i = 0; i < fused.size(); ++i)
    EXPECT_LE(getLargestDifference(fused[i], unfused[i]), 0)
        << pairs.getDescriptions()[i];
}

TEST(FusePairs, ListAllRowPrograms) {
  DialectRegistry registry;
  registerAllWavDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  std::set<std::string> listed;
  for (const Program &program : getPrograms())
    listed.insert(StringRef(program.text)
                      .ltrim('"')
                      .take_until([](char c) { return c == ' ' || c == '"'; })
                      .str());
  for (RegisteredOperationName op : context.getRegisteredOperations())
    if (op.getDialectNamespace() == "wav" && op.hasInterface<RowOpInterface>())
      EXPECT_TRUE(listed.count(op.getStringRef().str()))
          << op.getStringRef().str()
          << " is a row program; add it to kPrograms";
}

} // namespace
