//===- WavTransformerOps.cpp - Ops of a transformer -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavTransformerOps.h"
#include "Verify.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavTransformerOps.cpp.inc"

LogicalResult EmbedOp::verify() {
  return checkShape(*this, "result", getResult(),
                    {getRows(getIndex()), getWidth(getTable())},
                    "a row of 'table' for each 'index'");
}

LogicalResult EmbedGradOp::verify() {
  if (failed(checkShape(*this, "grad", getGrad(),
                        {getRows(getIndex()), getWidth(getAccumulator())},
                        "a row as wide as 'accumulator' for each 'index'")))
    return failure();
  return checkSameShape(*this, "result", getResult(), "accumulator",
                        getAccumulator());
}

LogicalResult MatmulOp::verify() {
  RankedTensorType a = getTensor(getA()), b = getTensor(getB());
  int64_t depthA = a.getDimSize(getTransposeA() ? 0 : 1);
  int64_t depthB = b.getDimSize(getTransposeB() ? 1 : 0);
  if (depthA != depthB)
    return emitOpError("sums over ")
           << depthA << (getTransposeA() ? " rows" : " columns")
           << " of 'a' but " << depthB
           << (getTransposeB() ? " columns" : " rows") << " of 'b'";
  if (failed(checkSameElement(*this, "b", getB(), "a", getA())) ||
      failed(checkSameElement(*this, "accumulator", getAccumulator(), "result",
                              getResult())))
    return failure();
  if (a.getElementType().isF32() &&
      !getResult().getType().getElementType().isF32())
    return emitOpError("gives ")
           << getResult().getType().getElementType()
           << " from factors of f32; give f32 and wav.cast it, or wav.cast the "
              "factors";
  if (failed(checkShape(*this, "result", getResult(),
                        {a.getDimSize(getTransposeA() ? 1 : 0),
                         b.getDimSize(getTransposeB() ? 0 : 1)},
                        "the product of 'a' and 'b'")))
    return failure();
  return checkSameShape(*this, "accumulator", getAccumulator(), "result",
                        getResult());
}

/// A gain has one element for each column of `input`.
static LogicalResult checkGain(Operation *op, Value gain, Value input) {
  return checkShape(op, "gain", gain, {getWidth(input)},
                    "one element for each column of 'input'");
}

