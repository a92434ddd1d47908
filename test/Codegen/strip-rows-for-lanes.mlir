// RUN: wav-opt %s -pass-pipeline='builtin.module(func.func(wav-strip-rows{for-lanes vector-width=64 unroll=1 max-whole=128},cse))' -split-input-file | FileCheck %s

// Strips are rows again: the rest is one strip, lanes are left to
// `vector.reduction`, and dear rows are computed again instead of kept.

// CHECK-LABEL: func.func @Wide
// CHECK-NOT:   memref.alloca
// CHECK:       scf.for %{{.*}} = %c0 to %c128 step %c64
// CHECK:         math.exp %{{.*}} : vector<64xf32>
// CHECK:       math.exp %{{.*}} : vector<37xf32>
// CHECK:       vector.reduction <add>, %{{.*}} : vector<64xf32> into f32
// CHECK:       vector.reduction <add>, %{{.*}} : vector<37xf32> into f32
// CHECK:       scf.for %[[O:.*]] = %c0 to %c128 step %c64
// CHECK:         math.exp
// CHECK:         vector.step : vector<64xindex>
// CHECK:         vector.store %{{.*}} : memref<165xf32>, vector<64xf32>
// CHECK:       vector.step : vector<37xindex>
// CHECK:       vector.store %{{.*}} : memref<165xf32>, vector<37xf32>
func.func @Wide(%m: memref<165xf32>, %r: memref<165xf32>, %n: memref<165xindex>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<165xf32>, vector<165xf32>
  %e = math.exp %x : vector<165xf32>
  %s = vector.reduction <add>, %e : vector<165xf32> into f32
  %b = vector.broadcast %s : f32 to vector<165xf32>
  %y = arith.mulf %e, %b : vector<165xf32>
  %i = vector.step : vector<165xindex>
  vector.store %i, %n[%c0] : memref<165xindex>, vector<165xindex>
  vector.store %y, %r[%c0] : memref<165xf32>, vector<165xf32>
  return
}

// -----

// CHECK-LABEL: func.func @NarrowEnough
// CHECK-NOT:   scf.for
// CHECK:       vector.load %{{.*}} : memref<128xf32>, vector<128xf32>
func.func @NarrowEnough(%m: memref<128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  vector.store %x, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

// A row that a loop over rows carries has to stay whole.

// CHECK-LABEL: func.func @Carried
// CHECK:       scf.for {{.*}} -> (vector<256xf32>)
// CHECK-NOT:   scf.for
func.func @Carried(%m: memref<9x256xf32>, %r: memref<256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %sum = scf.for %row = %c0 to %c9 step %c1 iter_args(%a = %zero) -> vector<256xf32> {
    %x = vector.load %m[%row, %c0] : memref<9x256xf32>, vector<256xf32>
    %n = arith.addf %a, %x : vector<256xf32>
    scf.yield %n : vector<256xf32>
  } {wav.rows = 9 : i64}
  vector.store %sum, %r[%c0] : memref<256xf32>, vector<256xf32>
  return
}
