// RUN: wav-opt %s -wav-distribute-lanes -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// A row of 256 in 32 lanes is two pieces of 16 bytes. A reduction adds the
// pieces, the halves of what is left, and exchanges with lanes ever nearer.

// CHECK-LABEL: func.func @Reduction(
// CHECK-NOT:     wav.lanes
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[LANE:.*]] = arith.remui %[[THREAD]], %c32
// CHECK:         %[[P0:.*]] = arith.muli %[[LANE]], %c4
// CHECK:         %[[P1:.*]] = arith.addi %[[P0]], %c128
// CHECK:         %[[X0:.*]] = vector.load %arg0[%arg2, %[[P0]]] {alignment = 16 : i64} : memref<64x256xf32>, vector<4xf32>
// CHECK:         %[[X1:.*]] = vector.load %arg0[%arg2, %[[P1]]] {alignment = 16 : i64} : memref<64x256xf32>, vector<4xf32>
// CHECK:         %[[SUM:.*]] = arith.addf %[[X0]], %[[X1]] : vector<4xf32>
// CHECK:         %[[LOW:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [0, 1]
// CHECK:         %[[HIGH:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [2, 3]
// CHECK:         arith.addf %[[LOW]], %[[HIGH]] : vector<2xf32>
// CHECK:         %[[S:.*]] = vector.extract
// CHECK:         %[[S16:.*]] = nvvm.shfl.sync bfly %c-1_i32, %[[S]], %c16_i32, %c31_i32
// CHECK:         %[[T16:.*]] = arith.addf %[[S]], %[[S16]]
// CHECK:         %[[S8:.*]] = nvvm.shfl.sync bfly %c-1_i32, %[[T16]], %c8_i32, %c31_i32
// CHECK:         nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c4_i32
// CHECK:         nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c2_i32
// CHECK:         %[[S1:.*]] = nvvm.shfl.sync bfly %c-1_i32, %[[T2:.*]], %c1_i32
// CHECK:         %[[T1:.*]] = arith.addf %[[T2]], %[[S1]]
// CHECK:         memref.store %[[T1]]
func.func @Reduction(%m: memref<64x256xf32>, %r: memref<64xf32>, %row: index) attributes {wav.lanes = 32 : i64, wav.threads = 128 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%row, %c0] : memref<64x256xf32>, vector<256xf32>
  %s = vector.reduction <add>, %x : vector<256xf32> into f32
  memref.store %s, %r[%row] : memref<64xf32>
  return
}

// -----

// Rows that share a warp exchange among themselves only.

// CHECK-LABEL: func.func @LessThanAWarp(
// CHECK-DAG:     %[[LANE:.*]] = arith.remui %[[THREAD:.*]], %c8
// CHECK-DAG:     %[[OFWARP:.*]] = arith.remui %[[THREAD]], %c32
// CHECK:         %[[FIRST:.*]] = arith.subi %[[OFWARP]], %[[LANE]]
// CHECK:         %[[SHIFT:.*]] = arith.index_cast %[[FIRST]]
// CHECK:         %[[MASK:.*]] = arith.shli %c255_i32, %[[SHIFT]]
// CHECK-NOT:     %c8_i32
// CHECK:         nvvm.shfl.sync bfly %[[MASK]], %{{.*}}, %c4_i32
// CHECK:         nvvm.shfl.sync bfly %[[MASK]], %{{.*}}, %c2_i32
// CHECK:         nvvm.shfl.sync bfly %[[MASK]], %{{.*}}, %c1_i32
func.func @LessThanAWarp(%m: memref<64x64xf32>, %r: memref<64xf32>, %row: index) attributes {wav.lanes = 8 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%row, %c0] : memref<64x64xf32>, vector<64xf32>
  %s = vector.reduction <add>, %x : vector<64xf32> into f32
  memref.store %s, %r[%row] : memref<64xf32>
  return
}

// -----

// 20 elements are five chunks for four lanes: only the first lane has a second
// piece. The others have zero, which the reduction takes for a neutral element,
// and do not store.

