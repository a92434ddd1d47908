// RUN: wav-opt %s --wav-differentiate --canonicalize | FileCheck %s

// The gradient of a weight that is cast comes out of the product in f32, with
// no cast; those of activations are bf16.
// CHECK-LABEL: func.func @linear
// CHECK-SAME:  %[[X:[a-z0-9_]+]]: tensor<2x8xbf16>, %[[MASTER:[a-z0-9_]+]]: tensor<4x8xf32>
// CHECK:       %[[W:.*]] = wav.cast %[[MASTER]]
// CHECK:       %[[G:.*]] = wav.cross_entropy_grad {{.*}} -> tensor<2x4xbf16>
// CHECK-NEXT:  %[[DX:.*]] = wav.matmul %[[G]], %[[W]] : (tensor<2x4xbf16>, tensor<4x8xbf16>) -> tensor<2x8xbf16>
// CHECK-NEXT:  %[[DW:.*]] = wav.matmul %[[G]], %[[X]] {transpose_a} : (tensor<2x4xbf16>, tensor<2x8xbf16>) -> tensor<4x8xf32>
// CHECK-NEXT:  return %{{.*}}, %[[DX]], %[[DW]]
func.func @linear(%x: tensor<2x8xbf16>, %master: tensor<4x8xf32>, %t: tensor<2xi32>)
    -> tensor<f32> attributes {wav.gradient = "arguments"} {
  %w = wav.cast %master : (tensor<4x8xf32>) -> tensor<4x8xbf16>
  %y = wav.matmul %x, %w {transpose_b} : (tensor<2x8xbf16>, tensor<4x8xbf16>) -> tensor<2x4xbf16>
  %loss = wav.cross_entropy %y, %t : (tensor<2x4xbf16>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A tied table: the product's gradient and the embedding's are summed in f32.
// CHECK-LABEL: func.func @tied
// CHECK:       %[[DW:.*]] = wav.matmul {{.*}} {transpose_a} : {{.*}} -> tensor<4x8xf32>
// CHECK:       %[[SUM:.*]] = wav.embed_grad %{{.*}}, %{{.*}} into %[[DW]] : (tensor<2xi32>, tensor<2x8xbf16>, tensor<4x8xf32>)
// CHECK:       return %{{.*}}, %[[SUM]]
func.func @tied(%table: tensor<4x8xf32>, %t: tensor<2xi32>)
    -> tensor<f32> attributes {wav.gradient = "arguments"} {
  %x = wav.embed %table, %t : (tensor<4x8xf32>, tensor<2xi32>) -> tensor<2x8xbf16>
  %w = wav.cast %table : (tensor<4x8xf32>) -> tensor<4x8xbf16>
  %y = wav.matmul %x, %w {transpose_b} : (tensor<2x8xbf16>, tensor<4x8xbf16>) -> tensor<2x4xbf16>
  %loss = wav.cross_entropy %y, %t : (tensor<2x4xbf16>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A bank's gradient is f32; a row's other gradients are added to it before it
// is rounded, once.
// CHECK-LABEL: func.func @read
// CHECK:       wav.read_grad {{.*}} -> (tensor<8xf32>, !wav.bank<1 x tensor<2x8xf32>>)
// CHECK:       %[[ROW:.*]] = wav.take %{{.*}}[0] : (!wav.bank<1 x tensor<2x8xf32>>) -> tensor<2x8xf32>
// CHECK:       wav.combine %{{.*}}, %[[ROW]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>} : (tensor<2x8xbf16>, tensor<2x8xf32>) -> tensor<2x8xbf16>
func.func @read(%x: tensor<2x8xbf16>, %q: tensor<8xf32>, %t: tensor<2xi32>)
    -> tensor<f32> attributes {wav.gradient = "arguments"} {
  %source = wav.source %x : (tensor<2x8xbf16>) -> !wav.bank<1 x tensor<2x8xbf16>>
  %bank = wav.bank %source : (!wav.bank<1 x tensor<2x8xbf16>>) -> !wav.bank<1 x tensor<2x8xbf16>>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<2x8xbf16>>) -> (tensor<2x8xbf16>, tensor<2xf32>, tensor<2xf32>)
  %z = wav.swiglu %y, %x : (tensor<2x8xbf16>, tensor<2x8xbf16>) -> tensor<2x8xbf16>
  %loss = wav.cross_entropy %z, %t : (tensor<2x8xbf16>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
