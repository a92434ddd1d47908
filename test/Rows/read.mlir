// RUN: wav-opt %s -wav-lower-kernels -wav-strip-rows='unroll=1' -canonicalize -cse | FileCheck %s

// The two-phase read (lib/Rows/Read.cpp). The logit of the open source; those of
// the bank's sources, each row read once for both of its reductions; the weights,
// a chunk of sources at a time; the weighted sum, sources innermost.

// CHECK-LABEL: func.func @read
// CHECK:       scf.for %[[ROW:[a-z0-9]+]] =
// CHECK:         scf.for %{{.*}} = %c0 to %c128 step %c16 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK:         memref.store %{{.*}}, %[[SCALES:.*]][%[[SIZE:.*]]]
// CHECK-NEXT:    memref.store %{{.*}}, %[[LOGITS:.*]][%[[SIZE]]]
// CHECK:         scf.for %[[K:.*]] = %c0 to %[[SIZE]] step %c1 iter_args
// CHECK:           scf.for %{{.*}} = %c0 to %c128 step %c16 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK:           math.sqrt
// CHECK:           memref.store %{{.*}}, %[[LOGITS]][%[[K]]]
// CHECK:         scf.for %{{.*}} step %c16
// CHECK:           vector.load %[[LOGITS]]
// CHECK:           math.exp
// CHECK:           vector.store %{{.*}}, %[[WEIGHTS:.*]][
// CHECK:         scf.for %[[O:.*]] = %c0 to %c128 step %c16 {
// CHECK:           scf.for %[[K:.*]] = %c0 to %[[SIZE]] step %c1 iter_args
// CHECK:             wav.bank_row %{{.*}}[%[[K]]]
// CHECK:             vector.load %{{.*}}[%[[ROW]], %[[O]]]
// CHECK:             memref.load %[[WEIGHTS]][%[[K]]]
// CHECK:           vector.store
// CHECK-NOT:     scf.for
wav.kernel @read attributes {rows = 64 : i64, partitions = 4 : i64} {
^bb0(%q: tensor<128xf32>, %bank: !wav.bank<? x tensor<64x128xf32>, scaled>,
     %u: tensor<64x128xf32>):
  %source = wav.source %u : (tensor<64x128xf32>) -> !wav.bank<1 x tensor<64x128xf32>>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%source) {epsilon = 1.0e-6 : f64}
      : (tensor<128xf32>, !wav.bank<? x tensor<64x128xf32>, scaled>, !wav.bank<1 x tensor<64x128xf32>>) -> (tensor<64x128xf32>, tensor<64xf32>, tensor<64xf32>)
  wav.yield %y : tensor<64x128xf32>
}
