// RUN: wav-opt %s -wav-distribute-rows -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// A warp a row, eight groups of lanes, which take every eighth row. One lane
// stores what all lanes of a row know.

// CHECK-LABEL: func.func @WarpARow(
// CHECK-SAME:    attributes {nvvm.minctasm = 2 : i32, wav.lanes = 32 : i64, wav.threads = 256 : i64}
// CHECK-DAG:     %[[LANE:.*]] = arith.remui %[[THREAD:.*]], %c32
// CHECK-DAG:     %[[GROUP:.*]] = arith.divui %[[THREAD]], %c32
// CHECK:         %[[ISFIRST:.*]] = arith.cmpi eq, %[[LANE]], %c0
// CHECK:         %[[FIRST:.*]] = arith.addi %arg2, %[[GROUP]]
// CHECK:         scf.for %[[ROW:.*]] = %[[FIRST]] to %arg3 step %c8
// CHECK:           scf.if %[[ISFIRST]] {
// CHECK-NEXT:        memref.store %{{.*}}, %arg1[%[[ROW]]]
func.func @WarpARow(%m: memref<64x512xf32>, %r: memref<64xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
    %s = vector.reduction <add>, %x : vector<512xf32> into f32
    memref.store %s, %r[%row] : memref<64xf32>
  } {wav.rows = 64 : i64}
  return
}

// -----

// Half a warp where that leaves no lane idle.

// CHECK-LABEL: func.func @HalfAWarpARow(
// CHECK-SAME:    wav.lanes = 16 : i64, wav.threads = 256 : i64
func.func @HalfAWarpARow(%m: memref<64x384xbf16>, %r: memref<64xbf16>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%row, %c0] : memref<64x384xbf16>, vector<384xbf16>
    %y = arith.extf %x : vector<384xbf16> to vector<384xf32>
    %s = vector.reduction <add>, %y : vector<384xf32> into f32
    %n = arith.truncf %s : f32 to bf16
    memref.store %n, %r[%row] : memref<64xbf16>
  } {wav.rows = 64 : i64}
  return
}

// -----

// Not more groups than rows.

// CHECK-LABEL: func.func @FewRows(
// CHECK-SAME:    wav.lanes = 32 : i64, wav.threads = 64 : i64
func.func @FewRows(%m: memref<64x512xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
    %s = vector.reduction <add>, %x : vector<512xf32> into f32
    %b = vector.broadcast %s : f32 to vector<512xf32>
    vector.store %b, %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
  } {wav.rows = 2 : i64}
  return
}

// -----

// One row takes as many lanes as it has pieces of 16 bytes.

// CHECK-LABEL: func.func @OneRow(
// CHECK-SAME:    wav.lanes = 128 : i64, wav.threads = 128 : i64
func.func @OneRow(%m: memref<512xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%c0] : memref<512xf32>, vector<512xf32>
    %y = arith.addf %x, %x : vector<512xf32>
    vector.store %y, %m[%c0] : memref<512xf32>, vector<512xf32>
  } {wav.rows = 1 : i64}
  return
}

// -----

// Numbers alone: a thread a row.

// CHECK-LABEL: func.func @Numbers(
// CHECK-SAME:    wav.lanes = 1 : i64, wav.threads = 64 : i64
func.func @Numbers(%args: !llvm.ptr, %partition: i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %x = wav.argument %args[0] : memref<64xf32>
  %y = wav.argument %args[1] : memref<64xf32>
  scf.for %row = %c0 to %c64 step %c1 {
    %0 = memref.load %x[%row] : memref<64xf32>
    %1 = arith.mulf %0, %0 : f32
    memref.store %1, %y[%row] : memref<64xf32>
  } {wav.rows = 64 : i64}
  return
}

// -----

// Rows that would not fit the registers of a warp: a block a row.

// CHECK-LABEL: func.func @BlockARow(
// CHECK-SAME:    wav.lanes = 256 : i64, wav.threads = 256 : i64
// CHECK:         scf.for %{{.*}} = %arg1 to %arg2 step %c1
func.func @BlockARow(%m: memref<64x16384xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%row, %c0] : memref<64x16384xf32>, vector<16384xf32>
    %s = vector.reduction <add>, %x : vector<16384xf32> into f32
    %b = vector.broadcast %s : f32 to vector<16384xf32>
    %y = arith.addf %x, %b : vector<16384xf32>
    vector.store %y, %m[%row, %c0] : memref<64x16384xf32>, vector<16384xf32>
  } {wav.rows = 64 : i64}
  return
}

// -----

