//===- WavDialect.h - The dialect, its types and attributes -----*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAV_IR_WAVDIALECT_H
#define WAV_IR_WAVDIALECT_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include "wav/WavDialect.h.inc"
#include "wav/WavEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "wav/WavTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "wav/WavAttrs.h.inc"

#endif // WAV_IR_WAVDIALECT_H
