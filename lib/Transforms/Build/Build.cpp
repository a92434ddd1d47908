//===- Build.cpp - Expand a model into its entry points -------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"

#include "wav/IR/WavAttributes.h"
#include "wav/IR/WavModelOps.h"
#include "wav/IR/WavTransformerOps.h"
#include "wav/Import/Import.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::wav {
#define GEN_PASS_DEF_BUILDPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// What building an entry point needs.
struct Program {
  ModelOp model;
  ModuleOp module;
  int64_t batch;
  /// What activations are stored as.
  FloatType element;
  ProgramSymbols symbols;

  int64_t getContext() { return model.getMaxPositionEmbeddings(); }
  RankedTensorType getIndexType(int64_t size) {
    return RankedTensorType::get(size,
                                 IntegerType::get(model.getContext(), 32));
  }
};

/// An entry point of docs/manifest.md and the function that builds it.
struct Entry {
  StringLiteral name;
  void (*build)(Program &program, StringRef name);
};

} // namespace

/// The loss over a batch; `withLogits` says whether they are a result too.
static void buildLoss(Program &program, StringRef name, Derived derived,
                      bool withLogits) {
  RankedTensorType indices =
      program.getIndexType(program.batch * program.getContext());
  EntryBuilder entry(
      program.model, program.symbols, program.module, name,
      {{"tokens", indices, "tokens"}, {"targets", indices, "targets"}},
      program.batch, program.getContext(), program.element);
  Network network(entry, Cache::None);
  Value hidden = network.buildLayers(entry.getInput(0));
  Value logits = network.buildHead(hidden);
  entry.setPart("loss");
  Value loss = entry.create<CrossEntropyOp>(entry.getType({}), logits,
                                            entry.getInput(1));
  SmallVector<EntryBuilder::NamedValue> outputs = {{"loss", loss}};
  if (withLogits)
    outputs.push_back({"logits", logits});
  entry.finish(outputs, derived);
}

static void buildTrainStep(Program &program, StringRef name) {
  buildLoss(program, name, Derived::Update, /*withLogits=*/false);
}
static void buildEval(Program &program, StringRef name) {
  buildLoss(program, name, Derived::Nothing, /*withLogits=*/false);
}
static void buildGrads(Program &program, StringRef name) {
  buildLoss(program, name, Derived::Gradients, /*withLogits=*/true);
}

/// One sequence; the logits of one of its rows, picked before the head.
static void buildPrefill(Program &program, StringRef name) {
  EntryBuilder entry(
      program.model, program.symbols, program.module, name,
      {{"tokens", program.getIndexType(program.getContext()), "tokens"},
       {"last", program.getIndexType(1), "position"}},
      /*batch=*/1, program.getContext(), program.element);
  Network network(entry, Cache::Fill);
  Value hidden = network.buildLayers(entry.getInput(0));
  int64_t width = program.model.getHiddenSize();
  Value last = entry.create<EmbedOp>(entry.getActivationsType({1, width}),
                                     hidden, entry.getInput(1));
  entry.finish({{"logits", network.buildHead(last)}});
}

/// One token against the caches.
static void buildDecode(Program &program, StringRef name) {
  RankedTensorType index = program.getIndexType(1);
  EntryBuilder entry(
      program.model, program.symbols, program.module, name,
      {{"tokens", index, "tokens"}, {"position", index, "position"}},
      /*batch=*/1, /*length=*/1, program.element);
  Network network(entry, Cache::Extend, entry.getInput(1));
  Value hidden = network.buildLayers(entry.getInput(0));
  entry.finish({{"logits", network.buildHead(hidden)}});
}

static constexpr Entry kEntries[] = {
    {"train_step", buildTrainStep}, {"eval", buildEval},
    {"grads", buildGrads},          {"prefill", buildPrefill},
    {"decode", buildDecode},
};

/// Details of blocks of another length overlap: phase and split are orthogonal
/// only if both halves hold as many attention as MLP sublayers (method.md 2.4).
static void warnAboutBlocks(ModelOp model) {
  ResidualAttr residual = model.getResidual();
  int64_t length = residual.getBlockLength(model.getNumSublayers());
  if (residual.hasDetails() && length % 4 != 0)
    emitWarning(model.getLoc())
        << "blocks of " << length
        << " sublayers: details are independent of each other "
           "only if block_size is a multiple of 4";
}

namespace {
struct BuildPass : public wav::impl::BuildPassBase<BuildPass> {
  using BuildPassBase::BuildPassBase;

  void runOnOperation() override {
    FailureOr<ModelOp> model = getModel(getOperation());
    if (failed(model) || failed(checkOptions(*model)))
      return signalPassFailure();
    warnAboutBlocks(*model);

    OpBuilder builder(*model);
    FloatType element = precision == "bf16" ? FloatType(builder.getBF16Type())
                                            : builder.getF32Type();
    Program program{*model, getOperation(), batch, element, {}};
    for (const Entry &entry : kEntries)
      if (entries.empty() || llvm::is_contained(entries, entry.name))
        entry.build(program, entry.name);
    program.symbols.declare(builder, model->getLoc());

    Operation *module = getOperation();
    module->setAttr(kConfigAttr, builder.getStringAttr(exportConfig(*model)));
    module->setAttr(kBatchAttr, builder.getI64IntegerAttr(batch));
    module->setAttr(kContextAttr,
                    builder.getI64IntegerAttr(program.getContext()));
    model->erase();
  }

private:
  /// Whether what a step computes, and with it every size in bytes, is counted
  /// in an i64.
  bool hasCountableCost(ModelOp model) {
    // Forward and backward, multiplications and additions, and what is small.
    constexpr int64_t kOperations = 16;
    int64_t context = model.getMaxPositionEmbeddings();
    int64_t width = model.getHiddenSize(), layers = model.getNumHiddenLayers();
    int64_t widest =
        std::max<int64_t>({int64_t(model.getVocabSize()), width,
                           int64_t(model.getIntermediateSize()), context});
    int64_t cost = kOperations;
    for (int64_t factor : {batch.getValue(), context, widest, width, layers})
      if (llvm::MulOverflow(cost, factor, cost))
        return false;
    return cost <= int64_t(1) << 62;
  }

  LogicalResult checkOptions(ModelOp model) {
    if (batch < 1)
      return emitError(model.getLoc())
             << "batch " << batch.getValue() << " is not positive";
    if (precision != "f32" && precision != "bf16")
      return emitError(model.getLoc())
             << "unknown precision '" << precision << "'; available: f32, bf16";
    if (!hasCountableCost(model))
      return emitError(model.getLoc())
             << "batch " << batch.getValue() << " of context "
             << model.getMaxPositionEmbeddings()
             << " is too large: a step would take more than 2^62 operations";
    // Rows in pieces of 16 bytes.
    if (precision == "bf16" && model.getHiddenSize() % 8 != 0)
      return emitError(model.getLoc())
             << "hidden_size " << model.getHiddenSize()
             << " is not a multiple of 8, as bf16 needs; change it, or use "
                "the precision f32";
    for (const std::string &name : entries)
      if (!llvm::is_contained(
              llvm::map_range(kEntries, [](Entry e) { return e.name; }), name))
        return emitError(model.getLoc())
               << "unknown entry point '" << name
               << "'; available: train_step, eval, grads, prefill, decode";
    return success();
  }
};
} // namespace
