//===- ResidualRows.cpp - The rows of a network as it is built ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResidualRows.h"

#include "wav/IR/WavResidualOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::wav;

ResidualRows::ResidualRows(EntryBuilder &entry, Value x0)
    : entry(entry), residual(entry.getModel().getResidual()),
      rowAttrs(residual.getRows()) {
  bool routed = residual.getNormaliser() != Normaliser::None;
  if (!routed || residual.getBase())
    stream = x0;
  if (routed)
    extend(bank, createSource(x0, entry.getOnes(), -1));
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void ResidualRows::openBlock() {
  int64_t sublayers = entry.getModel().getNumSublayers();
  ++block;
  first += length;
  length = std::min(residual.getBlockLength(sublayers), sublayers - first);
  position = 0;
  coefficients.clear();
  for (unsigned row = 0; row < rowAttrs.size(); ++row)
    coefficients.push_back(residual.getBlockCoefficients(row, first, length));
  rows.assign(rowAttrs.size(), Value());
}

void ResidualRows::closeBlock() {
  if (bank.value)
    extend(bank, getOpenSources(/*withDetails=*/true));
}

/// The rows of the scheme that have a bias.
static SmallVector<RowAttr> getBiasedRows(ResidualAttr residual) {
  if (residual.getBiasMode() == BiasMode::None)
    return {};
  return llvm::filter_to_vector(residual.getRows(),
                                [](RowAttr row) { return row.isBiased(); });
}

ResidualRows::Source ResidualRows::createSource(Value value, Value scale,
                                                int row) {
  SmallVector<RowAttr> biased = getBiasedRows(residual);
  if (biased.empty())
    return {entry.create<SourceOp>(value, scale), row};
  // One bias for each row of the scheme that has any, or for each of those of
  // each block: what a source's index is does not depend on who reads it.
  int32_t index = -1;
  const auto *position =
      row < 0 ? biased.end() : llvm::find(biased, rowAttrs[row]);
  if (position != biased.end()) {
    index = position - biased.begin();
    if (residual.getBiasScope() == BiasScope::Source)
      index += block * static_cast<int32_t>(biased.size());
  }
  return {entry.create<SourceOp>(value, scale, entry.getIndex(index)), row};
}

void ResidualRows::extend(Bank &bank, ArrayRef<Source> sources) {
  if (sources.empty())
    return;
  SmallVector<Value> banks;
  if (bank.value)
    banks.push_back(bank.value);
  for (const Source &source : sources) {
    bank.sources.push_back(source);
    banks.push_back(source.value);
  }
  bank.value = entry.create<BankOp>(ValueRange(banks));
}

Value ResidualRows::match(Value row, Value reference) {
  return entry.create<MatchOp>(entry.getScalarsType(), row, reference,
                               entry.getModel().getRmsNormEps(),
                               residual.getMatchDetach());
}

SmallVector<ResidualRows::Source>
ResidualRows::getOpenSources(bool withDetails) {
  SmallVector<Source> sources;
  for (auto [index, attr] : llvm::enumerate(rowAttrs)) {
    if (!rows[index] || (attr.isDetail() && !withDetails))
      continue;
    if (!attr.isMatched()) {
      sources.push_back(createSource(rows[index], entry.getOnes(), index));
      continue;
    }
    const auto *reference = llvm::find_if(rowAttrs, [&](RowAttr other) {
      return other.getName() == attr.getMatch();
    });
    if (Value value = rows[reference - rowAttrs.begin()])
      sources.push_back(
          createSource(rows[index], match(rows[index], value), index));
  }
  return sources;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

Value ResidualRows::read(const Twine &site) {
  if (position == length)
    openBlock();
  if (!bank.value)
    return stream;
  bool online = residual.getPartialDetails() == PartialDetails::Online;
  return read(site + "_read", bank, getOpenSources(online));
}

Value ResidualRows::readLast() {
  if (!bank.value)
    return stream;
  if (residual.getFinalDetails())
    return read("model.final_read", bank, {});
  SmallVector<Source> summaries(
      llvm::make_filter_range(bank.sources, [&](const Source &source) {
        return source.row < 0 || !rowAttrs[source.row].isDetail();
      }));
  Bank withoutDetails;
  extend(withoutDetails, summaries);
  return read("model.final_read", withoutDetails, {});
}

Value ResidualRows::read(const Twine &site, const Bank &bank,
                         ArrayRef<Source> open) {
  int64_t width = entry.getModel().getHiddenSize();
  Value query =
      entry.getParameter(site + ".query", width, ParameterSpec::constant(0));
  if (residual.getKeyGain()) {
    Value gain =
        entry.getParameter(site + ".gain", width, ParameterSpec::constant(1));
    query = entry.create<arith::MulFOp>(query, gain);
  }

  auto openValues = llvm::map_to_vector(
      open, [](const Source &source) { return source.value; });
  Value bias = getBiases(site);
  auto op = entry.create<ReadOp>(
      entry.getRowsType(width), query, bias ? ValueRange(bias) : ValueRange(),
      bank.value, openValues, entry.getModel().getRmsNormEpsAttr());
  Value input = op.getOutputs().front();
  return stream ? entry.create<arith::AddFOp>(input, stream) : input;
}

Value ResidualRows::getBiases(const Twine &site) {
  SmallVector<double> starts;
  for (RowAttr row : getBiasedRows(residual))
    starts.push_back(row.getBiasInit().getValueAsDouble());
  if (starts.empty())
    return {};
  if (residual.getBiasScope() == BiasScope::Source) {
    SmallVector<double> ofBlock = starts;
    int64_t sublayers = entry.getModel().getNumSublayers();
    int64_t blocks =
        llvm::divideCeil(sublayers, residual.getBlockLength(sublayers));
    for (int64_t i = 1; i < blocks; ++i)
      llvm::append_range(starts, ofBlock);
  }
  if (residual.getBiasMode() == BiasMode::Fixed)
    return entry.getConstant(starts);
  bool shared = residual.getBiasScope() == BiasScope::Type;
  return entry.getParameter((shared ? "model.read" : site.str()) + ".bias",
                            static_cast<int64_t>(starts.size()),
                            ParameterSpec::constants(starts));
}

//===----------------------------------------------------------------------===//
// Writes
//===----------------------------------------------------------------------===//

Value ResidualRows::getWriteScale(const Twine &site) {
  int64_t width = entry.getModel().getHiddenSize();
  auto init =
      ParameterSpec::constant(residual.getWriteScaleInit().getValueAsDouble());
  switch (residual.getWriteScale()) {
  case WriteScale::None:
    return {};
  case WriteScale::Scalar:
    return entry.getParameter(site + "_scale", 1, init);
  case WriteScale::Vector:
    return entry.getParameter(site + "_scale", width, init);
  case WriteScale::BlockVector:
    return entry.getParameter("model.blocks." + Twine(block) + ".scale", width,
                              init);
  }
  llvm_unreachable("unknown write scale");
}

Value ResidualRows::write(Value update, Value row, Value scale,
                          double coefficient) {
  if (coefficient == 0)
    return row;
  PerAttr per;
  if (scale)
    per = PerAttr::get(update.getContext(),
                       residual.getWriteScale() == WriteScale::Scalar
                           ? Per::Tensor
                           : Per::Channel);
  return entry.create<WriteOp>(update.getType(), update, row, scale, per,
                               APFloat(coefficient));
}

void ResidualRows::write(Value update, const Twine &site) {
  Value scale = getWriteScale(site);
  if (bank.value) {
    for (auto [row, numbers] : llvm::zip_equal(rows, coefficients))
      row = write(update, row, scale, numbers[position]);
    if (stream)
      stream = write(update, stream, scale, 1);
  } else {
    stream = write(update, stream, scale, coefficients.front()[position]);
  }
  if (++position == length)
    closeBlock();
}
