// RUN: wav-opt %s -wav-strip-rows -split-input-file -verify-diagnostics

func.func @CarriesAndReduces(%m: memref<9x128xf32>, %r: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %zero = arith.constant dense<0.0> : vector<128xf32>
  // expected-error @below {{carries rows and reduces rows, so it cannot be cut into strips; state the reductions in a loop of their own}}
  %sum = scf.for %k = %c0 to %c9 step %c1 iter_args(%a = %zero) -> vector<128xf32> {
    %x = vector.load %m[%k, %c0] : memref<9x128xf32>, vector<128xf32>
    %s = vector.reduction <add>, %x : vector<128xf32> into f32
    %b = vector.broadcast %s : f32 to vector<128xf32>
    %n = arith.addf %a, %b : vector<128xf32>
    scf.yield %n : vector<128xf32>
  }
  vector.store %sum, %r[%c0] : memref<128xf32>, vector<128xf32>
  return
}

// -----

func.func @ChangesLanes(%m: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<128xf32>, vector<128xf32>
  // expected-error @below {{cannot be cut into strips}}
  %y = vector.shuffle %x, %x [1, 0] : vector<128xf32>, vector<128xf32>
  return
}

// -----

func.func @KnowsItsElements(%m: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{cannot be cut into strips}}
  %x = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : vector<4xf32>
  vector.store %x, %m[%c0] : memref<4xf32>, vector<4xf32>
  return
}
