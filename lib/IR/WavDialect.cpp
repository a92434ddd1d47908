//===- WavDialect.cpp - The wav dialect ---------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/Elementwise.h"
#include "wav/IR/WavOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::wav;

#include "wav/WavDialect.cpp.inc"
#include "wav/WavEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "wav/WavTypes.cpp.inc"

void WavDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "wav/WavTypes.cpp.inc"
      >();
  registerAttributes();
  attachElementwiseRows(getContext());
  attachElementwiseGradients(getContext());
  attachElementwiseReferences(getContext());
  attachElementwiseCosts(getContext());
  addOperations<
#define GET_OP_LIST
#include "wav/WavModelOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavTransformerOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavResidualOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavOptimizerOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavStructureOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavScheduleOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "wav/WavKernelOps.cpp.inc"
      >();
}
