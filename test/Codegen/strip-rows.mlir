// RUN: wav-opt %s -pass-pipeline='builtin.module(func.func(wav-strip-rows{vector-width=16 unroll=2},cse))' -split-input-file | FileCheck %s
// RUN: wav-opt %s -pass-pipeline='builtin.module(func.func(wav-strip-rows{vector-width=8 unroll=1}))' -split-input-file | FileCheck %s --check-prefix=NARROW

// No vector is wider than a register.
// NARROW-NOT: vector<{{9|[1-9][0-9]+}}x

// A row of 148 is four trips of two registers, one register and a vector of 4.
// Each strip of a trip has its own accumulator; accumulators are added in a
// tree, then the halves of what is left.

// CHECK-LABEL: func.func @Reduction
// CHECK:         %[[ACC:.*]]:2 = scf.for %[[O:.*]] = %c0 to %c128 step %c32 iter_args(%[[A:.*]] = %cst, %[[B:.*]] = %cst)
// CHECK-NEXT:      %[[X0:.*]] = vector.load %{{.*}}[%[[O]]] : memref<148xf32>, vector<16xf32>
// CHECK:           %[[O1:.*]] = arith.addi %[[O]], %c16
// CHECK-NEXT:      %[[X1:.*]] = vector.load %{{.*}}[%[[O1]]] : memref<148xf32>, vector<16xf32>
// CHECK-NEXT:      %[[A1:.*]] = arith.addf %[[A]], %[[X0]]
// CHECK-NEXT:      %[[B1:.*]] = arith.addf %[[B]], %[[X1]]
// CHECK-NEXT:      scf.yield %[[A1]], %[[B1]]
// CHECK:         %[[REST0:.*]] = vector.load %{{.*}}[%c128] : memref<148xf32>, vector<16xf32>
// CHECK:         %[[REST1:.*]] = vector.load %{{.*}}[%c144] : memref<148xf32>, vector<4xf32>
// CHECK-NEXT:    %[[A2:.*]] = arith.addf %[[ACC]]#0, %[[REST0]] : vector<16xf32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %[[A2]], %[[ACC]]#1 : vector<16xf32>
// CHECK-NEXT:    %[[LOW:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK-NEXT:    %[[HIGH:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK-NEXT:    arith.addf %[[LOW]], %[[HIGH]] : vector<8xf32>
// CHECK:         %[[WIDE:.*]] = vector.extract %{{.*}}[0] : f32 from vector<1xf32>
// CHECK-NEXT:    vector.shuffle %[[REST1]], %[[REST1]] [0, 1]
// CHECK:         %[[REST:.*]] = vector.extract %{{.*}}[0] : f32 from vector<1xf32>
// CHECK-NEXT:    %[[RESULT:.*]] = arith.addf %[[WIDE]], %[[REST]] : f32
// CHECK-NEXT:    return %[[RESULT]]
func.func @Reduction(%m: memref<148xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<148xf32>, vector<148xf32>
  %s = vector.reduction <add>, %x : vector<148xf32> into f32
  return %s : f32
}

// -----

// Neither scalar arithmetic nor a store between two reductions parts them: one
// loop.

// CHECK-LABEL: func.func @ReductionsShareALoop
// CHECK-COUNT-1: scf.for
// CHECK-NOT:   scf.for
// CHECK:       memref.store
func.func @ReductionsShareALoop(%m: memref<128xf32>, %q: memref<128xf32>, %means: memref<1xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %n = arith.constant 0.0078125 : f32
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  %y = vector.load %q[%c0] : memref<128xf32>, vector<128xf32>
  %xx = arith.mulf %x, %x : vector<128xf32>
  %s = vector.reduction <add>, %xx : vector<128xf32> into f32
  %mean = arith.mulf %s, %n : f32
  memref.store %mean, %means[%c0] : memref<1xf32>
  %xy = arith.mulf %x, %y : vector<128xf32>
  %d = vector.reduction <add>, %xy : vector<128xf32> into f32
  %r = arith.divf %d, %mean : f32
  return %r : f32
}

// -----

// Seven reductions: the two strips of a trip share accumulators, so that all of
// them stay in registers.

