//===- Elementwise.cpp - Reference of arith and math ------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Elementwise.h"
#include "wav/Reference/Reference.h"

#include <cmath>

using namespace mlir;
using namespace mlir::wav;

static double compute(arith::AddFOp, ArrayRef<double> x) { return x[0] + x[1]; }
static double compute(arith::SubFOp, ArrayRef<double> x) { return x[0] - x[1]; }
static double compute(arith::MulFOp, ArrayRef<double> x) { return x[0] * x[1]; }
static double compute(arith::DivFOp, ArrayRef<double> x) { return x[0] / x[1]; }
static double compute(arith::NegFOp, ArrayRef<double> x) { return -x[0]; }
static double compute(math::ExpOp, ArrayRef<double> x) {
  return std::exp(x[0]);
}
static double compute(math::LogOp, ArrayRef<double> x) {
  return std::log(x[0]);
}
static double compute(math::SqrtOp, ArrayRef<double> x) {
  return std::sqrt(x[0]);
}
static double compute(math::TanhOp, ArrayRef<double> x) {
  return std::tanh(x[0]);
}
static double compute(math::RsqrtOp, ArrayRef<double> x) {
  return 1 / std::sqrt(x[0]);
}

namespace {
template <typename OpTy>
struct ReferenceModel
    : ReferenceOpInterface::ExternalModel<ReferenceModel<OpTy>, OpTy> {
  LogicalResult evaluate(Operation *op, ReferenceFrame &frame) const {
    RefTensor &result = frame.create(op->getResult(0));
    SmallVector<double, 2> x(op->getNumOperands());
    for (auto [i, y] : llvm::enumerate(result.values)) {
      for (OpOperand &operand : op->getOpOperands())
        x[operand.getOperandNumber()] = frame.get(operand.get()).values[i];
      y = compute(cast<OpTy>(op), x);
    }
    return success();
  }
};
} // namespace

void wav::attachElementwiseReferences(MLIRContext *context) {
  ElementwiseOps::attach<ReferenceModel>(context);
}
