//===- Sources.h - The sources of a routing read -------*- C++ -*- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_ROWS_SOURCES_H
#define WAV_LIB_ROWS_SOURCES_H

#include "wav/Rows/RowEmitter.h"

namespace mlir::wav {

/// One source of a read at the current row; its value is `scale * row`.
struct Source {
  Value index;
  RowValue row;
  RowValue scale;
  /// Which of the open rows it is; none for a row of the bank.
  std::optional<unsigned> open;
};

/// The logit `value = key + bias` of a source `v = scale row`, and what it is
/// made of: `key = <query, v> rho(v) = product keyScale`.
struct Logit {
  RowValue meanSquare; ///< Of the row.
  RowValue product;    ///< `<query, row>`.
  RowValue rho;        ///< `1 / sqrt(mean(v^2) + epsilon)`.
  RowValue keyScale;   ///< `scale rho`.
  RowValue key, value;
};

/// One more logit of a softmax that is formed source by source: sums of
/// `exp(z - max)` so far are to be multiplied by `rescale`, and `exp` belongs
/// to the new logit.
struct SoftmaxStep {
  SoftmaxStep(RowEmitter &emit, RowValue logit, RowValue maxSoFar)
      : max(emit.larger(logit, maxSoFar)), rescale(emit.exp(maxSoFar - max)),
        exp(emit.exp(logit - max)) {}

  RowValue max, rescale, exp;
};

/// The sources of a `wav.read` or `wav.read_grad`: the rows of its bank, whose
/// number is a run-time argument, then the open rows.
class Sources {
public:
  template <typename OpTy>
  Sources(RowEmitter &emit, OpTy op)
      : emit(emit), bank(op.getBank()), scales(op.getScales()),
        kinds(op.getKinds()), bias(op.getBias()), open(op.getOpen()),
        openScales(op.getOpenScales()), openKinds(op.getOpenKinds()),
        epsilon(op.getEpsilon().convertToDouble()),
        bankSize(emit.bankSize(bank)), size(emit.bankSize(bank, open.size())) {}

  using Values = SmallVector<RowValue>;

  /// Visits all sources, carrying values from one to the next.
  Values forEach(ArrayRef<RowValue> init,
                 function_ref<Values(const Source &, ArrayRef<RowValue>)> body);

  /// Visits all sources without their rows and scales.
  void forEachIndex(function_ref<void(const Source &)> body);

  /// Visits lists of one number a source in chunks, carrying numbers.
  Values forEachChunk(ArrayRef<RowValue> init,
                      function_ref<Values(Value index, ArrayRef<RowValue>)>);

  /// A list of one number a source.
  Value list(double fill = 0) { return emit.list(size, fill); }

  Logit getLogit(const Source &source, RowValue query);

  /// The bias that the source's kind adds to its logit.
  RowValue getBias(const Source &source);
  /// Adds a number to the sum of the source's kind.
  void accumulateBias(Value biasSum, const Source &source, RowValue value);
  /// The row of all kinds: a number for the source's, zero for the others.
  RowValue getBiasShare(const Source &source, RowValue value);

private:
  /// The source's index into the bias vector (null if it has no bias for sure)
  /// and the condition that it has one (null if it has one for sure).
  std::pair<Value, Value> getKind(const Source &source);

  /// The number of an open row among all sources.
  Value getOpenIndex(unsigned i);

  RowEmitter &emit;
  Value bank, scales, kinds, bias;
  OperandRange open, openScales;
  ArrayRef<int64_t> openKinds;
  double epsilon;
  Value bankSize, size;
};

} // namespace mlir::wav

#endif // WAV_LIB_ROWS_SOURCES_H