// CHECK-LABEL: func.func @ManyReductions
// CHECK:       scf.for %{{.*}} = %c0 to %c128 step %c32
// CHECK-SAME:    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-NOT:   scf.for
func.func @ManyReductions(%m: memref<128xf32>) -> (f32, f32, f32, f32, f32, f32, f32) {
  %c0 = arith.constant 0 : index
  %a = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  %b = arith.mulf %a, %a : vector<128xf32>
  %c = arith.mulf %b, %a : vector<128xf32>
  %d = arith.mulf %c, %a : vector<128xf32>
  %e = arith.mulf %d, %a : vector<128xf32>
  %f = arith.mulf %e, %a : vector<128xf32>
  %g = arith.mulf %f, %a : vector<128xf32>
  %0 = vector.reduction <add>, %a : vector<128xf32> into f32
  %1 = vector.reduction <add>, %b : vector<128xf32> into f32
  %2 = vector.reduction <add>, %c : vector<128xf32> into f32
  %3 = vector.reduction <add>, %d : vector<128xf32> into f32
  %4 = vector.reduction <add>, %e : vector<128xf32> into f32
  %5 = vector.reduction <add>, %f : vector<128xf32> into f32
  %6 = vector.reduction <add>, %g : vector<128xf32> into f32
  return %0, %1, %2, %3, %4, %5, %6 : f32, f32, f32, f32, f32, f32, f32
}

// -----

// Eleven sums are too many for 16 registers: the last has a loop of its own. What
// it needs of a row that the first loop overwrites, that loop has kept for it.

// NARROW-LABEL: func.func @MoreReductionsThanRegisters
// NARROW:       %[[KEPT:.*]] = memref.alloca
// NARROW:       %[[A:.*]]:10 = scf.for
// NARROW:         vector.store %{{.*}}, %arg0
// NARROW:         scf.yield
// NARROW:       scf.for
// NARROW-NOT:     vector.load %arg0
// NARROW:         vector.load %[[KEPT]]
// NARROW-NOT:     vector.store
// NARROW:         scf.yield
// CHECK-LABEL:  func.func @MoreReductionsThanRegisters
// CHECK:          scf.for
// CHECK-NOT:      scf.for
func.func @MoreReductionsThanRegisters(%m: memref<64xf32>) -> (f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32) {
  %c0 = arith.constant 0 : index
  %a = vector.load %m[%c0] : memref<64xf32>, vector<64xf32>
  %p2 = arith.mulf %a, %a : vector<64xf32>
  %p3 = arith.mulf %p2, %a : vector<64xf32>
  %p4 = arith.mulf %p3, %a : vector<64xf32>
  %p5 = arith.mulf %p4, %a : vector<64xf32>
  %p6 = arith.mulf %p5, %a : vector<64xf32>
  %p7 = arith.mulf %p6, %a : vector<64xf32>
  %p8 = arith.mulf %p7, %a : vector<64xf32>
  %p9 = arith.mulf %p8, %a : vector<64xf32>
  %p10 = arith.mulf %p9, %a : vector<64xf32>
  %p11 = arith.mulf %p10, %a : vector<64xf32>
  %0 = vector.reduction <add>, %a : vector<64xf32> into f32
  %1 = vector.reduction <add>, %p2 : vector<64xf32> into f32
  %2 = vector.reduction <add>, %p3 : vector<64xf32> into f32
  %3 = vector.reduction <add>, %p4 : vector<64xf32> into f32
  %4 = vector.reduction <add>, %p5 : vector<64xf32> into f32
  %5 = vector.reduction <add>, %p6 : vector<64xf32> into f32
  %6 = vector.reduction <add>, %p7 : vector<64xf32> into f32
  %7 = vector.reduction <add>, %p8 : vector<64xf32> into f32
  %8 = vector.reduction <add>, %p9 : vector<64xf32> into f32
  %9 = vector.reduction <add>, %p10 : vector<64xf32> into f32
  vector.store %p2, %m[%c0] : memref<64xf32>, vector<64xf32>
  %10 = vector.reduction <add>, %p11 : vector<64xf32> into f32
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10 : f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32
}

// -----

// Cheap rows are computed again after the reduction; no memory is used.

