//===- LibraryCallsTest.cpp -----------------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavDialect.h"
#include "wavrt/abi.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;

/// What is wrong with a call of `function` without parameters.
static std::string callWithoutParams(StringRef function) {
  MLIRContext context;
  context.loadDialect<wav::WavDialect>();
  std::string error;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { error = diagnostic.str(); });
  std::string text = R"(wav.schedule @s {
    %n = wav.null : memref<0xi32>
    wav.call ")" + function.str() +
                     R"("(%n) []
        {category = "other", bytes = 0 : i64, flops = 0 : i64} : memref<0xi32>
  })";
  parseSourceString<ModuleOp>(text, &context);
  return error;
}

TEST(LibraryCalls, AllFunctionsOfTheRuntimeAreKnown) {
#define EXPECT_KNOWN(name)                                                     \
  EXPECT_NE(                                                                   \
      callWithoutParams(#name).find("passes 0 parameters to '" #name "'"),     \
      std::string::npos)                                                       \
      << callWithoutParams(#name);
  WAVRT_FOR_EACH_LIBRARY_FUNCTION(EXPECT_KNOWN)
#undef EXPECT_KNOWN
  EXPECT_NE(callWithoutParams("wavrt_sort_f32").find("which the runtime's"),
            std::string::npos);
}
