//===- WavStructureOps.cpp - Ops that programs consist of -------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavStructureOps.h"
#include "Verify.h"

using namespace mlir;
using namespace mlir::wav;

#define GET_OP_CLASSES
#include "wav/WavStructureOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Memory that outlives a call
//===----------------------------------------------------------------------===//

LogicalResult ParameterOp::verify() {
  int64_t size = cast<RankedTensorType>(getType()).getNumElements();
  std::optional<ArrayRef<double>> values = getInitValues();
  if (values && int64_t(values->size()) != size)
    return emitOpError("has ")
           << values->size() << " initial values for " << size << " elements";
  if (values && getNormal())
    return emitOpError("is normal and has initial values; state one of them");
  return success();
}

/// Fails unless `symbol` names a parameter or state of type `type`.
static LogicalResult checkSymbol(Operation *op, FlatSymbolRefAttr symbol,
                                 Type type, SymbolTableCollection &tables) {
  Operation *target = tables.lookupNearestSymbolFrom(op, symbol);
  if (!isa_and_nonnull<ParameterOp, StateOp>(target))
    return op->emitOpError("refers to ")
           << symbol << ", which is not a wav.parameter or wav.state of the "
           << "module";
  Type declared = isa<ParameterOp>(target) ? cast<ParameterOp>(target).getType()
                                           : cast<StateOp>(target).getType();
  if (declared != type)
    return op->emitOpError("has type ")
           << type << " but " << symbol << " is declared as " << declared;
  return success();
}

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &tables) {
  return checkSymbol(*this, getSymbolAttr(), getResult().getType(), tables);
}

LogicalResult SetOp::verifySymbolUses(SymbolTableCollection &tables) {
  return checkSymbol(*this, getSymbolAttr(), getValue().getType(), tables);
}

/// Only the arenas that ParameterLayout lays out are matrices.
static LogicalResult checkArena(Operation *op, Arena arena) {
  if (arena <= Arena::SecondMoment)
    return success();
  return op->emitOpError("the arena '")
         << stringifyArena(arena)
         << "' is not a matrix; parameters, gradients, first_moment and "
            "second_moment are";
}

LogicalResult GetArenaOp::verify() { return checkArena(*this, getArena()); }
LogicalResult SetArenaOp::verify() { return checkArena(*this, getArena()); }

//===----------------------------------------------------------------------===//
// Fusions and kernels
//===----------------------------------------------------------------------===//

/// Fails unless the body holds row programs of `rows` rows, which read of each
/// other nothing but the row being treated.
static LogicalResult checkBody(Operation *op, Block &body, int64_t rows,
                               int64_t partitions) {
  if (partitions < 1)
    return op->emitOpError("has ") << partitions << " partitions";
  if (!isa<YieldOp>(body.getTerminator()))
    return op->emitOpError("must end with wav.yield");
  for (Operation &inner : body.without_terminator()) {
    if (isRepeatedInKernels(&inner))
      continue; // Of whatever row space its users have.
    auto program = dyn_cast<RowOpInterface>(inner);
    if (!program)
      return op->emitOpError("holds ")
             << inner.getName() << ", which is not a row program";
    if (program.getNumRows() != rows)
      return op->emitOpError("treats ")
             << rows << " rows but holds " << inner.getName() << " of "
             << program.getNumRows() << " rows";
    LogicalResult result = success();
    forEachRead(&inner, [&](OpOperand &use, Value value) {
      if (failed(result) || !getRowResult(value))
        return;
      StringRef reason = whyNotReadInside(program, use, value);
      if (reason.empty())
        return;
      InFlightDiagnostic diag = inner.emitOpError("cannot use operand ")
                                << use.getOperandNumber()
                                << " inside the kernel that forms it: "
                                << reason << "; form it in a kernel before";
      diag.attachNote(value.getLoc()) << "formed here";
      result = diag;
    });
    if (failed(result))
      return failure();
  }
  return success();
}

LogicalResult FusionOp::verify() {
  Block &body = getBody().front();
  if (failed(checkCount(*this, "inputs", getInputs().size(), "block arguments",
                        body.getNumArguments())))
    return failure();
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    if (argument.getType() != getInputs()[i].getType())
      return emitOpError("input ")
             << i << " is " << getInputs()[i].getType()
             << " but the body takes " << argument.getType();
  if (failed(checkBody(*this, body, getRows(), getPartitions())))
    return failure();

  OperandRange yielded = body.getTerminator()->getOperands();
  if (failed(checkCount(*this, "results", getNumResults(), "yielded values",
                        yielded.size())))
    return failure();
  for (auto [i, value] : llvm::enumerate(yielded)) {
    Type expected = value.getType();
    if (isRowSum(value))
      expected =
          getPartialsType(cast<RankedTensorType>(expected), getPartitions());
    if (getResult(i).getType() != expected)
      return emitOpError("result ")
             << i << " is " << getResult(i).getType() << " but must be "
             << expected
             << (isRowSum(value) ? ", a partial sum for each partition"
                                 : ", as yielded");
  }
  return success();
}

LogicalResult KernelOp::verify() {
  return checkBody(*this, getBody().front(), getRows(), getPartitions());
}

LogicalResult SumPartialsOp::verify() {
  if (getInputs().empty())
    return emitOpError("has no partial sums to add");
  for (Type type : getInputs().getTypes()) {
    ArrayRef<int64_t> partials = cast<RankedTensorType>(type).getShape();
    if (partials.empty())
      return emitOpError("has no partial sums to add: an input is a scalar");
    if (failed(checkShape(*this, "result", getResult(), partials.drop_front(),
                          "the shape of an input without its first "
                          "dimension")))
      return failure();
  }
  return success();
}

bool KernelOp::mayWrite(unsigned slot) {
  Block &body = getBody().front();
  return slot >= body.getNumArguments() ||
         llvm::any_of(body.getTerminator()->getOperands(), [&](Value value) {
           return getTiedArgument(value) == body.getArgument(slot);
         });
}

SmallVector<Type> KernelOp::getSlotTypes() {
  Block &body = getBody().front();
  SmallVector<Type> types(body.getArgumentTypes());
  for (Value value : body.getTerminator()->getOperands())
    if (isRowSum(value))
      types.push_back(getPartialsType(cast<RankedTensorType>(value.getType()),
                                      getPartitions()));
    else if (!getTiedArgument(value))
      types.push_back(value.getType());
  return types;
}