// CHECK-LABEL: func.func @Partial(
// CHECK-DAG:     %[[NEUTRAL:.*]] = arith.constant dense<0xFF800000> : vector<4xf32>
// CHECK:         %[[LANE:.*]] = arith.remui %{{.*}}, %c4
// CHECK:         %[[P0:.*]] = arith.muli %[[LANE]], %c4
// CHECK:         %[[P1:.*]] = arith.addi %[[P0]], %c16
// CHECK:         %[[HAS:.*]] = arith.cmpi ult, %[[LANE]], %c1
// CHECK:         %[[X0:.*]] = vector.load %arg0[%arg1, %[[P0]]] {alignment = 16 : i64}
// CHECK:         %[[X1:.*]] = scf.if %[[HAS]]
// CHECK-NEXT:      vector.load %arg0[%arg1, %[[P1]]] {alignment = 16 : i64}
// CHECK:         } else {
// CHECK-NEXT:      scf.yield %{{.*}} : vector<4xf32>
// CHECK:         %[[KNOWN:.*]] = arith.select %[[HAS]], %[[X1]], %[[NEUTRAL]] : vector<4xf32>
// CHECK:         arith.maximumf %[[X0]], %[[KNOWN]]
// CHECK:         vector.store %{{.*}}, %arg0[%arg1, %[[P0]]]
// CHECK-NEXT:    scf.if %[[HAS]] {
// CHECK-NEXT:      vector.store %{{.*}}, %arg0[%arg1, %[[P1]]]
func.func @Partial(%m: memref<64x20xf32>, %row: index) attributes {wav.lanes = 4 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%row, %c0] : memref<64x20xf32>, vector<20xf32>
  %s = vector.reduction <maxnumf>, %x : vector<20xf32> into f32
  %b = vector.broadcast %s : f32 to vector<20xf32>
  %y = arith.subf %x, %b : vector<20xf32>
  vector.store %y, %m[%row, %c0] : memref<64x20xf32>, vector<20xf32>
  return
}

// -----

// More lanes than chunks of 16 bytes: eight bytes of bf16 for each.

// CHECK-LABEL: func.func @MoreLanesThanChunks(
// CHECK:         %[[LANE:.*]] = arith.remui %{{.*}}, %c128
// CHECK:         %[[P:.*]] = arith.muli %[[LANE]], %c4
// CHECK:         vector.load %arg0[%arg2, %[[P]]] {alignment = 8 : i64} : memref<64x512xbf16>, vector<4xbf16>
// CHECK-NEXT:    arith.extf
// CHECK-NEXT:    vector.store %{{.*}}, %arg1[%arg2, %[[P]]] {alignment = 16 : i64} : memref<64x512xf32>, vector<4xf32>
// CHECK-NOT:     vector.store
func.func @MoreLanesThanChunks(%m: memref<64x512xbf16>, %n: memref<64x512xf32>, %row: index) attributes {wav.lanes = 128 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%row, %c0] : memref<64x512xbf16>, vector<512xbf16>
  %y = arith.extf %x : vector<512xbf16> to vector<512xf32>
  vector.store %y, %n[%row, %c0] : memref<64x512xf32>, vector<512xf32>
  return
}

// -----

// No power of two divides 73, and the half heads of `wav.rope` start at
// multiples of 18 elements: the widest access that is aligned.

// CHECK-LABEL: func.func @Offsets(
// CHECK:         vector.load %arg0[%{{.*}}] {alignment = 4 : i64} : memref<73xf32>, vector<1xf32>
// CHECK:         vector.load %arg1[%{{.*}}] {alignment = 8 : i64} : memref<64x144xf32>, vector<2xf32>
func.func @Offsets(%m: memref<73xf32>, %n: memref<64x144xf32>, %r: memref<64xf32>, %row: index, %head: index) attributes {wav.lanes = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c18 = arith.constant 18 : index
  %c36 = arith.constant 36 : index
  %x = vector.load %m[%c0] : memref<73xf32>, vector<73xf32>
  %y = arith.addf %x, %x : vector<73xf32>
  vector.store %y, %m[%c0] : memref<73xf32>, vector<73xf32>
  %start = arith.muli %head, %c36 : index
  %middle = arith.addi %start, %c18 : index
  %u = vector.load %n[%row, %middle] : memref<64x144xf32>, vector<12xf32>
  vector.store %u, %n[%row, %start] : memref<64x144xf32>, vector<12xf32>
  return
}

