// RUN: wav-opt %s --wav-plan --split-input-file | FileCheck %s

// Bytes are those of the distinct tensors that a launch reads and writes, each
// filed under the category of the ops that do. Planes have 16 x 8 x 4 = 512
// bytes, gains and queries 32.

!m = tensor<16x8xf32>
!v = tensor<8xf32>
!bank = !wav.bank<2 x tensor<16x8xf32>>

// The read has the bank (2 planes), its query and what it gives: 3 * 512 + 32.
// `%x`, which is in the bank and open, counts once. The norm has its gain and
// what it gives; its input stays in the kernel.

// CHECK-LABEL: wav.schedule @read
// CHECK: wav.launch @read_rms_norm
// CHECK-SAME: bytes = 2112 : i64
// CHECK-SAME: bytes_by_category = {norm = 544 : i64, routing = 1568 : i64}
// CHECK-SAME: category = "routing"
func.func @read(%x: !m {wav.name = "x"}, %z: !m {wav.name = "z"},
                %q: !v {wav.name = "q"}, %g: !v {wav.name = "g"})
    -> (!m {wav.name = "y"}, !m {wav.name = "h"}) {
  %0 = wav.source %x : (!m) -> !wav.bank<1 x !m>
  %1 = wav.source %z : (!m) -> !wav.bank<1 x !m>
  %bank = wav.bank %0, %1 : (!wav.bank<1 x !m>, !wav.bank<1 x !m>) -> !bank
  %y:2 = wav.fusion(%q, %bank, %x, %g) {rows = 16, partitions = 1} : (!v, !bank, !m, !v) -> (!m, !m) {
  ^bb0(%query: !v, %sources: !bank, %row: !m, %gain: !v):
    %open = wav.source %row : (!m) -> !wav.bank<1 x !m>
    %read, %max, %sum = wav.read query(%query) bank(%sources) open(%open) {epsilon = 1.0e-6 : f64}
        : (!v, !bank, !wav.bank<1 x !m>) -> (!m, tensor<16xf32>, tensor<16xf32>)
    %norm = wav.rms_norm %read, %gain {epsilon = 1.0e-6 : f64} : (!m, !v) -> !m
    wav.yield %read, %norm : !m, !m
  }
  return %y#0, %y#1 : !m, !m
}

// -----

// A plane that routing and a norm read is routing's; what is updated in place
// counts twice, as does the bank of gradients.

!m = tensor<16x8xf32>
!v = tensor<8xf32>
!bank = !wav.bank<1 x tensor<16x8xf32>>

// CHECK-LABEL: wav.schedule @gradient
// CHECK: wav.launch @rms_norm_read_grad
// CHECK-SAME: bytes_by_category = {norm = 544 : i64, routing = 2112 : i64}
func.func @gradient(%x: !m {wav.name = "x"}, %dy: !m {wav.name = "dy"},
                    %q: !v {wav.name = "q"}, %g: !v {wav.name = "g"})
    -> (!m {wav.name = "h"}, !m {wav.name = "dx"}, !v {wav.name = "dq"}) {
  %0 = wav.source %x : (!m) -> !bank
  %zero = wav.fusion(%dy) {rows = 16, partitions = 1} : (!m) -> !m {
  ^bb0(%a: !m):
    %b = wav.combine %a {coefficients = array<f64: 0.0>} : (!m) -> !m
    wav.yield %b : !m
  }
  %1 = wav.source %zero : (!m) -> !bank
  %r:3 = wav.fusion(%q, %0, %dy, %1, %g, %x) {rows = 16, partitions = 1}
      : (!v, !bank, !m, !bank, !v, !m) -> (!m, tensor<1x8xf32>, !bank) {
  ^bb0(%query: !v, %sources: !bank, %grad: !m, %into: !bank, %gain: !v, %row: !m):
    %norm = wav.rms_norm %row, %gain {epsilon = 1.0e-6 : f64} : (!m, !v) -> !m
    %dq, %dbank = wav.read_grad query(%query) bank(%sources) grad(%grad) into(%into)
        {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0, 0>}
        : (!v, !bank, !m, !bank) -> (!v, !bank)
    wav.yield %norm, %dq, %dbank : !m, !v, !bank
  }
  %dx = wav.take %r#2[0] : (!bank) -> !m
  %dq = wav.fusion(%r#1) {rows = 1, partitions = 1} : (tensor<1x8xf32>) -> !v {
  ^bb0(%partials: tensor<1x8xf32>):
    %sum = wav.sum_partials %partials : (tensor<1x8xf32>) -> !v
    wav.yield %sum : !v
  }
  return %r#0, %dx, %dq : !m, !m, !v
}

// -----

// The first product is in parts: what it accumulates into is its own. The
// second adds to a plane that something else reads too, the third to one that
// is no product: that read is routing's.

!m = tensor<16x8xf32>
!w = tensor<8x8xf32>

// CHECK-LABEL: wav.schedule @products
// CHECK: wav.call "wavrt_matmul_f32"({{.*}}) [16, 8, 8, 0, 0] {bytes = 1280 : i64, category = "matmul"
// CHECK: wav.call "wavrt_matmul_f32"({{.*}}) [16, 8, 8, 0, 0] {bytes = 1792 : i64, category = "matmul"
// CHECK: wav.launch @combine
// CHECK: wav.call "wavrt_matmul_f32"({{.*}}) [16, 8, 8, 0, 0]
// CHECK-SAME: bytes = 1792 : i64, bytes_by_category = {matmul = 1280 : i64, routing = 512 : i64}
// CHECK: wav.call "wavrt_matmul_f32"({{.*}}) [16, 8, 8, 0, 0]
// CHECK-SAME: bytes = 1792 : i64, bytes_by_category = {matmul = 1280 : i64, routing = 512 : i64}
func.func @products(%x: !m {wav.name = "x"}, %w: !w {wav.name = "w"})
    -> (!m {wav.name = "y"}, !m {wav.name = "z"}) {
  %0 = wav.matmul %x, %w : (!m, !w) -> !m
  %1 = wav.matmul %x, %w into %0 : (!m, !w, !m) -> !m
  %2 = wav.fusion(%1) {rows = 16, partitions = 1} : (!m) -> !m {
  ^bb0(%a: !m):
    %b = wav.combine %a {coefficients = array<f64: 2.0>} : (!m) -> !m
    wav.yield %b : !m
  }
  %3 = wav.matmul %x, %w into %1 : (!m, !w, !m) -> !m
  %4 = wav.matmul %x, %w into %2 : (!m, !w, !m) -> !m
  return %3, %4 : !m, !m
}
