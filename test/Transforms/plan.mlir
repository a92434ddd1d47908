// RUN: wav-opt %s --wav-plan --split-input-file | FileCheck %s

// Parameters lie where ParameterLayout puts them, inputs and outputs in io,
// what is between in scratch. A constant that nobody reads is dropped.

// CHECK: wav.parameter @w
// CHECK-NOT: wav.constant
// CHECK: wav.kernel @combine attributes {partitions = 4 : i64, rows = 256 : i64} {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<256x64xf32>, %[[B:.*]]: tensor<256x64xf32>):
// CHECK-NEXT: %[[C:.*]] = wav.combine %[[A]], %[[B]]
// CHECK-NEXT: wav.yield %[[C]]
// CHECK: wav.schedule @eval {
// CHECK-NEXT: %[[X:.*]] = wav.view io[0] : memref<256x64xf32>
// CHECK-NEXT: wav.input "x" %[[X]] : memref<256x64xf32>
// CHECK-NEXT: %[[W:.*]] = wav.view parameters[0] : memref<64x64xf32>
// CHECK-NEXT: %[[NONE:.*]] = wav.null
// CHECK-NEXT: %[[Y:.*]] = wav.view scratch[0] : memref<256x64xf32>
// CHECK-NEXT: wav.call "wavrt_matmul_f32"(%[[X]], %[[W]], %[[NONE]], %[[Y]]) [256, 64, 64, 0, 0]
// CHECK-SAME: {bytes = 147456 : i64, category = "matmul", flops = 2097152 : i64}
// CHECK-NEXT: %[[Z:.*]] = wav.view io[65536] : memref<256x64xf32>
// CHECK-NEXT: wav.launch @combine(%[[Y]], %[[X]], %[[Z]])
// CHECK-SAME: partitions = 4 : i64
// CHECK-NEXT: wav.output "y" %[[Z]] : memref<256x64xf32>
// CHECK-NEXT: }
// CHECK-NOT: func.func

!m = tensor<256x64xf32>
wav.parameter @w : tensor<64x64xf32> {init_value = 1.0 : f64}
func.func @eval(%x: !m {wav.name = "x"}) -> (!m {wav.name = "y"}) {
  %w = wav.get @w : tensor<64x64xf32>
  %y = wav.matmul %x, %w : (!m, tensor<64x64xf32>) -> !m
  %z = wav.fusion(%y, %x) {rows = 256, partitions = 4} : (!m, !m) -> !m {
  ^bb0(%a: !m, %b: !m):
    %c = wav.combine %a, %b {coefficients = array<f64: 1.0, 1.0>} : (!m, !m) -> !m
    wav.yield %c : !m
  }
  %one = wav.fill {value = 1.0} : tensor<256xf32>
  return %z : !m
}

// -----

// Entry points share inputs and outputs of one name and type, and scratch. An
// absent optional buffer is null.

// CHECK: wav.state @k : tensor<8x8xf32>
// CHECK: wav.schedule @a {
// CHECK-NEXT: %[[X:.*]] = wav.view io[0] : memref<8x8xf32>
// CHECK-NEXT: wav.input "x" %[[X]]
// CHECK: wav.view io[256] : memref<8x8xf32>
// CHECK: wav.schedule @b {
// CHECK-NEXT: %[[T:.*]] = wav.view io[512] : memref<4xi32>
// CHECK-NEXT: wav.input "t" %[[T]] fill {kind = "tokens"} : memref<4xi32>
// CHECK-NEXT: %[[X2:.*]] = wav.view io[0] : memref<8x8xf32>
// CHECK-NEXT: wav.input "x" %[[X2]]
// CHECK-NEXT: %[[NULL:.*]] = wav.null : memref<0xi32>
// CHECK: wav.call "wavrt_attention_f32"(%[[X2]], %[[X2]], %[[X2]], %[[NULL]],

!s = tensor<8x8xf32>
wav.state @k : !s
func.func @a(%x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}) {
  %y = wav.matmul %x, %x : (!s, !s) -> !s
  %z = wav.matmul %y, %x : (!s, !s) -> !s
  return %z : !s
}
func.func @b(%t: tensor<4xi32> {wav.fill = {kind = "tokens"}, wav.name = "t"}, %x: !s {wav.name = "x"}) -> (!s {wav.name = "y"}) {
  %o, %max, %inverse_sum = wav.attention %x, %x, %x {batch = 1, heads = 2} : (!s, !s, !s) -> (!s, tensor<16xf32>, tensor<16xf32>)
  return %o : !s
}

