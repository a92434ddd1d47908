// RUN: wav-opt %s -wav-lower-kernels | FileCheck %s

// The row program of one op, as RMSNormOp::emitRow states it.

// CHECK:      %[[X:.*]] = vector.load %{{.*}} : memref<64x128xf32>, vector<128xf32>
// CHECK:      %[[GAIN:.*]] = vector.load %{{.*}} : memref<128xf32>, vector<128xf32>
// CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[X]], %[[X]] : vector<128xf32>
// CHECK-NEXT: %[[SUM:.*]] = vector.reduction <add>, %[[SQUARE]]
// CHECK-NEXT: %[[INVERSE:.*]] = arith.constant 7.812500e-03 : f32
// CHECK-NEXT: %[[MEAN:.*]] = arith.mulf %[[SUM]], %[[INVERSE]]
// CHECK-NEXT: %[[EPSILON:.*]] = arith.constant 9.99999997E-7 : f32
// CHECK-NEXT: %[[SHIFTED:.*]] = arith.addf %[[MEAN]], %[[EPSILON]]
// CHECK-NEXT: %[[ROOT:.*]] = math.sqrt %[[SHIFTED]]
// CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[RHO:.*]] = arith.divf %[[ONE]], %[[ROOT]]
// CHECK-NEXT: %[[GAINED:.*]] = arith.mulf %[[GAIN]], %[[X]]
// CHECK-NEXT: %[[RHOS:.*]] = vector.broadcast %[[RHO]]
// CHECK-NEXT: %[[RESULT:.*]] = arith.mulf %[[GAINED]], %[[RHOS]]
// CHECK:      vector.store %[[RESULT]]
wav.kernel @norm attributes {rows = 64 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<64x128xf32>, %g: tensor<128xf32>):
  %0 = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64}
    : (tensor<64x128xf32>, tensor<128xf32>) -> tensor<64x128xf32>
  wav.yield %0 : tensor<64x128xf32>
}
