//===- Places.cpp - Memory that outlives a call -----------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "wav/IR/WavOptimizerOps.h"
#include "wav/IR/WavStructureOps.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace mlir::wav;

/// The place of a parameter or state.
static Place getPlace(Operation *user, FlatSymbolRefAttr symbol) {
  Operation *target = SymbolTable::lookupNearestSymbolFrom(user, symbol);
  return {isa_and_nonnull<StateOp>(target) ? Arena::State : Arena::Parameters,
          symbol.getValue()};
}

std::optional<Place> GetOp::getResultPlace(unsigned) {
  return getPlace(*this, getSymbolAttr());
}
SmallVector<Place> SetOp::getOperandPlaces() {
  return {getPlace(*this, getSymbolAttr())};
}

std::optional<Place> GetArenaOp::getResultPlace(unsigned) {
  return Place{getArena(), {}};
}
SmallVector<Place> SetArenaOp::getOperandPlaces() {
  return {Place{getArena(), {}}};
}

std::optional<Place> PackOp::getResultPlace(unsigned) {
  return Place{Arena::Gradients, {}};
}
SmallVector<Place> PackOp::getOperandPlaces() {
  SmallVector<Place> places;
  for (auto parameter :
       (*this)->getParentOfType<ModuleOp>().getOps<ParameterOp>())
    places.push_back({Arena::Gradients, parameter.getSymName()});
  return places;
}
