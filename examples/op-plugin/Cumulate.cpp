//===- Cumulate.cpp - A function of one's own -----------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "cumulate.h"
#include "Demo.h"

#include "wav/Autodiff/Gradients.h"
#include "wav/Codegen/CallLowering.h"
#include "wav/Codegen/LibraryFunctions.h"
#include "wav/Reference/Reference.h"

using namespace demo;
using namespace mlir;
using namespace mlir::wav;

LogicalResult CumulateOp::verify() {
  return checkSequences(*this, getInput().getType(), getSequenceLength());
}

LogicalResult CumulateOp::buildGradient(OpBuilder &builder,
                                        Gradients &gradients) {
  gradients.add(getInput(), CumulateOp::create(
                                builder, getLoc(), getInput().getType(),
                                gradients.get(getResult()), getSequenceLength(),
                                getDecay(), !getInverse()));
  return success();
}

LogicalResult CumulateOp::evaluate(ReferenceFrame &frame) {
  const RefTensor &input = frame.get(getInput());
  RefTensor &result = frame.create(getResult());
  int64_t length = getSequenceLength();
  double decay = getDecay().convertToDouble();
  for (int64_t start = 0; start < input.getNumRows(); start += length)
    for (int64_t step = 0; step < length; ++step) {
      int64_t row = start + (getInverse() ? length - 1 - step : step);
      int64_t before = getInverse() ? row + 1 : row - 1;
      for (int64_t i = 0; i < input.getWidth(); ++i)
        result.row(row)[i] =
            input.row(row)[i] + (step == 0 ? 0 : decay * result.row(before)[i]);
    }
  return success();
}

int64_t CumulateOp::getFlops() {
  return 2 * getInput().getType().getNumElements();
}

//===----------------------------------------------------------------------===//
// The call
//===----------------------------------------------------------------------===//

std::string CumulateOp::getLibraryFunction() { return "demo_cumulate_f32"; }

SmallVector<Value> CumulateOp::getLibraryBuffers() {
  return {getInput(), getResult()};
}

SmallVector<int64_t> CumulateOp::getLibraryParams() {
  RankedTensorType type = getInput().getType();
  int64_t length = getSequenceLength();
  return {type.getDimSize(0) / length, length, type.getDimSize(1), getInverse(),
          llvm::bit_cast<int64_t>(getDecay().convertToDouble())};
}

//===----------------------------------------------------------------------===//
// The function on a GPU
//===----------------------------------------------------------------------===//

/// A thread a channel of a sequence.
static LogicalResult lowerCumulate(CallLowering &call) {
  constexpr int64_t kThreads = 128;
  ArrayRef<int64_t> params = call.getParams();
  int64_t sequences = params[0], length = params[1], width = params[2];
  bool inverse = params[3];
  double decay = llvm::bit_cast<double>(params[4]);
  int64_t blocks = llvm::divideCeil(width, kThreads); // of a sequence
  call.launch({.name = "demo_cumulate",
               .blocks = sequences * blocks,
               .threads = kThreads,
               .flops = call.getFlops()},
              {call.getBuffer(0), call.getBuffer(1)},
              [&](KernelBuilder &b, ArrayRef<Pointer> slots) {
                Scalar first = b.block() % blocks * kThreads;
                Scalar column = first + b.thread();
                Scalar sequence = b.block() / blocks * length;
                b.when(column < width, [&] {
                  Fragment sum = {b.number(0)};
                  b.loop(length, 1, {&sum}, [&](Scalar step) {
                    Scalar token = step;
                    if (inverse) {
                      Scalar last = b.integer(length - 1);
                      token = last - step;
                    }
                    Scalar row = (sequence + token) * width;
                    Scalar at = row + column;
                    Scalar x = slots[0].at(at).load();
                    Scalar factor = b.number(decay);
                    sum[0] = fma(sum[0], factor, x);
                    slots[1].at(at).store(sum[0]);
                  });
                });
              });
  return success();
}

//===----------------------------------------------------------------------===//
// Where it is
//===----------------------------------------------------------------------===//

namespace {
struct Functions : LibraryFunctionsInterface {
  using LibraryFunctionsInterface::LibraryFunctionsInterface;
  ArrayRef<LibraryFunction> getFunctions() const override {
    static const LibraryFunction functions[] = {
        {"demo_cumulate_f32", demo_cumulate_f32, lowerCumulate}};
    return functions;
  }
};
} // namespace

void DemoDialect::addFunctions() { addInterfaces<Functions>(); }
