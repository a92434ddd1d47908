// RUN: wav-opt %s --wav-recompute=memory-budget=2304 | FileCheck %s
// RUN: wav-opt %s --wav-recompute=memory-budget=2815 | FileCheck %s --check-prefix=ONE
// RUN: not wav-opt %s --wav-recompute=memory-budget=2303 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: wav-opt %s --wav-recompute=memory-budget=2304 --remarks-filter=wav-recompute \
// RUN:   --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Most memory is live at %p, which has 2048 bytes: %n, %s and %b with 256 each.
// %a does not live where %s is needed, so that it is computed again too. Of %n
// there is one repetition: what serves %a serves %d4.

// CHECK-LABEL: func.func @chain
// CHECK:       %[[N:.*]] = wav.rms_norm %[[H:.*]], %[[GAIN:[^ ]*]]
// CHECK-NEXT:  %[[A:.*]] = wav.matmul %[[N]], %[[W:[^ ]*]]
// CHECK-NEXT:  %[[S:.*]] = wav.swiglu %[[A]], %[[A]]
// CHECK-NEXT:  wav.matmul %[[S]]
// CHECK-NEXT:  wav.matmul
// CHECK-NEXT:  %[[D2:.*]] = wav.matmul
// CHECK-NEXT:  %[[N2:.*]] = wav.rms_norm %[[H]], %[[GAIN]]
// CHECK-NEXT:  %[[A2:.*]] = wav.matmul %[[N2]], %[[W]]
// CHECK-NEXT:  %[[S2:.*]] = wav.swiglu %[[A2]], %[[A2]]
// CHECK-NEXT:  %[[D3:.*]] = wav.matmul %[[D2]], %[[S2]]
// CHECK-NEXT:  %[[D4:.*]] = wav.matmul %[[D3]], %[[N2]]
// CHECK-NEXT:  return %[[D4]]

// The norm alone is enough, and takes the least time.

// ONE:         wav.rms_norm
// ONE-COUNT-1: wav.swiglu
// ONE-NOT:     wav.swiglu
// ONE:         wav.rms_norm
// ONE-NOT:     wav.swiglu

// ERROR: error: does not fit the memory budget of 2303 bytes; a plan for 2304 was found: raise the budget to that, or make the batch or the context smaller

// REMARK:     Memory {{.*}} Function=chain {{.*}}PeakScratchBytes=2816
// REMARK:     LiveAtPeak {{.*}} Bytes=2304, Remark="results of matmul"
// REMARK:     LiveAtPeak {{.*}} Bytes=256, Remark="results of rms_norm"
// REMARK:     LiveAtPeak {{.*}} Bytes=256, Remark="results of swiglu"
// REMARK-DAG: recomputed rms_norm
// REMARK-DAG: recomputed matmul
// REMARK-DAG: recomputed swiglu
// REMARK:     Memory {{.*}} Function=chain {{.*}}PeakScratchBytes=2304

func.func @chain(%h: tensor<8x8xf32>, %w: tensor<8x8xf32>, %gain: tensor<8xf32>,
                 %in: tensor<8x64xf32>, %out: tensor<64x8xf32>) -> tensor<8x8xf32> {
  %n = wav.rms_norm %h, %gain {epsilon = 1.0e-6 : f64} : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %a = wav.matmul %n, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %s = wav.swiglu %a, %a : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = wav.matmul %s, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %p = wav.matmul %b, %in : (tensor<8x8xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  %d2 = wav.matmul %p, %out : (tensor<8x64xf32>, tensor<64x8xf32>) -> tensor<8x8xf32>
  %d3 = wav.matmul %d2, %s : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %d4 = wav.matmul %d3, %n : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %d4 : tensor<8x8xf32>
}