// -----

// 16 bytes of bf16 are 8 elements; in f32 they take two accesses.

// CHECK-LABEL: func.func @Bfloat16(
// CHECK-DAG:     %[[X:.*]] = vector.load %arg0[%arg2, %[[P:.*]]] {alignment = 16 : i64} : memref<64x256xbf16>, vector<8xbf16>
// CHECK-DAG:     %[[WIDE:.*]] = arith.extf %[[X]] : vector<8xbf16> to vector<8xf32>
// CHECK-DAG:     %[[G0:.*]] = vector.load %arg1[%[[P]]] {alignment = 16 : i64} : memref<256xf32>, vector<4xf32>
// CHECK-DAG:     %[[Q:.*]] = arith.addi %[[P]], %c4
// CHECK-DAG:     %[[G1:.*]] = vector.load %arg1[%[[Q]]] {alignment = 16 : i64} : memref<256xf32>, vector<4xf32>
// CHECK-DAG:     %[[G:.*]] = vector.shuffle %[[G0]], %[[G1]] [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK:         %[[SUM:.*]] = arith.addf %[[WIDE]], %[[G]] : vector<8xf32>
// CHECK:         %[[LOW:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [0, 1, 2, 3]
// CHECK:         vector.store %[[LOW]], %arg1[%[[P]]] {alignment = 16 : i64}
// CHECK:         %[[HIGH:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [4, 5, 6, 7]
// CHECK:         vector.store %[[HIGH]], %arg1[%[[Q]]] {alignment = 16 : i64}
func.func @Bfloat16(%m: memref<64x256xbf16>, %g: memref<256xf32>, %row: index) attributes {wav.lanes = 32 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%row, %c0] : memref<64x256xbf16>, vector<256xbf16>
  %wide = arith.extf %x : vector<256xbf16> to vector<256xf32>
  %y = vector.load %g[%c0] : memref<256xf32>, vector<256xf32>
  %sum = arith.addf %wide, %y : vector<256xf32>
  vector.store %sum, %g[%c0] : memref<256xf32>, vector<256xf32>
  return
}

// -----

// More lanes than a warp: the first lanes of the warps meet in shared memory,
// then every warp adds their four numbers. A second barrier lets the next
// reductions write. Reductions that do not need each other share the barriers,
// also if arithmetic on numbers stands between them.

