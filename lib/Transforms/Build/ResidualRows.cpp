//===- ResidualRows.cpp - The rows of a network as it is built ------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResidualRows.h"

#include "wav/IR/WavResidualOps.h"

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
    extend(bank, {{x0, entry.getOnes(), -1}});
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
  if (bank.rows)
    extend(bank, getOpenSources(/*withDetails=*/true));
}

void ResidualRows::extend(Bank &bank, ArrayRef<Source> sources) {
  if (sources.empty())
    return;
  llvm::append_range(bank.sources, sources);
  auto extendBank = [&](Value prefix, auto member) -> Value {
    SmallVector<Value> values(llvm::map_range(
        sources, [&](const Source &source) { return source.*member; }));
    auto rowType = cast<RankedTensorType>(values.front().getType());
    int64_t size = bank.sources.size();
    auto type = BankType::get(rowType.getContext(), size, rowType);
    return entry.create<BankOp>(type, prefix, values);
  };
  bank.rows = extendBank(bank.rows, &Source::value);
  bank.scales = extendBank(bank.scales, &Source::scale);
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
      sources.push_back({rows[index], entry.getOnes(), int(index)});
      continue;
    }
    const auto *reference = llvm::find_if(rowAttrs, [&](RowAttr other) {
      return other.getName() == attr.getMatch();
    });
    if (Value value = rows[reference - rowAttrs.begin()])
      sources.push_back({rows[index], match(rows[index], value), int(index)});
  }
  return sources;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

Value ResidualRows::read(const Twine &site) {
  if (position == length)
    openBlock();
  if (!bank.rows)
    return stream;
  bool online = residual.getPartialDetails() == PartialDetails::Online;
  return read(site + "_read", bank, getOpenSources(online));
}

Value ResidualRows::readLast() {
  if (!bank.rows)
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
    query = entry.create<MultiplyOp>(query.getType(), query, gain);
  }

  SmallVector<Source> sources(bank.sources);
  llvm::append_range(sources, open);
  SmallVector<int32_t> kinds;
  Value bias = getBias(site, sources, kinds);
  size_t banked = bank.sources.size();
  SmallVector<int64_t> openKinds(ArrayRef(kinds).drop_front(banked));
  Value bankKinds = entry.getIndices(ArrayRef(kinds).take_front(banked));

  SmallVector<Value> openRows, openScales;
  for (const Source &source : open) {
    openRows.push_back(source.value);
    openScales.push_back(source.scale);
  }
  return entry.create<ReadOp>(entry.getRowsType(width), query, bias, bank.rows,
                              bank.scales, bankKinds, openRows, openScales,
                              stream, openKinds,
                              entry.getModel().getRmsNormEps());
}

/// The position of each row among those with a bias, or -1.
static SmallVector<int32_t> numberBiases(ArrayRef<RowAttr> rows) {
  SmallVector<int32_t> numbers;
  int32_t next = 0;
  for (RowAttr row : rows)
    numbers.push_back(row.isBiased() ? next++ : -1);
  return numbers;
}

Value ResidualRows::getBias(const Twine &site, ArrayRef<Source> sources,
                            SmallVectorImpl<int32_t> &kinds) {
  SmallVector<int32_t> numbers = numberBiases(rowAttrs);
  bool none = residual.getBiasMode() == BiasMode::None;
  for (const Source &source : sources)
    kinds.push_back(source.row < 0 || none ? -1 : numbers[source.row]);

  // Which row each entry of the bias vector belongs to.
  SmallVector<RowAttr> entries;
  bool perSource = residual.getBiasScope() == BiasScope::Source;
  if (perSource) {
    for (auto [source, kind] : llvm::zip_equal(sources, kinds))
      if (kind >= 0) {
        kind = entries.size();
        entries.push_back(rowAttrs[source.row]);
      }
  } else {
    llvm::copy_if(rowAttrs, std::back_inserter(entries),
                  [](RowAttr row) { return row.isBiased(); });
  }
  if (none || entries.empty())
    return {};
  bool shared = residual.getBiasScope() == BiasScope::Type;
  return getBiasParameter((shared ? "model.read" : site.str()) + ".bias",
                          entries);
}

Value ResidualRows::getBiasParameter(const Twine &name,
                                     ArrayRef<RowAttr> rows) {
  SmallVector<double> starts(llvm::map_range(
      rows, [](RowAttr row) { return row.getBiasInit().getValueAsDouble(); }));
  if (residual.getBiasMode() == BiasMode::Fixed)
    return entry.getConstant(starts);
  return entry.getParameter(name, static_cast<int64_t>(rows.size()),
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
  if (bank.rows) {
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
