// RUN: wav-opt %s --wav-plan | FileCheck %s

// Two reads that differ in the size of their bank are one kernel, whose bank
// has any size; a read with another epsilon is another. A bank's table names the
// tensors of each source: its row, its scale and the index of its bias.

// CHECK: wav.constant at {{.*}} dense<-1> : tensor<i32>
// CHECK: wav.kernel @read attributes
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<8xf32>, %{{.*}}: !wav.bank<? x tensor<8x8xf32>, scaled, biased>):
// CHECK-NEXT: wav.read {{.*}}epsilon = 1.000000e+00
// CHECK: wav.kernel @read_1 attributes
// CHECK: epsilon = 2.000000e+00
// CHECK-NOT: wav.kernel
// CHECK: %[[T1:.*]] = wav.table(%[[X:.*]], %[[S:.*]], %[[I:.*]]) : (memref<8x8xf32>, memref<8xf32>, memref<i32>) -> !wav.bank<1 x tensor<8x8xf32>, scaled, biased>
// CHECK: wav.launch @read(%{{.*}}, %[[T1]], %[[A:.*]]) {{.*}} : memref<8xf32>, !wav.bank<1 x tensor<8x8xf32>, scaled, biased>
// CHECK: %[[T2:.*]] = wav.table(%[[X]], %[[S]], %[[I]], %[[A]], %[[S]], %[[I]]) :
// CHECK: wav.launch @read(%{{.*}}, %[[T2]], %{{.*}}) {{.*}} : memref<8xf32>, !wav.bank<2 x tensor<8x8xf32>, scaled, biased>
// CHECK: wav.launch @read_1(

!m = tensor<8x8xf32>
!v = tensor<8xf32>
!b1 = !wav.bank<1 x tensor<8x8xf32>, scaled, biased>
!b2 = !wav.bank<2 x tensor<8x8xf32>, scaled, biased>
func.func @f(%x: !m {wav.name = "x"}, %q: !v {wav.name = "q"}, %s: !v {wav.name = "s"})
    -> (!m {wav.name = "a"}, !m {wav.name = "b"}, !m {wav.name = "c"}) {
  %none = arith.constant dense<-1> : tensor<i32>
  %sx = wav.source %x scaled %s bias %none : (!m, !v, tensor<i32>) -> !b1
  %bank1 = wav.bank %sx : (!b1) -> !b1
  %a = wav.fusion(%q, %bank1) {rows = 8, partitions = 1} : (!v, !b1) -> !m {
  ^bb0(%0: !v, %1: !b1):
    %r, %r_max, %r_sum = wav.read query(%0) bank(%1) {epsilon = 1.0}
      : (!v, !b1) -> (!m, tensor<8xf32>, tensor<8xf32>)
    wav.yield %r : !m
  }
  %sa = wav.source %a scaled %s bias %none : (!m, !v, tensor<i32>) -> !b1
  %bank2 = wav.bank %bank1, %sa : (!b1, !b1) -> !b2
  %b = wav.fusion(%q, %bank2) {rows = 8, partitions = 1} : (!v, !b2) -> !m {
  ^bb0(%0: !v, %1: !b2):
    %r, %r_max, %r_sum = wav.read query(%0) bank(%1) {epsilon = 1.0}
      : (!v, !b2) -> (!m, tensor<8xf32>, tensor<8xf32>)
    wav.yield %r : !m
  }
  %c = wav.fusion(%q, %bank2) {rows = 8, partitions = 1} : (!v, !b2) -> !m {
  ^bb0(%0: !v, %1: !b2):
    %r, %r_max, %r_sum = wav.read query(%0) bank(%1) {epsilon = 2.0}
      : (!v, !b2) -> (!m, tensor<8xf32>, tensor<8xf32>)
    wav.yield %r : !m
  }
  return %a, %b, %c : !m, !m, !m
}
