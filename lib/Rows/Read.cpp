//===- Read.cpp - Row program of the routing read ------------------ ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two-phase form: the logits of all sources, then the weighted sum. On a
// CPU it is faster than an online softmax, whose steps form one chain.
//
//===----------------------------------------------------------------------===//

#include "Sources.h"

#include <limits>

using namespace mlir;
using namespace mlir::wav;

static constexpr double kMinusInfinity =
    -std::numeric_limits<double>::infinity();

int64_t ReadOp::getNumRows() { return getResult().getType().getDimSize(0); }

LogicalResult ReadOp::emitRow(RowEmitter &emit) {
  using Values = Sources::Values;
  Sources sources(emit, *this);
  RowValue query = emit.row(getQuery());
  double epsilon = getEpsilon().convertToDouble();
  Value logits = sources.list(kMinusInfinity);
  Value scales = sources.list();
  Value weights = sources.list();

  // z_k = <query, v_k> rho(v_k) + bias, with v_k = scale_k row_k.
  RowValue largest = emit.constant(kMinusInfinity);
  Values max = sources.forEach(
      largest, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue meanSquare = emit.mean(source.row * source.row);
        RowValue product = emit.dot(query, source.row);
        RowValue scale = source.scale;
        RowValue rho = emit.rsqrt(scale * scale * meanSquare + epsilon);
        RowValue bias = sources.getBias(source);
        RowValue logit = scale * product * rho + bias;
        emit.set(logits, source.index, logit);
        emit.set(scales, source.index, scale);
        return {emit.larger(logit, carried[0])};
      });

  RowValue zero = emit.constant(0);
  Values sum = sources.forEachChunk(
      zero, [&](Value index, ArrayRef<RowValue> carried) -> Values {
        RowValue exps = emit.exp(emit.getChunk(logits, index) - max[0]);
        RowValue scale = emit.getChunk(scales, index);
        emit.setChunk(weights, index, exps * scale);
        return {carried[0] + emit.sum(exps)};
      });

  RowValue zeros = emit.broadcast(zero, query.getWidth());
  Values mix = sources.forEach(
      zeros, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue weight = emit.get(weights, source.index);
        return {carried[0] + source.row * weight};
      });
  RowValue result = mix[0] * (1.0 / sum[0]);
  if (getBase())
    result = result + emit.row(getBase());
  emit.define(getResult(), result);
  return success();
}

//===----------------------------------------------------------------------===//
// ReadGradOp (method.md 6.1)
//===----------------------------------------------------------------------===//

int64_t ReadGradOp::getNumRows() { return getGrad().getType().getDimSize(0); }

bool ReadGradOp::isRowSum(unsigned index) {
  Value result = getResult(index);
  return result == getQueryGrad() || result == getBiasGrad();
}

