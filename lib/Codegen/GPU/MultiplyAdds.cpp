//===- MultiplyAdds.cpp - Products of tiles by multiply-adds --------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 16 x 16 threads. Thread (y, x) holds rows y R .. y R + R - 1 and columns
// x, x + 16, x + 32, ... of a product: 16 neighbouring lanes share rows.
//
//===----------------------------------------------------------------------===//

#include "TileProducts.h"

using namespace mlir;
using namespace mlir::wav;

namespace {

constexpr int64_t kLanes = 16;
/// Elements of an access of 16 bytes.
constexpr int64_t kVector = 4;

class MultiplyAdds : public TileProducts {
public:
  MultiplyAdds(KernelBuilder &b, const TileShape &shape, Pointer scratch)
      : TileProducts(b, shape, kLanes), rowsPerThread(shape.rows / kLanes) {
    laneColumn = b.thread() % kLanes;
    Scalar firstRow = b.thread() / kLanes * rowsPerThread;
    for (int64_t i = 0; i < rowsPerThread; ++i)
      rows.push_back(firstRow + i);
    weightRows = scratch.at(firstRow * weightStride(shape));
  }

  static int64_t weightStride(const TileShape &shape) {
    return shape.columns + kVector;
  }

  int64_t numElements(int64_t width) const override {
    return rowsPerThread * (width / kLanes);
  }
  int64_t getSlot(int64_t element, int64_t width) const override {
    return element / (width / kLanes);
  }
  int64_t getColumn(int64_t element, int64_t width) const override {
    return element % (width / kLanes) * kLanes;
  }

  OwnRows loadOwn(Pointer tile, bool keep) override {
    return {tile.at(rows[0] * shape.stride()), {}};
  }

  Fragment scores(const OwnRows &own, Pointer tile) override {
    Fragment result = zeros(shape.columns);
    int64_t columns = shape.columns / kLanes;
    Pointer lane = tile.at(laneColumn * shape.stride());
    b.loop(shape.width, kVector, {&result}, [&](Scalar k) {
      Pointer left = own.tile.at(k), right = lane.at(k);
      SmallVector<Scalar> rights;
      for (int64_t j = 0; j < columns; ++j)
        rights.push_back(right.at(j * kLanes * shape.stride()).load(kVector));
      for (int64_t i = 0; i < rowsPerThread; ++i) {
        Scalar row = left.at(i * shape.stride()).load(kVector);
        for (int64_t j = 0; j < columns; ++j)
          for (int64_t u = 0; u < kVector; ++u)
            multiplyAdd(result[i * columns + j], row, rights[j], u);
      }
    });
    return result;
  }

  void accumulate(Fragment &result, const Fragment &weights,
                  Pointer tile) override {
    // A row's weights come from the 16 lanes of this warp that share it.
    b.warpBarrier();
    int64_t stride = weightStride(shape);
    Pointer own = weightRows.at(laneColumn);
    for (auto [element, weight] : llvm::enumerate(weights))
      own.at(getSlot(element, shape.columns) * stride +
             getColumn(element, shape.columns))
          .store(weight);
    b.warpBarrier();

    int64_t columns = shape.width / kLanes;
    Pointer lane = tile.at(laneColumn);
    b.loop(shape.columns, kVector, {&result}, [&](Scalar k) {
      SmallVector<Scalar> lefts;
      Pointer left = weightRows.at(k);
      for (int64_t i = 0; i < rowsPerThread; ++i)
        lefts.push_back(left.at(i * stride).load(kVector));
      Pointer right = lane.at(k * shape.stride());
      for (int64_t u = 0; u < kVector; ++u)
        for (int64_t j = 0; j < columns; ++j) {
          Scalar value = right.at(u * shape.stride() + j * kLanes).load();
          for (int64_t i = 0; i < rowsPerThread; ++i)
            result[i * columns + j] =
                fma(lefts[i].getElement(u), value, result[i * columns + j]);
        }
    });
  }

  void store(const Fragment &fragment, Pointer tile) override {
    Pointer lane = tile.at(rows[0] * shape.stride() + laneColumn);
    for (auto [element, value] : llvm::enumerate(fragment))
      lane.at(getSlot(element, shape.width) * shape.stride() +
              getColumn(element, shape.width))
          .store(value);
  }

private:
  static void multiplyAdd(Scalar &sum, Scalar x, Scalar y, int64_t index) {
    Scalar factor = x.getElement(index);
    sum = fma(factor, y.getElement(index), sum);
  }

  int64_t rowsPerThread;
  /// The weights of this thread's rows.
  Pointer weightRows;
};

} // namespace

std::unique_ptr<TileProducts> wav::createMultiplyAdds(KernelBuilder &b,
                                                      const TileShape &shape,
                                                      Pointer scratch) {
  return std::make_unique<MultiplyAdds>(b, shape, scratch);
}

int64_t wav::getMultiplyAddScratch(const TileShape &shape) {
  return shape.rows * MultiplyAdds::weightStride(shape) *
         int64_t(sizeof(float));
}
