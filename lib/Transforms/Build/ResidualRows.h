//===- ResidualRows.h - The rows of a network as it is built ----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_TRANSFORMS_BUILD_RESIDUALROWS_H
#define WAV_LIB_TRANSFORMS_BUILD_RESIDUALROWS_H

#include "EntryBuilder.h"

namespace mlir::wav {

/// What sublayers read and write, for any `#wav.residual` (docs/schemes.md).
/// Alternate `read` and `write` for each sublayer, then `readLast`.
class ResidualRows {
public:
  /// `x0` is the embedding of every token.
  ResidualRows(EntryBuilder &entry, Value x0);

  /// What the next sublayer reads. `site` is the prefix of its parameters:
  /// `model.layers.0.self_attn`.
  Value read(const Twine &site);
  /// Adds the update of the sublayer read last to the rows.
  void write(Value update, const Twine &site);
  /// What the last norm reads, after all sublayers.
  Value readLast();

private:
  /// What reads can see of a row of a block; `row` is its index in the scheme,
  /// or -1 for x0.
  struct Source {
    Value value;
    int row;
  };

  /// Sources of finished blocks and the bank they form.
  struct Bank {
    SmallVector<Source> sources;
    Value value;
  };

  void openBlock();
  void closeBlock();
  void extend(Bank &bank, ArrayRef<Source> sources);
  /// The rows of the open block that have been written, matched to theirs.
  SmallVector<Source> getOpenSources(bool withDetails);
  Value match(Value row, Value reference);
  /// The read of `site` over a bank and open rows.
  Value read(const Twine &site, const Bank &bank, ArrayRef<Source> open);
  /// A row of the open block, or x0, as a source.
  Source createSource(Value value, Value scale, int row);
  /// The biases of a site, or null.
  Value getBiases(const Twine &site);
  Value getWriteScale(const Twine &site);
  /// `row + coefficient * scale * update`; zero leaves a row as it is.
  Value write(Value update, Value row, Value scale, double coefficient);

  EntryBuilder &entry;
  ResidualAttr residual;
  ArrayRef<RowAttr> rowAttrs;
  Bank bank;
  /// The one row of a scheme that reads its stream, or the base of a read.
  Value stream;

  /// The open block: its number, first sublayer, next position and, for each
  /// row, coefficients and value (null until written).
  int64_t block = -1, first = 0, length = 0, position = 0;
  SmallVector<SmallVector<double>> coefficients;
  SmallVector<Value> rows;
};

} // namespace mlir::wav

#endif // WAV_LIB_TRANSFORMS_BUILD_RESIDUALROWS_H
