// RUN: wav-opt %s --split-input-file --verify-diagnostics --wav-build
// RUN: not wav-opt %S/entries.mlir --wav-build=batch=0 2>&1 | FileCheck %s --check-prefix=BATCH
// RUN: not wav-opt %S/entries.mlir --wav-build=entries=train 2>&1 | FileCheck %s --check-prefix=ENTRY

// BATCH: error: batch 0 is not positive
// ENTRY: error: unknown entry point 'train'; available: train_step, eval, grads, prefill, decode

// expected-error@+1 {{expected one wav.model, found 0}}
module {}
