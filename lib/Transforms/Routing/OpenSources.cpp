//===- OpenSources.cpp - Form new sources where they are read ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavResidualOps.h"
#include "wav/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"

namespace mlir::wav {
#define GEN_PASS_DEF_OPENSOURCESPASS
#include "wav/Passes.h.inc"
} // namespace mlir::wav

using namespace mlir;
using namespace mlir::wav;

namespace {

/// A bank that extends another by sources of several planes, and who reads it.
class ExtendedBank {
public:
  explicit ExtendedBank(BankOp bank);

  /// Why the new sources cannot be read open; empty if they can.
  StringRef whyNotOpen();
  void open();

  /// Whether new sources have to be formed.
  bool hasCombinations() {
    return llvm::any_of(fresh, [](Value source) {
      return !source.getDefiningOp<SourceOp>().isMaterialized();
    });
  }
  ReadOp getRead() { return read; }
  unsigned getNumFresh() const { return fresh.size(); }

private:
  BankType getType() { return bank.getResult().getType(); }
  void openInGradient();
  /// Says what the rows of the bank's gradient are, by those of the new
  /// gradient's bank and its open sources.
  void replaceGradient(ReadGradOp newGrad, unsigned firstOpen);

  BankOp bank;
  /// What is extended, and by what.
  Value older;
  SmallVector<Value> fresh;
  ReadOp read;
  ReadGradOp grad;
  unsigned numReaders = 0;
};

} // namespace

ExtendedBank::ExtendedBank(BankOp extended) : bank(extended) {
  if (bank.getBanks().size() < 2)
    return;
  older = bank.getBanks().front();
  for (Value source : bank.getBanks().drop_front())
    if (source.getDefiningOp<SourceOp>())
      fresh.push_back(source);
  if (fresh.size() + 1 != bank.getBanks().size()) {
    fresh.clear();
    return;
  }
  for (OpOperand &use : bank->getUses()) {
    if (auto reader = dyn_cast<ReadOp>(use.getOwner()))
      read = reader;
    else if (auto gradient = dyn_cast<ReadGradOp>(use.getOwner()))
      grad = gradient;
    else
      continue;
    ++numReaders;
  }
}

StringRef ExtendedBank::whyNotOpen() {
  if (!read || numReaders > (grad ? 2 : 1))
    return "several reads, or none, look at them, which would form them each";
  if (!grad)
    return {};
  int64_t size = cast<BankType>(older.getType()).getSize();
  for (Operation *user : grad.getBankGrad().getUsers()) {
    auto slice = dyn_cast<SliceOp>(user);
    bool isOlder = slice && int64_t(slice.getOffset()) +
                                    slice.getResult().getType().getSize() <=
                                size;
    if (!isOlder && !isa<TakeOp>(user))
      return "their gradients are not taken one by one";
  }
  return {};
}

void ExtendedBank::replaceGradient(ReadGradOp newGrad, unsigned firstOpen) {
  OpBuilder builder(grad);
  Location loc = grad.getLoc();
  Value accumulator = grad.getAccumulator();
  auto getNew = [&](unsigned index, BankPart part) -> Value {
    if (part == BankPart::Scale)
      return newGrad.getOpenScaleGrads()[firstOpen + index];
    return newGrad.getOpenGrads()[firstOpen + index];
  };
  int64_t size = cast<BankType>(older.getType()).getSize();
  for (Operation *user :
       llvm::make_early_inc_range(grad.getBankGrad().getUsers())) {
    builder.setInsertionPoint(user);
    if (auto slice = dyn_cast<SliceOp>(user)) {
      slice.getBankMutable().assign(newGrad.getBankGrad());
      continue;
    }
    auto take = cast<TakeOp>(user);
    int64_t index = take.getIndex();
    if (index < size) {
      take.getBankMutable().assign(newGrad.getBankGrad());
      continue;
    }
    BankPart part = take.getPart().value_or(BankPart::Row);
    SmallVector<Value> terms = {getNew(index - size, part)};
    if (accumulator)
      terms.push_back(
          TakeOp::create(builder, loc, accumulator, index, part).getResult());
    SmallVector<double> ones(terms.size(), 1.0);
    take.replaceAllUsesWith(
        CombineOp::create(builder, loc, take.getResult().getType(), terms, ones)
            .getResult());
    take.erase();
  }
}

