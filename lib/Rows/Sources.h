//===- Sources.h - The sources of a routing read -------*- C++ -*- ===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_ROWS_SOURCES_H
#define WAV_LIB_ROWS_SOURCES_H

#include "wav/IR/WavResidualOps.h"
#include "wav/Rows/RowEmitter.h"

namespace mlir::wav {

/// One source of a read at the current row; its value is `scale * row`.
struct Source {
  Value index;
  RowValue row;
  RowValue scale;
  /// Which of the open sources it is; none for one of the bank.
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

/// The sources of a `wav.read` or `wav.read_grad`: those of its bank, whose
/// number is a run-time argument, then the open ones.
class Sources {
public:
  /// `biases` is null if no source has a bias.
  Sources(RowEmitter &emit, Value bank, ValueRange open, Value biases,
          double epsilon);

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

  /// The bias that is added to the source's logit.
  RowValue getBias(const Source &source);
  /// Adds a number to the sum for the source's bias.
  void accumulateBias(Value biasSum, const Source &source, RowValue value);
  /// The row of all biases: a number for the source's, zero for the others.
  RowValue getBiasShare(const Source &source, RowValue value);

private:
  /// The source's index into the biases and the condition that it has one; null
  /// if it has none for sure.
  std::pair<Value, Value> getBiasIndex(const Source &source);

  /// The number of an open source among all.
  Value getOpenIndex(unsigned i);

  RowEmitter &emit;
  Value bank;
  SmallVector<SourceOp> open;
  Value biases;
  double epsilon;
  Value bankSize, size;
};

} // namespace mlir::wav

#endif // WAV_LIB_ROWS_SOURCES_H
