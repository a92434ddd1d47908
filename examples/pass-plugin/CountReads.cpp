//===- CountReads.cpp - A pass of your own, loaded by wav-opt --------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reports, for each function, how many sources its residual reads mix: the
// number that decides what routing costs. Written as a user would write it:
// against an installed WAV, in a repository of its own.
//
//   wav-opt --load-pass-plugin=libCountReads.so \
//     --pass-pipeline='builtin.module(func.func(example-count-reads))'
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

using namespace mlir;

namespace {

struct CountReadsPass
    : public PassWrapper<CountReadsPass, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CountReadsPass)

  StringRef getArgument() const override { return "example-count-reads"; }
  StringRef getDescription() const override {
    return "Report how many sources the residual reads of a function mix";
  }

  void runOnOperation() override {
    int64_t reads = 0, sources = 0;
    getOperation().walk([&](wav::ReadOp read) {
      ++reads;
      sources += (read.getBank() ? read.getBank().getType().getSize() : 0) +
                 read.getOpen().size();
    });
    if (reads)
      getOperation().emitRemark()
          << reads << " reads mix " << sources << " sources";
  }
};

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "CountReads", LLVM_VERSION_STRING,
          [] { PassRegistration<CountReadsPass>(); }};
}