void ExtendedBank::openInGradient() {
  OpBuilder builder(grad);
  auto olderType = cast<BankType>(older.getType());
  BankType gradType =
      grad.getBankGrad().getType().withSize(olderType.getSize());
  Value accumulator = grad.getAccumulator();
  if (accumulator)
    accumulator =
        SliceOp::create(builder, grad.getLoc(), gradType, accumulator, 0);
  auto rowType = cast<RankedTensorType>(grad.getGrads().front().getType());
  SmallVector<Type> rowTypes(grad.getOpenGrads().getTypes());
  rowTypes.append(fresh.size(), rowType);
  // All open sources have the gradients of their scales, or none.
  SmallVector<Type> scaleTypes;
  if (gradType.getScaled() || !grad.getOpenScaleGrads().empty())
    scaleTypes.assign(rowTypes.size(),
                      RankedTensorType::get(rowType.getShape().take_front(),
                                            builder.getF32Type()));
  SmallVector<Value> open(grad.getOpen());
  llvm::append_range(open, fresh);
  auto newGrad = ReadGradOp::create(
      builder, grad.getLoc(), grad.getQueryGrads().getTypes(),
      grad.getBiasGrads().getTypes(), gradType, rowTypes, scaleTypes,
      grad.getPartWeights().getTypes(), grad.getPartLseGrads().getTypes(),
      grad.getQueries(), grad.getBiases(), older, open, grad.getPart(),
      grad.getPartMax(), grad.getPartInverseSum(), grad.getGrads(),
      grad.getWeights(), grad.getLseGrads(), accumulator,
      grad.getEpsilonAttr());

  unsigned numOpen = grad.getOpen().size();
  std::pair<ValueRange, ValueRange> same[] = {
      {grad.getQueryGrads(), newGrad.getQueryGrads()},
      {grad.getBiasGrads(), newGrad.getBiasGrads()},
      {grad.getOpenGrads(), newGrad.getOpenGrads().take_front(numOpen)},
      {grad.getOpenScaleGrads(),
       newGrad.getOpenScaleGrads().take_front(grad.getOpenScaleGrads().size())},
      {grad.getPartWeights(), newGrad.getPartWeights()},
      {grad.getPartLseGrads(), newGrad.getPartLseGrads()}};
  for (auto [before, after] : same)
    for (auto [value, replacement] : llvm::zip_equal(before, after))
      value.replaceAllUsesWith(replacement);
  replaceGradient(newGrad, numOpen);
  grad.erase();
}

void ExtendedBank::open() {
  SmallVector<Value> opened(read.getOpen());
  llvm::append_range(opened, fresh);
  read.getOpenMutable().assign(opened);
  read.getBankMutable().assign(older);
  if (grad)
    openInGradient();
}

namespace {
struct OpenSourcesPass : wav::impl::OpenSourcesPassBase<OpenSourcesPass> {
  using OpenSourcesPassBase::OpenSourcesPassBase;

  void runOnOperation() override {
    SmallVector<BankOp> banks;
    getOperation().walk([&](BankOp bank) { banks.push_back(bank); });
    for (BankOp bank : banks) {
      ExtendedBank extended(bank);
      if (!extended.hasCombinations())
        continue;
      auto options = remark::RemarkOpts::name("OpenSources")
                         .category("wav-open-sources")
                         .function(getOperation().getSymName());
      if (StringRef reason = extended.whyNotOpen(); !reason.empty()) {
        remark::missed(bank.getLoc(), options)
            << ("new sources of a bank are not read open: " + reason).str();
        continue;
      }
      remark::passed(bank.getLoc(), options)
          << (Twine(extended.getNumFresh()) +
              " new sources of a bank are formed where they are read")
                 .str();
      extended.open();
      if (bank->use_empty())
        bank.erase();
    }
  }
};
} // namespace
