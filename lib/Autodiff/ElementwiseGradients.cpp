//===- ElementwiseGradients.cpp - Gradients of arith and math ---*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/Autodiff/Gradients.h"
#include "wav/IR/Elementwise.h"
#include "wav/IR/WavResidualOps.h"

using namespace mlir;
using namespace mlir::wav;

namespace {
/// What the rule of an op sees: `g`, the gradient of its result `y`.
struct Rule {
  OpBuilder &builder;
  Operation *op;
  Gradients &gradients;
  Value g;

  Value x(unsigned index = 0) const { return op->getOperand(index); }
  Value y() const { return op->getResult(0); }
  bool isWanted(unsigned index = 0) const {
    return gradients.isActive(x(index));
  }
  void add(unsigned index, Value gradient, double coefficient = 1) const {
    gradients.add(x(index), gradient, coefficient);
  }
  Value mul(Value lhs, Value rhs) const {
    return arith::MulFOp::create(builder, op->getLoc(), lhs, rhs);
  }
  Value div(Value lhs, Value rhs) const {
    return arith::DivFOp::create(builder, op->getLoc(), lhs, rhs);
  }
};
} // namespace

static void addGradients(arith::AddFOp, const Rule &rule) {
  rule.add(0, rule.g);
  rule.add(1, rule.g);
}
static void addGradients(arith::SubFOp, const Rule &rule) {
  rule.add(0, rule.g);
  rule.add(1, rule.g, -1);
}
static void addGradients(arith::NegFOp, const Rule &rule) {
  rule.add(0, rule.g, -1);
}
static void addGradients(arith::MulFOp, const Rule &rule) {
  if (rule.isWanted(0))
    rule.add(0, rule.mul(rule.g, rule.x(1)));
  if (rule.isWanted(1))
    rule.add(1, rule.mul(rule.g, rule.x(0)));
}
/// `dx0 = g / x1`, `dx1 = -g y / x1`.
static void addGradients(arith::DivFOp, const Rule &rule) {
  Value scaled = rule.div(rule.g, rule.x(1));
  rule.add(0, scaled);
  if (rule.isWanted(1))
    rule.add(1, rule.mul(scaled, rule.y()), -1);
}
static void addGradients(math::ExpOp, const Rule &rule) {
  rule.add(0, rule.mul(rule.g, rule.y()));
}
static void addGradients(math::LogOp, const Rule &rule) {
  rule.add(0, rule.div(rule.g, rule.x()));
}
static void addGradients(math::SqrtOp, const Rule &rule) {
  rule.add(0, rule.div(rule.g, rule.y()), 0.5);
}
/// `dx = g (1 - y^2) = g - g y y`.
static void addGradients(math::TanhOp, const Rule &rule) {
  rule.add(0, rule.g);
  rule.add(0, rule.mul(rule.mul(rule.g, rule.y()), rule.y()), -1);
}
/// `y = x^(-1/2)`, `dx = -g y / (2 x)`.
static void addGradients(math::RsqrtOp, const Rule &rule) {
  rule.add(0, rule.div(rule.mul(rule.g, rule.y()), rule.x()), -0.5);
}

namespace {
template <typename OpTy>
struct GradientModel
    : DifferentiableOpInterface::ExternalModel<GradientModel<OpTy>, OpTy> {
  LogicalResult buildGradient(Operation *op, OpBuilder &builder,
                              Gradients &gradients) const {
    Value result = op->getResult(0);
    addGradients(cast<OpTy>(op), Rule{builder, op, gradients,
                                      gradients.get(result, result.getType())});
    return success();
  }
};
} // namespace

void wav::attachElementwiseGradients(MLIRContext *context) {
  ElementwiseOps::attach<GradientModel>(context);
}
