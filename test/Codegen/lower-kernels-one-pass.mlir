// RUN: wav-opt %s -wav-lower-kernels=one-pass -canonicalize -cse -split-input-file | FileCheck %s

// No numbers are kept in lists, so nothing is allocated.
// CHECK-NOT: memref.alloca

// The loop over the rows carries sums, which are stored once.

// CHECK-LABEL: func.func @SumsAreCarried(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK:         %[[P:.*]] = arith.index_cast
// CHECK:         %[[GAIN:.*]] = wav.argument %{{.*}}[3] : memref<4x8xf32>
// CHECK:         %[[SQUARES:.*]] = wav.argument %{{.*}}[4] : memref<4xf32>
// CHECK:         %[[SUMS:.*]]:2 = scf.for %{{.*}} iter_args(%[[A:.*]] = %[[ZEROS]], %[[B:.*]] = %[[ZERO]])
// CHECK-NOT:       store
// CHECK:           %[[A2:.*]] = arith.addf %[[A]], %{{.*}} : vector<8xf32>
// CHECK:           %[[B2:.*]] = arith.addf %[[B]], %{{.*}} : f32
// CHECK:           scf.yield %[[A2]], %[[B2]]
// CHECK-NEXT:    } {wav.rows = 4 : i64}
// CHECK-DAG:     vector.store %[[SUMS]]#0, %[[GAIN]][%[[P]], %{{.*}}]
// CHECK-DAG:     memref.store %[[SUMS]]#1, %[[SQUARES]][%[[P]]]
wav.kernel @SumsAreCarried attributes {rows = 13 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<13x8xf32>, %g: tensor<8xf32>, %dy: tensor<13x8xf32>):
  %dx, %dg = wav.rms_norm_grad %x, %g, %dy {epsilon = 1.0e-6 : f64}
    : (tensor<13x8xf32>, tensor<8xf32>, tensor<13x8xf32>) -> (tensor<13x8xf32>, tensor<8xf32>)
  %s = wav.sum_squares %x : (tensor<13x8xf32>) -> tensor<f32>
  wav.yield %dg, %s : tensor<8xf32>, tensor<f32>
}

// -----

// A read is one loop that carries its softmax: the largest logit, the sum of
// exponentials and the weighted row; and what it will treat next, a source's row
// and scale. The last source is loaded twice.

// CHECK-LABEL: func.func @Read(
// CHECK:         scf.for
// CHECK:           %[[FIRST:.*]] = wav.bank_row %[[BANK:.*]][%c0]
// CHECK:           %[[ROW0:.*]] = vector.load %[[FIRST]]
// CHECK:           %[[SCALE0:.*]] = memref.load
// CHECK:           %[[LAST:.*]] = arith.subi %[[SIZE:.*]], %c1
// CHECK:           scf.for %[[K:.*]] = %c0 to %[[SIZE]] step %c1 iter_args(%[[ROW:.*]] = %[[ROW0]], %[[SCALE:.*]] = %[[SCALE0]], %[[MAX:.*]] = %{{.*}}, %[[SUM:.*]] = %{{.*}}, %[[MIX:.*]] = %{{.*}}) -> (vector<8xf32>, f32, f32, f32, vector<8xf32>)
// CHECK:             %[[K1:.*]] = arith.addi %[[K]], %c1
// CHECK:             %[[NEXT:.*]] = arith.minsi %[[K1]], %[[LAST]]
// CHECK:             %[[BUFFER:.*]] = wav.bank_row %[[BANK]][%[[NEXT]]]
// CHECK:             %[[NEXTROW:.*]] = vector.load %[[BUFFER]]
// CHECK:             %[[NEXTSCALE:.*]] = memref.load
// CHECK:             arith.mulf %[[ROW]], %[[ROW]]
// CHECK-COUNT-2:     vector.reduction
// CHECK:             %[[NEWMAX:.*]] = arith.select %{{.*}}, %[[LOGIT:.*]], %[[MAX]]
// CHECK:             %[[SHRINK:.*]] = arith.subf %[[MAX]], %[[NEWMAX]]
// CHECK:             %[[RESCALE:.*]] = math.exp %[[SHRINK]]
// CHECK:             %[[SHIFTED:.*]] = arith.subf %[[LOGIT]], %[[NEWMAX]]
// CHECK:             %[[EXP:.*]] = math.exp %[[SHIFTED]]
// CHECK:             %[[OLD:.*]] = arith.mulf %[[SUM]], %[[RESCALE]]
// CHECK:             %[[NEWSUM:.*]] = arith.addf %[[OLD]], %[[EXP]]
// CHECK:             %[[NEWMIX:.*]] = arith.addf %{{.*}} : vector<8xf32>
// CHECK:             scf.yield %[[NEXTROW]], %[[NEXTSCALE]], %[[NEWMAX]], %[[NEWSUM]], %[[NEWMIX]]
// CHECK-NOT:       scf.for
// CHECK:           vector.store
wav.kernel @Read attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%q: tensor<8xf32>, %bank: !wav.bank<? x tensor<4x8xf32>, scaled>):
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>, scaled>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  wav.yield %y : tensor<4x8xf32>
}

