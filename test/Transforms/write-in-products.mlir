// RUN: wav-opt %s --wav-write-in-products | FileCheck %s
// RUN: wav-opt %s --wav-write-in-products --remarks-filter=wav-write-in-products \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: wav-opt %s --wav-write-in-products=keep-equal-products | FileCheck %s --check-prefix=KEEP

!x = tensor<4x8xf32>
!w = tensor<8x16xf32>
!h = tensor<4x16xf32>
!n = tensor<4x8xbf16>

// CHECK-LABEL: func.func @write
// CHECK-SAME: %[[H:.*]]: tensor<4x16xf32>, %[[W:.*]]: tensor<8x16xf32>, %[[ROW:.*]]: tensor<4x8xf32>
// CHECK-NEXT: %[[SUM:.*]] = wav.matmul %[[H]], %[[W]] into %[[ROW]] {transpose_b}
// CHECK-NEXT: return %[[SUM]], %[[ROW]]
// REMARK: [Passed] Added {{.*}}Function=write {{.*}}Remark="a product is added
// REMARK-SAME: UnstoredBytes=128
func.func @write(%h: !h, %w: !w, %row: !x) -> (!x, !x) {
  %u = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %sum = wav.write %u into %row {coefficient = 1.0 : f64} : (!x, !x) -> !x
  return %sum, %row : !x, !x
}

// A product waits for what it adds, but no longer.

// CHECK-LABEL: func.func @order
// CHECK-NEXT: %[[A:.*]] = wav.matmul
// CHECK-NEXT: %[[B:.*]] = wav.matmul %{{.*}}, %{{.*}} into %[[A]]
// CHECK-NEXT: %[[E:.*]] = math.exp
// CHECK-NEXT: %[[C:.*]] = wav.matmul %{{.*}}, %{{.*}} into %[[E]]
// CHECK-NEXT: return %[[B]], %[[C]]
func.func @order(%h: !h, %w: !w, %row: !x) -> (!x, !x) {
  %a = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %b = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %c = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %e = math.exp %row : !x
  %ab = wav.combine %b, %a {coefficients = array<f64: 1.0, 1.0>} : (!x, !x) -> !x
  %ce = wav.combine %c, %e {coefficients = array<f64: 1.0, 1.0>} : (!x, !x) -> !x
  return %ab, %ce : !x, !x
}

// CHECK-LABEL: func.func @chain
// CHECK-NEXT: %[[A:.*]] = wav.matmul %{{.*}}, %{{.*}} into %{{.*}}
// CHECK-NEXT: %[[B:.*]] = wav.matmul %{{.*}}, %{{.*}} into %[[A]]
// CHECK-NEXT: return %[[B]]
func.func @chain(%h: !h, %w: !w, %row: !x) -> !x {
  %a = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %b = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %sum = wav.combine %a, %row, %b {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!x, !x, !x) -> !x
  return %sum : !x
}

// What stays.

// CHECK-LABEL: func.func @stays
// CHECK-COUNT-5: wav.matmul %{{[a-z0-9]*}}, %{{[a-z0-9]*}} {transpose_b}
// CHECK-NOT: wav.matmul
// CHECK: wav.write
// CHECK: wav.combine
// CHECK: wav.write
// CHECK: wav.combine
// CHECK: wav.write
// REMARK: NotAdded {{.*}} Function=stays | Remark="a product is stored alone: an addend is scaled"
// REMARK: NotAdded {{.*}} Function=stays | Remark="a product is stored alone: an addend is scaled"
// REMARK: NotAdded {{.*}} Function=stays | Remark="a product is stored alone: the product has other uses, or an accumulator"
// REMARK: NotAdded {{.*}} Function=stays | Remark="a product is stored alone: more than one addend is no product
// REMARK: NotAdded {{.*}} Function=stays | Remark="a product is stored alone: an addend is of another type than the sum"
// REMARK-NOT: NotAdded
func.func @stays(%h: !h, %w: !w, %row: !x, %narrow: !n, %scale: tensor<8xf32>) -> (!x, !x, !x, !x, !x, !x, !n, !x) {
  %a = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %b = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %c = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %d = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %e = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %scaled = wav.write %a into %row scaled %scale per channel {coefficient = 1.0 : f64} : (!x, !x, tensor<8xf32>) -> !x
  %difference = wav.combine %b, %row {coefficients = array<f64: 1.0, -1.0>} : (!x, !x) -> !x
  %used = wav.write %c into %row {coefficient = 1.0 : f64} : (!x, !x) -> !x
  %three = wav.combine %d, %row, %used {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!x, !x, !x) -> !x
  %mixed = wav.combine %e, %narrow {coefficients = array<f64: 1.0, 1.0>} : (!x, !n) -> !n
  %first = wav.write %row {coefficient = 2.0 : f64} : (!x) -> !x
  return %scaled, %difference, %used, %c, %three, %row, %mixed, %first : !x, !x, !x, !x, !x, !x, !n, !x
}

// Equal products may be left for a GPU to compute at once; where something else
// is added they add it.

// CHECK-LABEL: func.func @equal
// CHECK-COUNT-2: into
// CHECK-NOT: wav.combine
// KEEP-LABEL: func.func @equal
// KEEP-COUNT-3: wav.matmul %{{[a-z0-9]*}}, %{{[a-z0-9]*}} {transpose_b}
// KEEP-NEXT: wav.combine
func.func @equal(%h: !h, %w: !w) -> !x {
  %a = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %b = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %c = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %sum = wav.combine %a, %b, %c {coefficients = array<f64: 1.0, 1.0, 1.0>} : (!x, !x, !x) -> !x
  return %sum : !x
}

// KEEP-LABEL: func.func @unequal
// KEEP: into
// KEEP-NOT: wav.combine
func.func @unequal(%h: !h, %w: !w, %g: !x, %v: tensor<8x8xf32>) -> !x {
  %a = wav.matmul %h, %w {transpose_b} : (!h, !w) -> !x
  %b = wav.matmul %g, %v : (!x, tensor<8x8xf32>) -> !x
  %sum = wav.combine %a, %b {coefficients = array<f64: 1.0, 1.0>} : (!x, !x) -> !x
  return %sum : !x
}
