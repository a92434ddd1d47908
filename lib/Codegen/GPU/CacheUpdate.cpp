//===- CacheUpdate.cpp - Rows into a cache on a GPU -----------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cache[position + i] = X[i], a block a row. A kernel has no status to return:
// if the rows do not fit, nothing is written.
//
//===----------------------------------------------------------------------===//

#include "CallsToKernels.h"

using namespace mlir;
using namespace mlir::wav;

LogicalResult wav::lowerCacheUpdate(CallLowering &call) {
  int64_t rows = call.getParams()[0], width = call.getParams()[1],
          cacheRows = call.getParams()[2];
  int64_t vector =
      std::gcd(width, 16 * 8 / call.getType(0).getElementTypeBitWidth());
  call.launch({.name = "cache_update", .blocks = rows, .threads = 128},
              {call.getBuffer(0), call.getBuffer(1), call.getBuffer(2)},
              [&](KernelBuilder &b, ArrayRef<Pointer> slots) {
                Scalar position = slots[1].load();
                Scalar fits = position <= cacheRows - rows;
                Scalar positive = b.integer(0) <= position;
                b.when(positive & fits, [&] {
                  Pointer source = slots[0].at(b.block() * width);
                  Scalar row = position + b.block();
                  Pointer target = slots[2].at(row * width);
                  b.forEachItem(width / vector, [&](Scalar item) {
                    Scalar column = item * vector;
                    Pointer from = source.at(column);
                    target.at(column).copy(from, vector);
                  });
                });
              });
  return success();
}