// CHECK:         memref.global "private" @wav_warp_numbers : memref<8x32xf32, 3>
// CHECK-LABEL: func.func @BlockARow(
// CHECK-COUNT-10: nvvm.shfl.sync
// CHECK:         %[[MINE:.*]] = arith.addf
// CHECK:         %[[SHARED:.*]] = memref.get_global @wav_warp_numbers
// CHECK:         %[[WARP:.*]] = arith.divui %[[LANE:.*]], %c32
// CHECK:         %[[OFWARP:.*]] = arith.remui %[[LANE]], %c32
// CHECK:         %[[ISFIRST:.*]] = arith.cmpi eq, %[[OFWARP]], %c0
// CHECK:         scf.if %[[ISFIRST]] {
// CHECK-NEXT:      memref.store %{{.*}}, %[[SHARED]][%c0, %[[WARP]]]
// CHECK-NEXT:      memref.store %[[MINE]], %[[SHARED]][%c1, %[[WARP]]]
// CHECK:         gpu.barrier
// CHECK:         %[[OTHER:.*]] = arith.remui %[[LANE]], %c4
// CHECK:         %[[NUMBER:.*]] = memref.load %[[SHARED]][%c0, %[[OTHER]]]
// CHECK-NEXT:    memref.load %[[SHARED]][%c1, %[[OTHER]]]
// CHECK-NEXT:    gpu.barrier
// CHECK:         nvvm.shfl.sync bfly %c-1_i32, %[[NUMBER]], %c2_i32
// CHECK-COUNT-3: nvvm.shfl.sync
// CHECK-NOT:     nvvm.shfl.sync
// CHECK-NOT:     gpu.barrier
func.func @BlockARow(%m: memref<64x1024xf32>, %r: memref<64xf32>, %row: index) attributes {wav.lanes = 128 : i64, wav.threads = 128 : i64} {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0.5 : f32
  %x = vector.load %m[%row, %c0] : memref<64x1024xf32>, vector<1024xf32>
  %s = vector.reduction <add>, %x : vector<1024xf32> into f32
  %half = arith.mulf %s, %n : f32
  %xx = arith.mulf %x, %x : vector<1024xf32>
  %t = vector.reduction <add>, %xx : vector<1024xf32> into f32
  %sum = arith.addf %half, %t : f32
  memref.store %sum, %r[%row] : memref<64xf32>
  return
}

// -----

// Loops and branches carry pieces.

// CHECK-LABEL: func.func @Control(
// CHECK:         %[[R:.*]]:3 = scf.for %{{.*}} iter_args(%[[A0:.*]] = %[[Z:.*]], %[[A1:.*]] = %[[Z]], %[[N:.*]] = %{{.*}}) -> (vector<4xf32>, vector<4xf32>, f32)
// CHECK:         scf.yield %{{.*}}, %{{.*}}, %{{.*}} : vector<4xf32>, vector<4xf32>, f32
// CHECK:         %[[Y:.*]]:2 = scf.if %arg2 -> (vector<4xf32>, vector<4xf32>)
// CHECK-NEXT:      scf.yield %[[R]]#0, %[[R]]#1
func.func @Control(%m: memref<9x256xf32>, %n: index, %c: i1, %r: memref<256xf32>) -> f32 attributes {wav.lanes = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %sum, %count = scf.for %k = %c0 to %n step %c1 iter_args(%a = %zero, %b = %one) -> (vector<256xf32>, f32) {
    %x = vector.load %m[%k, %c0] : memref<9x256xf32>, vector<256xf32>
    %na = arith.addf %a, %x : vector<256xf32>
    %nb = arith.addf %b, %one : f32
    scf.yield %na, %nb : vector<256xf32>, f32
  }
  %y = scf.if %c -> vector<256xf32> {
    scf.yield %sum : vector<256xf32>
  } else {
    %old = vector.load %r[%c0] : memref<256xf32>, vector<256xf32>
    scf.yield %old : vector<256xf32>
  }
  vector.store %y, %r[%c0] : memref<256xf32>, vector<256xf32>
  return %count : f32
}

// -----

// CHECK-LABEL: func.func @Steps(
// CHECK-DAG:     %[[I:.*]] = arith.constant dense<[0, 1, 2, 3]> : vector<4xindex>
// CHECK:         %[[FIRST:.*]] = vector.broadcast %{{.*}} : index to vector<4xindex>
// CHECK:         arith.addi %[[FIRST]], %[[I]]
func.func @Steps(%m: memref<128xindex>) attributes {wav.lanes = 32 : i64} {
  %c0 = arith.constant 0 : index
  %s = vector.step : vector<128xindex>
  vector.store %s, %m[%c0] : memref<128xindex>, vector<128xindex>
  return
}

// -----

func.func @NotElementwise(%m: memref<128xf32>) attributes {wav.lanes = 32 : i64} {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  // expected-error @below {{cannot be distributed over lanes}}
  %y = vector.shuffle %x, %x [0, 1] : vector<128xf32>, vector<128xf32>
  return
}
