//===- Kernels.cpp - Outlining fusions --------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "wav/IR/WavStructureOps.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::wav;

/// The row programs of the body in order, each once:
/// `write_match_read_rms_norm`.
static std::string getName(FusionOp fusion) {
  llvm::SmallSetVector<StringRef, 8> names;
  for (auto op : fusion.getBody().getOps<RowOpInterface>())
    names.insert(op->getName().stripDialect());
  return llvm::join(names, "_");
}

/// A kernel may rely on a bank's having a source; an empty one stays so.
static void eraseBankSize(Value value) {
  if (auto bank = dyn_cast<BankType>(value.getType()); bank && bank.getSize())
    value.setType(bank.withSize(BankType::kDynamic));
}

static void eraseBankSizes(KernelOp kernel) {
  Block &body = kernel.getBody().front();
  llvm::for_each(body.getArguments(), eraseBankSize);
  for (Operation &op : body)
    if (!isRepeatedInKernels(&op)) // Those are of known size.
      llvm::for_each(op.getResults(), eraseBankSize);
}

KernelOp KernelOutliner::get(FusionOp fusion, Operation *before) {
  ++numFusions;
  OpBuilder builder(before);
  auto kernel = KernelOp::create(
      builder, fusion.getLoc(), builder.getStringAttr("kernel"),
      fusion.getRowsAttr(), fusion.getPartitionsAttr());
  IRMapping mapping;
  fusion.getBody().cloneInto(&kernel.getBody(), mapping);
  eraseBankSizes(kernel);

  std::string text;
  llvm::raw_string_ostream stream(text);
  // Whatever --mlir-print-debuginfo says: kernels of two layers are equal.
  kernel->print(stream, OpPrintingFlags()
                            .enableDebugInfo(false)
                            .useLocalScope()
                            .assumeVerified());
  auto [it, isNew] = kernels.try_emplace(text, kernel);
  if (!isNew) {
    kernel->erase();
    return it->second;
  }
  std::string base = getName(fusion), name = base;
  while (symbols.lookup(name))
    name = base + "_" + std::to_string(++lastSuffix[base]);
  kernel.setSymName(name);
  symbols.insert(kernel, Block::iterator(before));
  return kernel;
}