// -----

// Its gradient visits the sources twice. The second visit goes on with the sums
// over the rows; that of the biases is a row with one element a bias.

// CHECK-LABEL: func.func @ReadGrad(
// CHECK:         scf.for %{{.*}} iter_args(%[[DQ:.*]] = %{{.*}}, %[[DB:.*]] = %{{.*}}) -> (vector<8xf32>, vector<3xf32>)
// CHECK:           scf.for %{{.*}} -> (vector<8xf32>, f32, f32, f32, f32)
// CHECK-COUNT-3:     vector.reduction
// CHECK-NOT:         vector.store
// The next gradient so far is loaded with the next row.
// CHECK:           %[[SOFAR0:.*]] = vector.load
// CHECK:           %[[SUMS:.*]]:5 = scf.for %{{.*}} iter_args(%{{.*}}, %{{.*}}, %[[SOFAR:.*]] = %[[SOFAR0]], %{{.*}} = %[[DQ]], %[[DB2:.*]] = %[[DB]]) -> (vector<8xf32>, f32, vector<8xf32>, vector<8xf32>, vector<3xf32>)
// CHECK:             %[[NEXTROW:.*]] = vector.load
// CHECK:             %[[NEXTSOFAR:.*]] = vector.load
// CHECK-COUNT-3:     vector.reduction
// CHECK:             %[[ISKIND:.*]] = arith.cmpi eq, %{{.*}} : vector<3xi32>
// CHECK:             %[[SHARE:.*]] = arith.select %[[ISKIND]]
// CHECK:             arith.addf %[[DB2]], %[[SHARE]]
// CHECK:             arith.addf %[[SOFAR]], %{{.*}}
// CHECK:             vector.store
// CHECK:             scf.yield %[[NEXTROW]], %{{.*}}, %[[NEXTSOFAR]]
// CHECK:           scf.yield %[[SUMS]]#3, %[[SUMS]]#4
wav.kernel @ReadGrad attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%q: tensor<8xf32>, %bias: tensor<3xf32>, %bank: !wav.bank<? x tensor<4x8xf32>, scaled, biased>,
     %dy: tensor<4x8xf32>, %acc: !wav.bank<? x tensor<4x8xf32>>):
  %dq, %db, %dbank = wav.read_grad query(%q bias %bias) bank(%bank) grad(%dy) into(%acc) {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, tensor<3xf32>, !wav.bank<? x tensor<4x8xf32>, scaled, biased>, tensor<4x8xf32>, !wav.bank<? x tensor<4x8xf32>>) -> (tensor<8xf32>, tensor<3xf32>, !wav.bank<? x tensor<4x8xf32>>)
  wav.yield %dq, %db, %dbank : tensor<8xf32>, tensor<3xf32>, !wav.bank<? x tensor<4x8xf32>>
}