LogicalResult RMSNormOp::verify() {
  if (failed(checkGain(*this, getGain(), getInput())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "input", getInput());
}

LogicalResult RMSNormGradOp::verify() {
  if (failed(checkGain(*this, getGain(), getInput())) ||
      failed(checkSameShape(*this, "grad", getGrad(), "input", getInput())) ||
      failed(checkSameShape(*this, "input_grad", getInputGrad(), "input",
                            getInput())))
    return failure();
  return checkSameShape(*this, "gain_grad", getGainGrad(), "gain", getGain());
}

LogicalResult RopeTableOp::verify() {
  if (getWidth(getResult()) % 2 != 0)
    return emitOpError("holds a cosine and a sine for each pair of a head's "
                       "channels, but its width ")
           << getWidth(getResult()) << " is odd";
  return success();
}

/// An absent position, or one number.
static LogicalResult checkPosition(Operation *op, Value position) {
  return checkShape(op, "position", position, {1}, "one position for all rows");
}

LogicalResult RopeOp::verify() {
  int64_t width = getWidth(getTable()), heads = getHeads();
  if (width % 2 != 0)
    return emitOpError("rotates pairs of channels, but 'table' has the odd "
                       "width ")
           << width;
  if (heads < 1 || heads * width != getWidth(getInput()))
    return emitOpError("has ") << heads << " heads of width " << width
                               << " (that of 'table') but 'input' is "
                               << getWidth(getInput()) << " wide";
  if (static_cast<int64_t>(getSequenceLength()) < 1)
    return emitOpError("has a sequence_length of ")
           << static_cast<int64_t>(getSequenceLength());
  int64_t positions =
      std::min<int64_t>(getSequenceLength(), getRows(getInput()));
  if (positions > getRows(getTable()))
    return emitOpError("needs ")
           << positions << " positions but 'table' has " << getRows(getTable());
  if (failed(checkPosition(*this, getPosition())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "input", getInput());
}

/// Queries, keys and values of an attention and its gradient.
static LogicalResult checkAttention(Operation *op, Value query, Value key,
                                    Value value, int64_t batch, int64_t heads) {
  if (batch < 1 || getRows(query) % batch != 0 || getRows(key) % batch != 0)
    return op->emitOpError("cannot divide ")
           << getRows(query) << " queries and " << getRows(key) << " keys into "
           << batch << " sequences";
  if (heads < 1 || getWidth(query) % heads != 0)
    return op->emitOpError("cannot divide ")
           << getWidth(query) << " columns into " << heads << " heads";
  if (getWidth(key) != getWidth(query))
    return op->emitOpError("'query' is ")
           << getWidth(query) << " wide but 'key' is " << getWidth(key);
  if (failed(checkSameElement(op, "key", key, "query", query)) ||
      failed(checkSameElement(op, "value", value, "query", query)))
    return failure();
  return checkSameShape(op, "value", value, "key", key);
}

/// The statistics of the softmax of an attention.
static LogicalResult checkSoftmax(Operation *op, Value query, int64_t heads,
                                  Value max, Value inverseSum) {
  int64_t rows = getRows(query) * heads;
  StringRef meaning = "batch * heads * queries";
  if (failed(checkShape(op, "max", max, {rows}, meaning)))
    return failure();
  return checkShape(op, "inverse_sum", inverseSum, {rows}, meaning);
}

LogicalResult AttentionOp::verify() {
  if (failed(checkAttention(*this, getQuery(), getKey(), getValue(), getBatch(),
                            getHeads())) ||
      failed(checkPosition(*this, getPosition())))
    return failure();
  if (!getPosition() && getRows(getQuery()) != getRows(getKey()))
    return emitOpError("without a position needs as many keys as queries, has ")
           << getRows(getKey()) << " and " << getRows(getQuery());
  if (getRows(getQuery()) > getRows(getKey()))
    return emitOpError("has ") << getRows(getQuery()) << " queries but only "
                               << getRows(getKey()) << " keys";
  if (failed(checkSameElement(*this, "result", getResult(), "query",
                              getQuery())) ||
      failed(checkSameShape(*this, "result", getResult(), "query", getQuery())))
    return failure();
  return checkSoftmax(*this, getQuery(), getHeads(), getMax(), getInverseSum());
}

LogicalResult AttentionGradOp::verify() {
  if (failed(checkAttention(*this, getQuery(), getKey(), getValue(), getBatch(),
                            getHeads())))
    return failure();
  if (failed(checkSoftmax(*this, getQuery(), getHeads(), getMax(),
                          getInverseSum())))
    return failure();
  std::pair<StringRef, Value> likeQuery[] = {
      {"key", getKey()},          {"output", getOutput()},
      {"grad", getGrad()},        {"query_grad", getQueryGrad()},
      {"key_grad", getKeyGrad()}, {"value_grad", getValueGrad()}};
  for (auto [name, value] : likeQuery)
    if (failed(checkSameElement(*this, name, value, "query", getQuery())) ||
        failed(checkSameShape(*this, name, value, "query", getQuery())))
      return failure();
  return success();
}

LogicalResult SwiGLUOp::verify() {
  if (failed(checkSameShape(*this, "up", getUp(), "gate", getGate())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "gate", getGate());
}

LogicalResult SwiGLUGradOp::verify() {
  std::pair<StringRef, Value> likeGate[] = {{"up", getUp()},
                                            {"grad", getGrad()},
                                            {"gate_grad", getGateGrad()},
                                            {"up_grad", getUpGrad()}};
  for (auto [name, value] : likeGate)
    if (failed(checkSameShape(*this, name, value, "gate", getGate())))
      return failure();
  return success();
}

/// Targets are one index a row of the logits.
static LogicalResult checkTargets(Operation *op, Value targets, Value logits) {
  return checkShape(op, "targets", targets, {getRows(logits)},
                    "one index for each row of 'logits'");
}

LogicalResult CrossEntropyOp::verify() {
  return checkTargets(*this, getTargets(), getLogits());
}

LogicalResult CrossEntropyGradOp::verify() {
  if (failed(checkTargets(*this, getTargets(), getLogits())))
    return failure();
  return checkSameShape(*this, "logits_grad", getLogitsGrad(), "logits",
                        getLogits());
}

LogicalResult CacheUpdateOp::verify() {
  if (getWidth(getInput()) != getWidth(getCache()))
    return emitOpError("rows of 'input' are ")
           << getWidth(getInput()) << " wide but those of 'cache' are "
           << getWidth(getCache());
  if (getRows(getInput()) > getRows(getCache()))
    return emitOpError("writes ")
           << getRows(getInput()) << " rows into a cache of "
           << getRows(getCache());
  if (failed(checkPosition(*this, getPosition())) ||
      failed(
          checkSameElement(*this, "input", getInput(), "cache", getCache())) ||
      failed(
          checkSameElement(*this, "result", getResult(), "cache", getCache())))
    return failure();
  return checkSameShape(*this, "result", getResult(), "cache", getCache());
}
