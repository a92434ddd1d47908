// RUN: wav-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{offset 3 is not a multiple of 4 bytes}}
wav.constant at 3 dense<1.0> : tensor<4xf32>

// -----

wav.schedule @f {
  // expected-error @below {{offset -4 is not a multiple of 4 bytes}}
  %x = wav.view io[-4] : memref<4xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{has 1 buffers, but forms '!wav.bank<2 x tensor<4xf32>>'}}
  %t = wav.table(%x) : (memref<4xf32>) -> !wav.bank<2 x tensor<4xf32>>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<5xf32>
  // expected-error @below {{has a buffer of type 'memref<5xf32>' where '!wav.bank<1 x tensor<4xf32>>' has a 'tensor<4xf32>'}}
  %t = wav.table(%x) : (memref<5xf32>) -> !wav.bank<1 x tensor<4xf32>>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4x8xf32>
  // expected-error @below {{has 1 buffers, but forms '!wav.bank<? x tensor<4x8xf32>>'}}
  %t = wav.table(%x) : (memref<4x8xf32>) -> !wav.bank<? x tensor<4x8xf32>>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4x8xf32>
  // expected-error @below {{has 1 buffers, but forms '!wav.bank<1 x tensor<4x8xf32>, scaled>'}}
  %t = wav.table(%x) : (memref<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4x8xf32>
  %s = wav.view scratch[0] : memref<4xf32>
  // expected-error @below {{has a buffer of type 'memref<4xf32>' where '!wav.bank<1 x tensor<4x8xf32>, biased>' has a 'tensor<i32>'}}
  %t = wav.table(%x, %s) : (memref<4x8xf32>, memref<4xf32>) -> !wav.bank<1 x tensor<4x8xf32>, biased>
}

// -----

// A kernel that reads scales needs a table that has them.

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%q: tensor<8xf32>, %b: !wav.bank<? x tensor<4x8xf32>, scaled>):
  %y, %y_max, %y_sum = wav.read query(%q) bank(%b) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>, scaled>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  wav.yield %y : tensor<4x8xf32>
}
wav.schedule @f {
  %q = wav.view io[0] : memref<8xf32>
  %y = wav.view io[64] : memref<4x8xf32>
  %t = wav.table(%y) : (memref<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  // expected-error @below {{passes '!wav.bank<1 x tensor<4x8xf32>>' as slot 1 of 'k', which is '!wav.bank<? x tensor<4x8xf32>, scaled>'}}
  wav.launch @k(%q, %t, %y) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64}
      : memref<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, memref<4x8xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{moves 3 bytes, but those by category are 2}}
  wav.launch @k(%x) {partitions = 1 : i64, category = "other", bytes = 3 : i64, bytes_by_category = {norm = 1 : i64, routing = 1 : i64}, flops = 1 : i64} : memref<4xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{has 1.000000e+00 : f64 for the bytes of 'norm', which is no i64 of at least 0}}
  wav.call "mine_f32"(%x) [] {category = "other", bytes = 1 : i64, bytes_by_category = {norm = 1.0 : f64}, flops = 1 : i64} : memref<4xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{launches 'k', which is not a kernel}}
  wav.launch @k(%x) {partitions = 1 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4xf32>
}

// -----

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%x: tensor<4x4xf32>):
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  wav.yield %y : tensor<4x4xf32>
}
wav.schedule @partitions {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{runs 1 partitions of 'k', which has 2}}
  wav.launch @k(%x, %x) {partitions = 1 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4x4xf32>, memref<4x4xf32>
}

// -----

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%x: tensor<4x4xf32>):
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  wav.yield %y : tensor<4x4xf32>
}
wav.schedule @count {
  %x = wav.view io[0] : memref<4x4xf32>
  // expected-error @below {{passes 1 slots, but 'k' has 2}}
  wav.launch @k(%x) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4x4xf32>
}

// -----

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%x: tensor<4x4xf32>):
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  wav.yield %y : tensor<4x4xf32>
}
wav.schedule @type {
  %x = wav.view io[0] : memref<4x4xf32>
  %y = wav.view io[64] : memref<16xf32>
  // expected-error @below {{passes 'memref<16xf32>' as slot 1 of 'k', which is 'tensor<4x4xf32>'}}
  wav.launch @k(%x, %y) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64} : memref<4x4xf32>, memref<16xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{has 2 instances of 3 operands; all need as many}}
  wav.launch @k(%x, %x, %x) {partitions = 1 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64} : memref<4xf32>, memref<4xf32>, memref<4xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4xf32>
  // expected-error @below {{has 0 instances of 1 operands; all need as many}}
  wav.call "mine_f32"(%x) [] {category = "other", bytes = 1 : i64, flops = 1 : i64, instances = 0 : i64} : memref<4xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  %y = wav.view scratch[0] : memref<4x4xf32>
  %z = wav.view scratch[64] : memref<4x2xf32>
  // expected-error @below {{passes 'memref<4x2xf32>' as 'D' of 'wavrt_matmul_f32', which is [m, n], here 'memref<4x4xf32>'}}
  wav.call "wavrt_matmul_f32"(%x, %x, %y, %y, %x, %x, %y, %z) [4, 4, 4, 0, 0]
      {category = "matmul", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x2xf32>
}

// -----

wav.kernel @k attributes {rows = 4 : i64, partitions = 2 : i64} {
^bb0(%x: tensor<4x4xf32>):
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  wav.yield %y : tensor<4x4xf32>
}
wav.schedule @instances {
  %x = wav.view io[0] : memref<4x4xf32>
  %y = wav.view io[64] : memref<16xf32>
  // expected-error @below {{passes 'memref<16xf32>' as slot 1 of 'k', which is 'tensor<4x4xf32>'}}
  wav.launch @k(%x, %x, %x, %y) {partitions = 2 : i64, category = "other", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<16xf32>
}

// -----

wav.schedule @f {
  %x = wav.view io[0] : memref<4x4xf32>
  %y = wav.view scratch[0] : memref<4x4xf32>
  %z = wav.view scratch[64] : memref<4x4xf32>
  %none = wav.null : memref<0xi32>
  // expected-error @below {{passes 'C' of 'wavrt_matmul_f32' in some instances only; make two calls of it}}
  wav.call "wavrt_matmul_f32"(%x, %x, %none, %y, %x, %x, %z, %z) [4, 4, 4, 0, 0]
      {category = "matmul", bytes = 1 : i64, flops = 1 : i64, instances = 2 : i64}
      : memref<4x4xf32>, memref<4x4xf32>, memref<0xi32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
}
