//===- CompilerTest.cpp ---------------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled entry points against a runtime that only notes what it is asked to
// do.
//
//===----------------------------------------------------------------------===//

#include "wav/Driver/Compiler.h"
#include "wav/Driver/Registration.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

/// What compiled code asked for, and what it is answered.
struct Call {
  int64_t launch;
  std::vector<void *> slots;
  std::vector<int64_t> params;
  int64_t partitions = 0;
};
std::vector<Call> calls;
int32_t status;

int32_t fakeProduct(wavrt_context *, void *const *, const int64_t *) {
  return status;
}
void fakeLaunch(wavrt_context *, int64_t launch, wavrt_kernel kernel,
                void *const *args, int64_t partitions) {
  calls.push_back({launch, {args, args + 2}, {}, partitions});
  for (int64_t partition = 0; partition < partitions; ++partition)
    kernel(args, partition);
}
int32_t fakeCall(wavrt_context *context, int64_t launch,
                 wavrt_library_fn function, void *const *buffers,
                 const int64_t *params) {
  calls.push_back({launch, {buffers, buffers + 4}, {params, params + 5}});
  return function(context, buffers, params);
}

const std::vector<RuntimeSymbol> symbols = {
    {"wavrt_matmul_f32", reinterpret_cast<void *>(&fakeProduct)},
    {"wavrt_launch", reinterpret_cast<void *>(&fakeLaunch)},
    {"wavrt_call", reinterpret_cast<void *>(&fakeCall)}};

/// Runs an entry point as a session does. The table has no banks here.
int32_t run(const wavrt_entry &entry, wavrt_context memory) {
  void *bases[WAVRT_NUM_BASES] = {};
  llvm::copy(memory.arenas, bases);
  std::vector<void *> addresses;
  for (uint64_t i = 0; i < entry.num_addresses; ++i)
    addresses.push_back(static_cast<char *>(bases[entry.addresses[2 * i]]) +
                        entry.addresses[2 * i + 1]);
  return entry.run(&memory, addresses.data());
}

/// y = 2 (x w) on 130 rows: three partitions.
const char source[] = R"(
  module attributes {wav.batch = 1 : i64, wav.context = 1 : i64,
      wav.config = "{\"vocab_size\": 5, \"num_hidden_layers\": 1}"} {
    wav.parameter @w : tensor<4x4xf32> {init_value = 1.0 : f64}
    func.func @eval(%x: tensor<130x4xf32> {wav.name = "x"})
        -> (tensor<130x4xf32> {wav.name = "y"}) {
      %w = wav.get @w : tensor<4x4xf32>
      %xw = wav.matmul %x, %w {transpose_b}
          : (tensor<130x4xf32>, tensor<4x4xf32>) -> tensor<130x4xf32>
      %y = wav.combine %xw {coefficients = array<f64: 2.0>}
          : (tensor<130x4xf32>) -> tensor<130x4xf32>
      return %y : tensor<130x4xf32>
    }
  })";

class CompilerTest : public testing::Test {
protected:
  CompilerTest() {
    DialectRegistry registry;
    registerAllWavDialects(registry);
    context.appendDialectRegistry(registry);
    module = parseSourceString<ModuleOp>(source, &context);
    options.from = Level::Step;
    calls.clear();
    status = 0;
  }

  std::shared_ptr<JITProgram> compile(ArrayRef<RuntimeSymbol> symbols) {
    ScopedDiagnosticHandler handler(
        &context, [&](Diagnostic &diagnostic) { error = diagnostic.str(); });
    auto program = compileAndLoad(*module, options, symbols);
    return succeeded(program) ? *program : nullptr;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  CompileOptions options;
  std::string error;
};

TEST_F(CompilerTest, ExportsAProgram) {
  std::shared_ptr<JITProgram> program = compile(symbols);
  ASSERT_TRUE(program) << error;
  EXPECT_EQ(program->get().magic, WAVRT_MAGIC);
  EXPECT_EQ(program->get().abi_version, WAVRT_ABI_VERSION);
  ASSERT_EQ(program->get().num_entries, 1u);
  EXPECT_STREQ(program->get().entries[0].name, "eval");
  StringRef manifest(program->get().manifest, program->get().manifest_size);
  EXPECT_TRUE(manifest.contains("\"scratch\":2080"));
}

TEST_F(CompilerTest, AnEntryRunsItsSteps) {
  std::shared_ptr<JITProgram> program = compile(symbols);
  ASSERT_TRUE(program) << error;
  std::vector<float> parameters(512), scratch(130 * 4), io(2 * 528, 3);
  for (size_t i = 0; i < scratch.size(); ++i)
    scratch[i] = i;
  wavrt_context memory = {};
  memory.arenas[WAVRT_PARAMETERS] = parameters.data();
  memory.arenas[WAVRT_SCRATCH] = scratch.data();
  memory.arenas[WAVRT_IO] = io.data();

  EXPECT_EQ(run(program->get().entries[0], memory), 0);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].launch, 0);
  EXPECT_EQ(calls[0].slots, (std::vector<void *>{io.data(), parameters.data(),
                                                 nullptr, scratch.data()}));
  EXPECT_EQ(calls[0].params, (std::vector<int64_t>{130, 4, 4, 0, 1}));
  EXPECT_EQ(calls[1].launch, 1);
  EXPECT_EQ(calls[1].partitions, 3);
  // Outputs follow inputs at the next cache line.
  float *y = io.data() + 528;
  EXPECT_EQ(calls[1].slots, (std::vector<void *>{scratch.data(), y}));
  for (int i = 0; i < 130 * 4; ++i)
    ASSERT_EQ(y[i], 2 * i);
  EXPECT_EQ(io[0], 3);
}

TEST_F(CompilerTest, AFailureEndsTheEntry) {
  std::shared_ptr<JITProgram> program = compile(symbols);
  ASSERT_TRUE(program) << error;
  wavrt_context memory = {};
  status = WAVRT_OUT_OF_RANGE;
  EXPECT_EQ(run(program->get().entries[0], memory), WAVRT_OUT_OF_RANGE);
  EXPECT_EQ(calls.size(), 1u);
}

// Nothing depends on what this process happens to export.
TEST_F(CompilerTest, OnlyBoundSymbolsAreFound) {
  EXPECT_FALSE(compile(ArrayRef(symbols).drop_front()));
  EXPECT_NE(error.find("wavrt_matmul_f32"), std::string::npos) << error;
}

} // namespace
