// RUN: wav-opt %s | wav-opt | FileCheck %s
// RUN: wav-opt %s --mlir-print-op-generic | wav-opt | FileCheck %s

// CHECK: wav.constant at 64 dense<1.000000e+00> : tensor<4xf32>
wav.constant at 64 dense<1.0> : tensor<4xf32>

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%x: tensor<4x4xf32>, %g: tensor<4xf32>, %dy: tensor<4x4xf32>):
  %dx, %dg = wav.rms_norm_grad %x, %g, %dy {epsilon = 1.0}
      : (tensor<4x4xf32>, tensor<4xf32>, tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4xf32>)
  wav.yield %dx, %dg : tensor<4x4xf32>, tensor<4xf32>
}

// CHECK: wav.schedule @f {
// CHECK-NEXT: %[[X:.*]] = wav.view io[0] : memref<4x4xf32>
// CHECK-NEXT: %[[G:.*]] = wav.view parameters[64] : memref<4xf32>
// CHECK-NEXT: %[[P:.*]] = wav.view scratch[0] : memref<2x4xf32>
// CHECK-NEXT: %[[N:.*]] = wav.null : memref<0xi32>
// CHECK-NEXT: %{{.*}} = wav.table(%[[X]], %[[X]]) : (memref<4x4xf32>, memref<4x4xf32>) -> !wav.bank<2 x tensor<4x4xf32>>
// CHECK-NEXT: %[[L:.*]] = wav.view scratch[32] : memref<4xf32>
// CHECK-NEXT: %[[I:.*]] = wav.view constants[0] : memref<i32>
// CHECK-NEXT: %{{.*}} = wav.table(%[[X]], %[[L]], %[[I]]) : (memref<4x4xf32>, memref<4xf32>, memref<i32>) -> !wav.bank<1 x tensor<4x4xf32>, scaled, biased>
// CHECK-NEXT: wav.input "x" %[[X]] : memref<4x4xf32>
// CHECK-NEXT: wav.input "g" %[[G]] fill {kind = "learning_rate"} : memref<4xf32>
// CHECK-NEXT: wav.launch @k(%[[X]], %[[G]], %[[X]], %[[X]], %[[P]]) {
// CHECK-NEXT: wav.call "wavrt_attention_f32"(%[[X]], %[[X]], %[[X]], %[[N]], %[[X]], %[[L]], %[[L]]) [1, 4, 4, 1, 4] {
// CHECK-NEXT: wav.output "y" %[[X]] : memref<4x4xf32>
wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  %g = wav.view parameters[64] : memref<4xf32>
  %p = wav.view scratch[0] : memref<2x4xf32>
  %n = wav.null : memref<0xi32>
  %t = wav.table(%x, %x) : (memref<4x4xf32>, memref<4x4xf32>) -> !wav.bank<2 x tensor<4x4xf32>>
  %l = wav.view scratch[32] : memref<4xf32>
  %i = wav.view constants[0] : memref<i32>
  %u = wav.table(%x, %l, %i) : (memref<4x4xf32>, memref<4xf32>, memref<i32>) -> !wav.bank<1 x tensor<4x4xf32>, scaled, biased>
  wav.input "x" %x : memref<4x4xf32>
  wav.input "g" %g fill {kind = "learning_rate"} : memref<4xf32>
  wav.launch @k(%x, %g, %x, %x, %p) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<2x4xf32>
  wav.call "wavrt_attention_f32"(%x, %x, %x, %n, %x, %l, %l) [1, 4, 4, 1, 4] {category = "other", bytes = 1 : i64, flops = 1 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>, memref<4xf32>, memref<4xf32>
  wav.output "y" %x : memref<4x4xf32>
}
