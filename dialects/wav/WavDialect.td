//===- WavDialect.td - The wav dialect -------------------*- tablegen -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_DIALECT_TD
#define WAV_DIALECT_TD

include "mlir/IR/OpBase.td"

def Wav_Dialect : Dialect {
  let name = "wav";
  let cppNamespace = "::mlir::wav";
  let summary = "Transformers whose residual connections are routed";
  let description = [{
    The `wav` dialect states decoder-only transformers in which every sublayer
    reads a learned, per-token mixture of earlier block summaries and
    directional details, and their whole training step.

    Values are tensors of static shape. Token rows are flattened: a batch of
    `B` sequences of `T` tokens of width `d` is a `tensor<B*T x d>`, sequence
    after sequence. Ops have value semantics: what is updated in place is
    decided by `wav-plan` alone, from liveness and from the operands that ops
    declare as tied to a result.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  // Discardable attributes, by the table in lib/IR/WavAttributes.cpp.
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

#endif // WAV_DIALECT_TD
