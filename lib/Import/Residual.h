//===- Residual.h - Residual schemes as JSON --------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_LIB_IMPORT_RESIDUAL_H
#define WAV_LIB_IMPORT_RESIDUAL_H

#include "JsonObject.h"

#include "wav/IR/WavDialect.h"

namespace mlir::wav {

/// Reads a `residual` object: a preset with options, or `custom`
/// (docs/schemes.md).
FailureOr<ResidualAttr> importResidual(JsonObject &object, int64_t layers);

/// Writes the object that `importResidual` reads as `residual` in a model of
/// `layers` layers.
void exportResidual(llvm::json::OStream &json, ResidualAttr residual,
                    int64_t layers);

} // namespace mlir::wav

#endif // WAV_LIB_IMPORT_RESIDUAL_H
