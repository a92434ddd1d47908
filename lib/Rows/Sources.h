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
  /// What the source has in another bank; null if that was not asked for.
  RowValue other = {};
};

/// What the keys of a source `v = scale row` have in common, whoever asks.
struct KeyScale {
  RowValue meanSquare; ///< Of the row.
  RowValue rho;        ///< `1 / sqrt(mean(v^2) + epsilon)`.
  RowValue value;      ///< `scale rho`.
};

/// The logit `value = key + bias` of a source for one role, where
/// `key = <query, v> rho(v) = product keyScale`.
struct Logit {
  RowValue product; ///< `<query, row>`.
  RowValue key, value;
};

/// How many roles' rows are summed up at a time with lists: so many sums stay
/// in registers.
constexpr unsigned kRolesAtOnce = 4;

/// One role of a read or of its gradient.
struct Role {
  RowValue query;
  /// A vector of biases; null if no source has one.
  Value biases;
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
  /// `bank` is null if there are only open sources.
  Sources(RowEmitter &emit, Value bank, ValueRange open, double epsilon);

  using Values = SmallVector<RowValue>;

  /// Visits all sources, carrying values from one to the next. With `other`, a
  /// bank as large, its rows come along.
  Values forEach(ArrayRef<RowValue> init,
                 function_ref<Values(const Source &, ArrayRef<RowValue>)> body,
                 Value other = {});

  /// Visits all sources without their rows and scales.
  void forEachIndex(function_ref<void(const Source &)> body);

  /// Visits lists of one number a source in chunks, carrying numbers.
  Values forEachChunk(ArrayRef<RowValue> init,
                      function_ref<Values(Value index, ArrayRef<RowValue>)>);

  /// A list of one number a source.
  Value list(double fill = 0) { return emit.list(size, fill); }

  KeyScale getKeyScale(const Source &source);
  Logit getLogit(const Source &source, const KeyScale &scale, const Role &role);

  /// Adds a number to the sum for the source's bias.
  void accumulateBias(Value biasSum, const Source &source, const Role &role,
                      RowValue value);
  /// The row of all biases: a number for the source's, zero for the others.
  RowValue getBiasShare(const Source &source, const Role &role, RowValue value);

private:
  /// One of the biases of a source: its index, the condition that there is one,
  /// and (null for one) its share in the exponential of the source's bias.
  struct Bias {
    Value index, exists;
    RowValue value, share;
  };
  /// The biases of a source; none if it has none for sure. `sum` is what is
  /// added to its logit.
  SmallVector<Bias> getBiases(const Source &source, const Role &role,
                              RowValue &sum);
  /// The number of an open source among all.
  Value getOpenIndex(unsigned i);
  /// `forEach` for the bank's.
  Values
  forEachOfBank(ArrayRef<RowValue> init,
                function_ref<Values(const Source &, ArrayRef<RowValue>)> body,
                Value other);

  RowEmitter &emit;
  Value bank;
  SmallVector<SourceOp> open;
  double epsilon;
  Value bankSize, size;
};

} // namespace mlir::wav

#endif // WAV_LIB_ROWS_SOURCES_H
