//===- Elementwise.h - Arithmetic of other dialects -------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elementwise ops of `arith` and `math` take part in everything that ops of
// this dialect do, where they work on tensors: they are row programs with
// gradients, costs and a reference. The first dimension of a tensor is the row
// space. Loading the wav dialect attaches the interfaces; the passes that ask
// for them load it, so no tool, plugin or test can miss one.
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_ELEMENTWISE_H
#define WAV_IR_ELEMENTWISE_H

#include "wav/IR/WavInterfaces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::wav {

template <typename... OpTys> struct OpList {
  /// Attaches `Model<OpTy>` to each of the ops.
  template <template <typename> typename Model>
  static void attach(MLIRContext *context) {
    (OpTys::template attachInterface<Model<OpTys>>(*context), ...);
  }
};

using ElementwiseOps =
    OpList<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
           arith::NegFOp, math::ExpOp, math::LogOp, math::SqrtOp, math::RsqrtOp,
           math::TanhOp>;

// What the dialect calls when it is loaded.
void attachElementwiseRows(MLIRContext *context);
void attachElementwiseGradients(MLIRContext *context);
void attachElementwiseReferences(MLIRContext *context);
void attachElementwiseCosts(MLIRContext *context);

} // namespace mlir::wav

#endif // WAV_IR_ELEMENTWISE_H