LogicalResult ReadGradOp::emitRow(RowEmitter &emit) {
  using Values = Sources::Values;
  Sources sources(emit, *this);
  RowValue query = emit.row(getQuery());
  RowValue grad = emit.row(getGrad());
  double width = double(query.getWidth());
  double epsilon = getEpsilon().convertToDouble();
  bool hasScaleGrads = getScalesGrad() || !getOpenScalesGrads().empty();
  RowValue zero = emit.constant(0);
  RowValue minusInfinity = emit.constant(kMinusInfinity);

  // First pass over the rows: everything that needs them as a whole. With
  // r_k the rows, v_k = scale_k r_k, rho_k = rho(v_k):
  Value logits = sources.list(kMinusInfinity); // z_k
  Value keys = sources.list();                 // zk_k = <query, v_k> rho_k
  Value scales = sources.list();               // scale_k
  Value keyScales = sources.list();            // scale_k rho_k
  Value alignments = sources.list();           // a_k = <grad, v_k>
  // d scale_k = p_k rowAlignments_k + dz_k keySlopes_k.
  Value rowAlignments, keySlopes;
  if (hasScaleGrads) {
    rowAlignments = sources.list();
    keySlopes = sources.list();
  }
  Values max = sources.forEach(
      minusInfinity,
      [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue meanSquare = emit.mean(source.row * source.row);
        RowValue product = emit.dot(query, source.row);
        RowValue alignment = emit.dot(grad, source.row);
        RowValue scale = source.scale;
        RowValue rho = emit.rsqrt(scale * scale * meanSquare + epsilon);
        RowValue keyScale = scale * rho;
        RowValue key = product * keyScale;
        RowValue bias = sources.getBias(source);
        RowValue logit = key + bias;
        emit.set(logits, source.index, logit);
        emit.set(keys, source.index, key);
        emit.set(scales, source.index, scale);
        emit.set(keyScales, source.index, keyScale);
        emit.set(alignments, source.index, alignment * scale);
        if (hasScaleGrads) {
          emit.set(rowAlignments, source.index, alignment);
          RowValue shrink = keyScale * key * meanSquare;
          RowValue slope = product - shrink;
          emit.set(keySlopes, source.index, slope * rho);
        }
        return {emit.larger(logit, carried[0])};
      });

  // Softmax, and the coefficients of
  //   d row_k = gradPart_k grad + queryPart_k query + rowPart_k row_k.
  Value exps = sources.list();
  Values sums = sources.forEachChunk(
      {zero, zero}, [&](Value index, ArrayRef<RowValue> carried) -> Values {
        RowValue exp = emit.exp(emit.getChunk(logits, index) - max[0]);
        emit.setChunk(exps, index, exp);
        RowValue alignment = emit.getChunk(alignments, index);
        RowValue sum = carried[0] + emit.sum(exp);
        RowValue alignmentSum = carried[1] + emit.sum(exp * alignment);
        return {sum, alignmentSum};
      });
  RowValue inverseSum = 1.0 / sums[0];
  RowValue meanAlignment = sums[1] * inverseSum;
  Value probabilities = sources.list(); // p_k
  Value logitGrads = sources.list();    // dz_k
  Value gradParts = sources.list();
  Value queryParts = sources.list();
  Value rowParts = sources.list();
  sources.forEachChunk({}, [&](Value index, ArrayRef<RowValue>) -> Values {
    RowValue probability = emit.getChunk(exps, index) * inverseSum;
    RowValue alignment = emit.getChunk(alignments, index);
    RowValue logitGrad = (alignment - meanAlignment) * probability;
    RowValue scale = emit.getChunk(scales, index);
    RowValue keyScale = emit.getChunk(keyScales, index);
    RowValue key = emit.getChunk(keys, index);
    RowValue queryPart = logitGrad * keyScale;
    emit.setChunk(probabilities, index, probability);
    emit.setChunk(logitGrads, index, logitGrad);
    emit.setChunk(gradParts, index, scale * probability);
    emit.setChunk(queryParts, index, queryPart);
    emit.setChunk(rowParts, index, queryPart * keyScale * key * (-1 / width));
    return {};
  });

  // Second pass over the rows.
  RowValue zeros = emit.broadcast(zero, query.getWidth());
  Values queryGrad = sources.forEach(
      zeros, [&](const Source &source, ArrayRef<RowValue> carried) -> Values {
        RowValue gradPart = emit.get(gradParts, source.index);
        RowValue queryPart = emit.get(queryParts, source.index);
        RowValue rowPart = emit.get(rowParts, source.index);
        RowValue result = grad * gradPart;
        if (!source.open && getAccumulator())
          result = emit.bankRow(getAccumulator(), source.index) + result;
        result = result + query * queryPart;
        result = result + source.row * rowPart;
        if (source.open)
          emit.define(getOpenGrads()[*source.open], result);
        else
          emit.setBankRow(getBankGrad(), source.index, result);
        return {carried[0] + source.row * queryPart};
      });
  emit.accumulate(getQueryGrad(), queryGrad[0]);

  // Numbers of each source.
  if (!getBiasGrad() && !hasScaleGrads)
    return success();
  sources.forEachIndex([&](const Source &source) {
    RowValue logitGrad = emit.get(logitGrads, source.index);
    if (getBiasGrad())
      sources.accumulateBias(getBiasGrad(), source, logitGrad);
    if (!hasScaleGrads)
      return;
    RowValue probability = emit.get(probabilities, source.index);
    RowValue result = emit.get(rowAlignments, source.index) * probability;
    result = result + emit.get(keySlopes, source.index) * logitGrad;
    if (source.open) {
      if (!getOpenScalesGrads().empty())
        emit.define(getOpenScalesGrads()[*source.open], result);
    } else if (getScalesGrad()) {
      if (getScalesAccumulator())
        result = emit.bankRow(getScalesAccumulator(), source.index) + result;
      emit.setBankRow(getScalesGrad(), source.index, result);
    }
  });
  return success();
}
