// RUN: wav-opt %s --wav-recompute | FileCheck %s --check-prefix=KEPT
// RUN: wav-opt %s --wav-recompute=memory-budget=1792 | FileCheck %s --check-prefix=KEPT
// RUN: wav-opt %s --wav-recompute=memory-budget=1791 | FileCheck %s --check-prefixes=CHECK,NORM
// RUN: wav-opt %s --wav-recompute=memory-budget=1280 | FileCheck %s --check-prefixes=CHECK,BOTH
// RUN: not wav-opt %s --wav-recompute=memory-budget=1279 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: wav-opt %s --wav-recompute=memory-budget=1280 --remarks-filter=wav-recompute \
// RUN:   --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Every matrix has 256 bytes. Most are live at %e: %h, %n, %a, %s, %b, %c, %e.
// %n is the cheapest to compute again, then %s; %h and %a are products, and
// live until the end anyway. At %e and at %d3 five matrices remain.

// KEPT:        wav.rms_norm
// KEPT-NOT:    wav.rms_norm
// KEPT:        wav.swiglu
// KEPT-NOT:    wav.swiglu

// CHECK:       %[[H:[0-9]+]] = wav.matmul %arg0, %arg1
// CHECK:       %[[N:[0-9]+]] = wav.rms_norm %[[H]], %arg2
// CHECK:       %[[A:[0-9]+]] = wav.matmul %[[N]], %arg1
// CHECK:       %[[S:[0-9]+]] = wav.swiglu %[[A]], %[[A]]
// CHECK:       %[[B:[0-9]+]] = wav.matmul %[[S]], %arg1
// CHECK:       %[[E:[0-9]+]] = wav.matmul %{{[0-9]+}}, %[[B]]
// CHECK-NEXT:  %[[D1:[0-9]+]] = wav.matmul %[[E]], %arg1
// CHECK-NEXT:  %[[D2:[0-9]+]] = wav.matmul %[[D1]], %arg1
// NORM:        %[[D3:[0-9]+]] = wav.matmul %[[D2]], %[[S]]
// BOTH-NEXT:   %[[S2:[0-9]+]] = wav.swiglu %[[A]], %[[A]]
// BOTH-NEXT:   %[[D3:[0-9]+]] = wav.matmul %[[D2]], %[[S2]]
// CHECK-NEXT:  %[[N2:[0-9]+]] = wav.rms_norm %[[H]], %arg2
// CHECK-NEXT:  wav.matmul %[[D3]], %[[N2]]

// ERROR: error: does not fit the memory budget of 1279 bytes; a plan for 1280 was found: raise the budget to that, or make the batch or the context smaller

// REMARK: Memory {{.*}} Function=step {{.*}} PeakScratchBytes=1792
// REMARK: recomputed rms_norm
// REMARK: recomputed swiglu

func.func @step(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>, %gain: tensor<8xf32>) -> tensor<8x8xf32> {
  %h = wav.matmul %x, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %n = wav.rms_norm %h, %gain {epsilon = 1.0e-6 : f64} : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %a = wav.matmul %n, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %s = wav.swiglu %a, %a : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = wav.matmul %s, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %c = wav.matmul %b, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = wav.matmul %c, %b : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d1 = wav.matmul %e, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d2 = wav.matmul %d1, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d3 = wav.matmul %d2, %s : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d4 = wav.matmul %d3, %n : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d5 = wav.matmul %d4, %a : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d6 = wav.matmul %d5, %h : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %d6 : tensor<8x8xf32>
}
