//===- WavOps.h - The wav dialect's ops, types and interfaces ----*- C++
//-*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVOPS_H
#define WAV_IR_WAVOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::wav {
/// Accumulates gradients during differentiation; see wav/Autodiff/Gradients.h.
class Gradients;
/// Emits the body of a row program; see wav/Rows/RowEmitter.h.
class RowEmitter;
/// Values during reference evaluation; see wav/Reference/Reference.h.
class ReferenceFrame;
} // namespace mlir::wav

#include "wav/WavDialect.h.inc"
#include "wav/WavEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "wav/WavTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "wav/WavAttrs.h.inc"
#include "wav/WavInterfaces.h.inc"
#define GET_OP_CLASSES
#include "wav/WavOps.h.inc"

namespace mlir::wav {
/// The argument of the enclosing block that `value` updates in place, found by
/// following TiedOpInterface from its definition, or null.
BlockArgument getTiedArgument(Value value);

/// Whether a value is a sum over the row space of the op that defines it.
bool isRowSum(Value value);

/// The type of a row sum while it is split over `partitions`:
/// `[partitions, ...]`.
RankedTensorType getPartialsType(RankedTensorType sum, int64_t partitions);
} // namespace mlir::wav

#endif // WAV_IR_WAVOPS_H