// -----

// Constants are evaluated and kept once; those with all elements equal share
// the memory of the largest.

// CHECK: wav.constant at 0 dense<{{\[\[}}1.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00]
// CHECK-SAME: [0.540302277, 0.99994{{[0-9]*}}, 0.841470{{[0-9]*}}, 0.0099998{{[0-9]*}}]]> : tensor<2x4xf32>
// CHECK-NEXT: wav.constant at 64 dense<1.000000e+00> : tensor<64xf32>
// CHECK: wav.view constants[0] : memref<2x4xf32>
// CHECK: wav.view constants[64] : memref<32xf32>
// CHECK: wav.view constants[64] : memref<64xf32>

func.func @constants(%x: tensor<2x4xf32> {wav.name = "x"})
    -> (tensor<2x4xf32> {wav.name = "y"}, tensor<32xf32> {wav.name = "a"},
        tensor<64xf32> {wav.name = "b"}, tensor<64xf32> {wav.name = "c"}) {
  %table = wav.rope_table {theta = 10000.0} : tensor<2x4xf32>
  %y = wav.fusion(%x, %table) {rows = 2, partitions = 1} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%a: tensor<2x4xf32>, %t: tensor<2x4xf32>):
    %r = wav.rope %a, %t {heads = 1, sequence_length = 2} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
    wav.yield %r : tensor<2x4xf32>
  }
  %small = arith.constant dense<1.0> : tensor<32xf32>
  %large = arith.constant dense<1.0> : tensor<64xf32>
  %same = arith.constant dense<1.0> : tensor<64xf32>
  return %y, %small, %large, %same : tensor<2x4xf32>, tensor<32xf32>, tensor<64xf32>, tensor<64xf32>
}

// -----

// Library functions are named for the types that they work on.

// CHECK-LABEL: wav.schedule @names
// CHECK: wav.call "wavrt_matmul_bf16"({{.*}}) {{.*}} : memref<32x64xbf16>, memref<64x64xbf16>, memref<0xi32>, memref<32x64xbf16>
// CHECK: wav.call "wavrt_attention_bf16"
// CHECK: wav.call "wavrt_attention_grad_bf16"
// CHECK: wav.call "wavrt_matmul_bf16_f32"({{.*}}) {{.*}} : memref<32x64xbf16>, memref<32x64xbf16>, memref<0xi32>, memref<64x64xf32>
// CHECK: wav.call "wavrt_embed_grad_bf16"
// CHECK: wav.call "wavrt_cache_update_bf16"
// CHECK: wav.call "wavrt_cache_update_f32"

!b = tensor<32x64xbf16>
!t = tensor<32x64xf32>
func.func @names(%x: !b {wav.name = "x"}, %w: tensor<64x64xbf16> {wav.name = "w"},
                 %i: tensor<32xi32> {wav.name = "i"}, %t: !t {wav.name = "t"},
                 %p: tensor<1xi32> {wav.name = "p"})
    -> (tensor<64x64xf32> {wav.name = "dw"}, !t {wav.name = "dt"}, !b {wav.name = "c"}, !t {wav.name = "d"}) {
  %y = wav.matmul %x, %w : (!b, tensor<64x64xbf16>) -> !b
  %a, %max, %inverse_sum = wav.attention %y, %y, %y {batch = 1, heads = 1} : (!b, !b, !b) -> (!b, tensor<32xf32>, tensor<32xf32>)
  %q, %k, %v = wav.attention_grad %y, %y, %y, %a, %max, %inverse_sum, %x {batch = 1, heads = 1}
      : (!b, !b, !b, !b, tensor<32xf32>, tensor<32xf32>, !b) -> (!b, !b, !b)
  %dw = wav.matmul %x, %q {transpose_a} : (!b, !b) -> tensor<64x64xf32>
  %dt = wav.embed_grad %i, %k into %t : (tensor<32xi32>, !b, !t) -> !t
  %c = wav.cache_update %v at %p into %y : (!b, !b, tensor<1xi32>) -> !b
  %d = wav.cache_update %t at %p into %t : (!t, !t, tensor<1xi32>) -> !t
  return %dw, %dt, %c, %d : tensor<64x64xf32>, !t, !b, !t
}
