// RUN: wav-opt %s -wav-lower-kernels=one-pass -wav-lane-pipeline -split-input-file | FileCheck %s

// Whole rows are gone, and nothing lies in local memory.
// CHECK-NOT: vector<{{9|[1-9][0-9]+}}x
// CHECK-NOT: memref.alloca

// A loss over a vocabulary is cut into strips of 4096, eight elements for each
// of 256 lanes, twice,, and a rest of 1152: 144 lanes have a piece. Its exponentials
// are computed again rather than kept.

// CHECK-LABEL: func.func @Loss(
// CHECK-SAME:    wav.threads = 256
// CHECK:         %[[LAST:.*]] = arith.cmpi ult, %{{.*}}, %c144
// CHECK:         scf.for
// CHECK:           %[[MAX:.*]] = scf.for %[[O:.*]] = %c0 to %c49152 step %c4096 iter_args(%{{.*}}) -> (vector<8xf32>, vector<8xf32>)
// CHECK:             vector.load {{.*}} {alignment = 16 : i64} : memref<64x50304xbf16>, vector<8xbf16>
// CHECK:           arith.select %[[LAST]]
// CHECK:           gpu.barrier
// CHECK:           scf.for %{{.*}} = %c0 to %c49152 step %c4096
// CHECK:             math.exp
// CHECK:           scf.for %{{.*}} = %c0 to %c49152 step %c4096
// CHECK:             math.exp
// CHECK:             vector.store {{.*}} {alignment = 16 : i64}
// CHECK:           math.exp
// CHECK:           scf.if %[[LAST]] {
// CHECK:             vector.store
wav.kernel @Loss attributes {rows = 64 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<64x50304xbf16>, %t: tensor<64xi32>, %g: tensor<f32>):
  %dx = wav.cross_entropy_grad %x, %t, %g : (tensor<64x50304xbf16>, tensor<64xi32>, tensor<f32>) -> tensor<64x50304xbf16>
  wav.yield %dx : tensor<64x50304xbf16>
}

// -----

// CHECK-LABEL: func.func @Narrow(
// CHECK-SAME:    wav.threads = 256
// CHECK:         arith.remui %{{.*}}, %c16
wav.kernel @Narrow attributes {rows = 64 : i64, partitions = 1 : i64} {
^bb0(%x: tensor<64x73xf32>, %t: tensor<64xi32>):
  %loss = wav.cross_entropy %x, %t : (tensor<64x73xf32>, tensor<64xi32>) -> tensor<f32>
  wav.yield %loss : tensor<f32>
}