// Sums over the rows: each group stores its own; the first adds the others' in
// order and stores the result. The buffer is used again for the second sum.

// CHECK:         memref.global "private" @Sums_sums : memref<8x512xf32, 3> {alignment = 16 : i64}
// CHECK-LABEL: func.func @Sums(
// CHECK-DAG:     %[[LANE:.*]] = arith.remui
// CHECK-DAG:     %[[GROUP:.*]] = arith.divui
// CHECK-DAG:     %[[ISLANE:.*]] = arith.cmpi eq, %[[LANE]], %c0
// CHECK-DAG:     %[[ISGROUP:.*]] = arith.cmpi eq, %[[GROUP]], %c0
// CHECK:         %[[SUMS:.*]]:2 = scf.for
// CHECK:         %[[SHARED:.*]] = memref.get_global @Sums_sums
// CHECK-NEXT:    vector.store %[[SUMS]]#0, %[[SHARED]][%[[GROUP]], %c0]
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    %[[TOTAL:.*]] = scf.if %[[ISGROUP]]
// CHECK-NEXT:      %[[ADDED:.*]] = scf.for %[[G:.*]] = %c1 to %c8 step %c1 iter_args(%[[A:.*]] = %[[SUMS]]#0)
// CHECK-NEXT:        %[[B:.*]] = vector.load %[[SHARED]][%[[G]], %c0]
// CHECK-NEXT:        %[[C:.*]] = arith.addf %[[A]], %[[B]]
// CHECK-NEXT:        scf.yield %[[C]]
// CHECK:           scf.yield %[[ADDED]]
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %[[SUMS]]#0
// CHECK:         gpu.barrier
// CHECK-NEXT:    scf.if %[[ISLANE]] {
// CHECK-NEXT:      memref.store %[[SUMS]]#1, %[[SHARED]][%[[GROUP]], %c0]
// CHECK:         gpu.barrier
// CHECK-NEXT:    scf.if %[[ISGROUP]] {
// CHECK-NEXT:      %[[NUMBER:.*]] = scf.for
// CHECK-NEXT:        memref.load %[[SHARED]]
// CHECK:           vector.store %[[TOTAL]], %arg1
// CHECK:           scf.if %[[ISLANE]] {
// CHECK-NEXT:        memref.store %[[NUMBER]], %arg2
func.func @Sums(%m: memref<64x512xf32>, %rows: memref<2x512xf32>, %numbers: memref<2xf32>, %p: index, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<512xf32>
  %sums:2 = scf.for %row = %from to %to step %c1 iter_args(%a = %zeros, %b = %zero) -> (vector<512xf32>, f32) {
    %x = vector.load %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
    %s = vector.reduction <add>, %x : vector<512xf32> into f32
    %na = arith.addf %a, %x : vector<512xf32>
    %nb = arith.addf %b, %s : f32
    scf.yield %na, %nb : vector<512xf32>, f32
  } {wav.rows = 64 : i64}
  vector.store %sums#0, %rows[%p, %c0] : memref<2x512xf32>, vector<512xf32>
  memref.store %sums#1, %numbers[%p] : memref<2xf32>
  return
}

// -----

// A number that the kernel stores is read by the lane that stores it.

// CHECK-LABEL: func.func @NumbersAddedTo(
// CHECK:         scf.if %[[ISFIRST:.*]] -> (f32) {
// CHECK-NEXT:      memref.load %arg1
// CHECK:         scf.if %[[ISFIRST]] {
// CHECK-NEXT:      memref.store %{{.*}}, %arg1
func.func @NumbersAddedTo(%m: memref<64x512xf32>, %r: memref<64xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %old = memref.load %r[%row] : memref<64xf32>
    %x = vector.load %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
    %s = vector.reduction <add>, %x : vector<512xf32> into f32
    %new = arith.addf %old, %s : f32
    memref.store %new, %r[%row] : memref<64xf32>
  } {wav.rows = 64 : i64}
  return
}

// -----

// Rows must not depend on it.

func.func @NumbersReadAgain(%m: memref<64x512xf32>, %r: memref<64xf32>, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %row = %from to %to step %c1 {
    %x = vector.load %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
    %s = vector.reduction <add>, %x : vector<512xf32> into f32
    memref.store %s, %r[%row] : memref<64xf32>
    // expected-error @below {{reads numbers that the kernel stores}}
    %again = memref.load %r[%row] : memref<64xf32>
    %b = vector.broadcast %again : f32 to vector<512xf32>
    vector.store %b, %m[%row, %c0] : memref<64x512xf32>, vector<512xf32>
  } {wav.rows = 64 : i64}
  return
}
