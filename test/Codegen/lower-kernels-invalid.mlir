// RUN: wav-opt %s -wav-lower-kernels -split-input-file -verify-diagnostics

// expected-error @below {{yields a value twice, or an argument that it does not update}}
wav.kernel @YieldsArgument attributes {rows = 4 : i64, partitions = 1 : i64} {
^bb0(%x: tensor<4x8xf32>):
  wav.yield %x : tensor<4x8xf32>
}

// -----

// A gather has to read memory; the rows of its own kernel are not all there.
wav.kernel @GathersInternalValue attributes {rows = 4 : i64, partitions = 1 : i64} {
^bb0(%x: tensor<4x8xf32>, %i: tensor<4xi32>):
  // expected-note @below {{formed here}}
  %0 = wav.combine %x, %x {coefficients = array<f64: 1.0, 1.0>}
    : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  // expected-error @below {{cannot use operand 0 inside the kernel that forms it: it needs more than the same row of an operand; form it in a kernel before}}
  %1 = wav.embed %0, %i : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<4x8xf32>
  wav.yield %1 : tensor<4x8xf32>
}
