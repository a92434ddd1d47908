//===- Demo.cpp - The demo dialect ----------------------------------------===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plugin of the dialect, and of the pass in Insert.cpp:
//
//   wav-run --load-dialect-plugin=libDemo.so --load-pass-plugin=libDemo.so ...
//
//===----------------------------------------------------------------------===//

#include "Demo.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

#include "DemoDialect.cpp.inc"
#define GET_OP_CLASSES
#include "DemoOps.cpp.inc"

using namespace mlir;

void demo::DemoDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "DemoOps.cpp.inc"
      >();
  addFunctions();
}

LogicalResult demo::checkSequences(Operation *op, RankedTensorType rows,
                                   int64_t length) {
  if (length > 0 && rows.getDimSize(0) % length == 0)
    return success();
  return op->emitOpError("has ")
         << rows.getDimSize(0) << " rows, which are not whole sequences of "
         << length << "; sequence_length must divide the rows";
}

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {
      MLIR_PLUGIN_API_VERSION, "Demo", LLVM_VERSION_STRING,
      [](DialectRegistry *registry) { registry->insert<demo::DemoDialect>(); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Demo", LLVM_VERSION_STRING,
          demo::registerInsertPass};
}
