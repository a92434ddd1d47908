// RUN: wav-opt %s -wav-lower-kernels -canonicalize -cse -split-input-file | FileCheck %s

// Slots are the arguments, then what the kernel yields. A value that is not
// yielded is used directly.

// CHECK-LABEL: func.func @InternalValuesAreNotStored(
// CHECK-SAME:    %[[ARGS:.*]]: !llvm.ptr, %[[PARTITION:.*]]: i64)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C13:.*]] = arith.constant 13 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK:         %[[P:.*]] = arith.index_cast %[[PARTITION]] : i64 to index
// CHECK:         %[[X:.*]] = wav.argument %[[ARGS]][0] : memref<13x8xf32>
// CHECK:         %[[Y:.*]] = wav.argument %[[ARGS]][1] : memref<13x8xf32>
// CHECK:         %[[R:.*]] = wav.argument %[[ARGS]][2] : memref<13x8xf32>
// CHECK:         %[[FROM:.*]] = arith.muli %[[P]], %[[C4]]
// CHECK:         %[[NEXT:.*]] = arith.addi %[[FROM]], %[[C4]]
// CHECK:         %[[TO:.*]] = arith.minsi %[[NEXT]], %[[C13]]
// CHECK:         scf.for %[[ROW:.*]] = %[[FROM]] to %[[TO]] step %[[C1]] {
// CHECK:           %[[XROW:.*]] = vector.load %[[X]][%[[ROW]], %[[C0]]]
// CHECK:           %[[YROW:.*]] = vector.load %[[Y]][%[[ROW]], %[[C0]]]
// CHECK:           %[[SUM:.*]] = arith.addf %[[XROW]], %[[YROW]] : vector<8xf32>
// CHECK:           %[[RESULT:.*]] = arith.addf %[[SUM]], %[[XROW]]
// CHECK-NEXT:      vector.store %[[RESULT]], %[[R]][%[[ROW]], %[[C0]]]
// CHECK-NEXT:    } {wav.rows = 4 : i64}
wav.kernel @InternalValuesAreNotStored attributes {rows = 13 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<13x8xf32>, %y: tensor<13x8xf32>):
  %0 = wav.combine %x, %y {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<13x8xf32>, tensor<13x8xf32>) -> tensor<13x8xf32>
  %1 = wav.combine %0, %x {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<13x8xf32>, tensor<13x8xf32>) -> tensor<13x8xf32>
  wav.yield %1 : tensor<13x8xf32>
}

// -----

// A sum over the rows is accumulated in the slice of the partition, which is
// set to zero even if there are no rows.

// CHECK-LABEL: func.func @SumsAreSplitByPartition(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK:         %[[P:.*]] = arith.index_cast
// CHECK:         %[[GAIN:.*]] = wav.argument %{{.*}}[3] : memref<4x8xf32>
// CHECK:         %[[SQUARES:.*]] = wav.argument %{{.*}}[4] : memref<4xf32>
// CHECK:         vector.store %[[ZEROS]], %[[GAIN]][%[[P]], %{{.*}}]
// CHECK:         memref.store %[[ZERO]], %[[SQUARES]][%[[P]]]
// CHECK:         scf.for
// CHECK:           %[[OLD:.*]] = vector.load %[[GAIN]][%[[P]], %{{.*}}]
// CHECK:           %[[NEW:.*]] = arith.addf %[[OLD]], %{{.*}} : vector<8xf32>
// CHECK:           vector.store %[[NEW]], %[[GAIN]][%[[P]], %{{.*}}]
// CHECK:           %[[SUM:.*]] = vector.reduction
// CHECK:           %[[OLDSUM:.*]] = memref.load %[[SQUARES]][%[[P]]]
// CHECK:           %[[NEWSUM:.*]] = arith.addf %[[OLDSUM]], %[[SUM]]
// CHECK:           memref.store %[[NEWSUM]], %[[SQUARES]][%[[P]]]
wav.kernel @SumsAreSplitByPartition attributes {rows = 13 : i64, partitions = 4 : i64} {
^bb0(%x: tensor<13x8xf32>, %g: tensor<8xf32>, %dy: tensor<13x8xf32>):
  %dx, %dg = wav.rms_norm_grad %x, %g, %dy {epsilon = 1.0e-6 : f64}
    : (tensor<13x8xf32>, tensor<8xf32>, tensor<13x8xf32>) -> (tensor<13x8xf32>, tensor<8xf32>)
  %s = wav.sum_squares %x : (tensor<13x8xf32>) -> tensor<f32>
  wav.yield %dg, %s : tensor<8xf32>, tensor<f32>
}

// -----

// A result that updates an argument has no slot of its own.

// CHECK-LABEL: func.func @UpdatesAreInPlace(
// CHECK:         %[[ACC:.*]] = wav.argument %{{.*}}[3] : !wav.bank<? x tensor<4x8xf32>>
// CHECK:         wav.argument %{{.*}}[4] : memref<2x8xf32>
// CHECK-NOT:     wav.argument
// CHECK:         scf.for
// CHECK:           %[[SOURCE:.*]] = wav.bank_row %[[ACC]]
// CHECK:           vector.load %[[SOURCE]]
// CHECK:           vector.store %{{.*}}, %[[SOURCE]]
wav.kernel @UpdatesAreInPlace attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%q: tensor<8xf32>, %bank: !wav.bank<? x tensor<4x8xf32>, scaled>,
     %dy: tensor<4x8xf32>, %acc: !wav.bank<? x tensor<4x8xf32>>):
  %dq, %dbank = wav.read_grad query(%q) bank(%bank) grad(%dy) into(%acc) {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>, scaled>, tensor<4x8xf32>, !wav.bank<? x tensor<4x8xf32>>) -> (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>>)
  wav.yield %dq, %dbank : tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>>
}

// -----

// CHECK-LABEL: func.func @FillsAreConstants(
// CHECK:         %[[TWO:.*]] = arith.constant dense<2.000000e+00> : vector<8xf32>
// CHECK:         arith.addf %{{.*}}, %[[TWO]]
wav.kernel @FillsAreConstants attributes {rows = 4 : i64, partitions = 1 : i64} {
^bb0(%x: tensor<4x8xf32>):
  %two = wav.fill {value = 2.0 : f64} : tensor<4x8xf32>
  %0 = wav.combine %x, %two {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  wav.yield %0 : tensor<4x8xf32>
}

// -----

// Arithmetic is in f32 whatever is stored.

// CHECK-LABEL: func.func @Bfloat16(
// CHECK:         %[[X:.*]] = vector.load %{{.*}} : memref<4x8xbf16>, vector<8xbf16>
// CHECK-NEXT:    %[[WIDE:.*]] = arith.extf %[[X]] : vector<8xbf16> to vector<8xf32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %[[WIDE]], %[[WIDE]] : vector<8xf32>
// CHECK-NEXT:    %[[NARROW:.*]] = arith.truncf %[[SUM]] : vector<8xf32> to vector<8xbf16>
// CHECK-NEXT:    vector.store %[[NARROW]]
wav.kernel @Bfloat16 attributes {rows = 4 : i64, partitions = 1 : i64} {
^bb0(%x: tensor<4x8xbf16>):
  %0 = wav.combine %x, %x {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<4x8xbf16>, tensor<4x8xbf16>) -> tensor<4x8xbf16>
  wav.yield %0 : tensor<4x8xbf16>
}