// CHECK-LABEL: func.func @CheapRowsAreRecomputed
// CHECK-NOT:   memref.alloca
// CHECK:       scf.for
// CHECK:         vector.load
// CHECK:         arith.addf
// CHECK:       scf.for
// CHECK:         vector.load
// CHECK:         arith.addf
// CHECK:         vector.store
func.func @CheapRowsAreRecomputed(%m: memref<128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  %y = arith.addf %x, %x : vector<128xf32>
  %s = vector.reduction <maxnumf>, %y : vector<128xf32> into f32
  %b = vector.broadcast %s : f32 to vector<128xf32>
  %z = arith.subf %y, %b : vector<128xf32>
  vector.store %z, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

// Dear rows are kept in memory.

// CHECK-LABEL: func.func @DearRowsAreKept
// CHECK:       %[[KEPT:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128xf32>
// CHECK:       scf.for
// CHECK:         %[[E:.*]] = math.exp
// CHECK:         vector.store %[[E]], %[[KEPT]]
// CHECK:       scf.for
// CHECK-NOT:     math.exp
// CHECK:         %[[AGAIN:.*]] = vector.load %[[KEPT]]
// CHECK:         arith.mulf %[[AGAIN]]
func.func @DearRowsAreKept(%m: memref<128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  %e = math.exp %x : vector<128xf32>
  %s = vector.reduction <add>, %e : vector<128xf32> into f32
  %b = vector.broadcast %s : f32 to vector<128xf32>
  %z = arith.mulf %e, %b : vector<128xf32>
  vector.store %z, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

// Unless they would not fit the cache.

// CHECK-LABEL: func.func @VeryWideRowsAreRecomputed
// CHECK-NOT:   memref.alloca
// CHECK:       math.exp
// CHECK:       scf.for
// CHECK:         math.exp
func.func @VeryWideRowsAreRecomputed(%m: memref<50257xf32>, %r: memref<50257xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<50257xf32>, vector<50257xf32>
  %e = math.exp %x : vector<50257xf32>
  %s = vector.reduction <add>, %e : vector<50257xf32> into f32
  %b = vector.broadcast %s : f32 to vector<50257xf32>
  %z = arith.mulf %e, %b : vector<50257xf32>
  vector.store %z, %r[%c0] : memref<50257xf32>, vector<50257xf32>
  return
}

// -----

// A loop without reductions moves inside the loop over strips.

// CHECK-LABEL: func.func @SourcesAreInnermost
// CHECK:       scf.for %[[O:.*]] = %c0 to %c128 step %c32
// CHECK:         %[[SUM:.*]]:2 = scf.for %[[K:.*]] = %c0 to %c9 step %c1 iter_args
// CHECK:           vector.load %{{.*}}[%[[K]], %[[O]]] : memref<9x128xf32>, vector<16xf32>
// CHECK:         vector.store %[[SUM]]#0
func.func @SourcesAreInnermost(%m: memref<9x128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %zero = arith.constant dense<0.0> : vector<128xf32>
  %sum = scf.for %k = %c0 to %c9 step %c1 iter_args(%a = %zero) -> vector<128xf32> {
    %x = vector.load %m[%k, %c0] : memref<9x128xf32>, vector<128xf32>
    %n = arith.addf %a, %x : vector<128xf32>
    scf.yield %n : vector<128xf32>
  }
  vector.store %sum, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

// A loop with reductions stays outside. A row that it needs again and again is
// kept, were it as cheap as a sum of two.

// CHECK-LABEL: func.func @NestsStayOutside
// CHECK:       %[[KEPT:.*]] = memref.alloca()
// CHECK:       scf.for
// CHECK:         arith.addf
// CHECK:         vector.store %{{.*}}, %[[KEPT]]
// CHECK:       scf.for %{{.*}} = %c0 to %c9
// CHECK:         scf.for
// CHECK:           vector.load %[[KEPT]]
func.func @NestsStayOutside(%m: memref<9x128xf32>, %q: memref<128xf32>, %r: memref<9xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %y = vector.load %q[%c0] : memref<128xf32>, vector<128xf32>
  %w = arith.addf %y, %y : vector<128xf32>
  scf.for %k = %c0 to %c9 step %c1 {
    %x = vector.load %m[%k, %c0] : memref<9x128xf32>, vector<128xf32>
    %p = arith.mulf %x, %w : vector<128xf32>
    %s = vector.reduction <add>, %p : vector<128xf32> into f32
    memref.store %s, %r[%k] : memref<9xf32>
  }
  return
}

// -----

// A load is not computed again once its memory has changed.

// CHECK-LABEL: func.func @OverwrittenLoadsAreKept
// CHECK:       %[[KEPT:.*]] = memref.alloca()
// CHECK:       scf.for
// CHECK:         %[[X:.*]] = vector.load %[[M:arg0]]
// CHECK:         vector.store %{{.*}}, %[[M]]
// CHECK:       scf.for
// CHECK-NOT:     vector.load %[[M]]
// CHECK:         vector.load %[[KEPT]]
// CHECK-NOT:     vector.load %[[M]]
// CHECK:         vector.store
func.func @OverwrittenLoadsAreKept(%m: memref<128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  %y = arith.addf %x, %x : vector<128xf32>
  vector.store %y, %m[%c0] : memref<128xf32>, vector<128xf32>
  %s = vector.reduction <add>, %x : vector<128xf32> into f32
  %b = vector.broadcast %s : f32 to vector<128xf32>
  %z = arith.mulf %x, %b : vector<128xf32>
  vector.store %z, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

// An access to one element waits for the row that contains it.

// CHECK-LABEL: func.func @ElementsWaitForRows
// CHECK:       scf.for
// CHECK:         vector.store %{{.*}}, %arg0
// CHECK:       memref.load %arg0[%c5]
func.func @ElementsWaitForRows(%m: memref<128xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %one = arith.constant dense<1.0> : vector<128xf32>
  vector.store %one, %m[%c0] : memref<128xf32>, vector<128xf32>
  %e = memref.load %m[%c5] : memref<128xf32>
  return %e : f32
}

// -----

// CHECK-LABEL: func.func @StepsKnowTheirStrip
// CHECK:       scf.for %[[O:.*]] = %c0 to %c128
// CHECK:         %[[LANES:.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : vector<16xindex>
// CHECK:         %[[START:.*]] = vector.broadcast %[[O]] : index to vector<16xindex>
// CHECK:         arith.addi %[[START]], %[[LANES]]
func.func @StepsKnowTheirStrip(%m: memref<128xindex>) {
  %c0 = arith.constant 0 : index
  %s = vector.step : vector<128xindex>
  vector.store %s, %m[%c0] : memref<128xindex>, vector<128xindex>
  return
}

// -----

// The loop over rows stays outside although it has no reductions.

// CHECK-LABEL: func.func @RowsAreOutermost
// CHECK:       scf.for %[[ROW:.*]] = %c0 to %c9
// CHECK:         scf.for %[[O:.*]] = %c0 to %c128
// CHECK:           vector.load %{{.*}}[%[[ROW]], %[[O]]]
// CHECK:       } {wav.rows = 9 : i64}
func.func @RowsAreOutermost(%m: memref<9x128xf32>, %r: memref<9x128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  scf.for %row = %c0 to %c9 step %c1 {
    %x = vector.load %m[%row, %c0] : memref<9x128xf32>, vector<128xf32>
    vector.store %x, %r[%row, %c0] : memref<9x128xf32>, vector<128xf32>
  } {wav.rows = 9 : i64}
  return
}

// -----

// A loop that stores runs once, though a later group needs what it carries.

// CHECK-LABEL: func.func @LoopsThatStoreRunOnce
// CHECK:       %[[KEPT:.*]] = memref.alloca()
// CHECK:       scf.for
// CHECK:         %[[SUM:.*]]:2 = scf.for
// CHECK:           vector.store
// CHECK:         vector.store %[[SUM]]#0, %[[KEPT]]
// CHECK:       scf.for
// CHECK:         vector.load %[[KEPT]]
// CHECK-NOT:     scf.for
// CHECK:       return
func.func @LoopsThatStoreRunOnce(%m: memref<9x128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %one = arith.constant dense<1.0> : vector<128xf32>
  %sum = scf.for %k = %c0 to %c9 step %c1 iter_args(%a = %one) -> vector<128xf32> {
    %x = vector.load %m[%k, %c0] : memref<9x128xf32>, vector<128xf32>
    %y = arith.addf %x, %one : vector<128xf32>
    vector.store %y, %m[%k, %c0] : memref<9x128xf32>, vector<128xf32>
    %n = arith.addf %a, %x : vector<128xf32>
    scf.yield %n : vector<128xf32>
  }
  %w = vector.load %r[%c0] : memref<128xf32>, vector<128xf32>
  %s = vector.reduction <add>, %w : vector<128xf32> into f32
  %b = vector.broadcast %s : f32 to vector<128xf32>
  %z = arith.mulf %sum, %b : vector<128xf32>
  vector.store %z, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}
