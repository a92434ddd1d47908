// RUN: wav-opt %s --wav-plan | FileCheck %s

// Two reads that differ in the size of their bank are one kernel, whose bank
// has any size; a read with another epsilon is another.

// CHECK: wav.kernel @read attributes
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<8xf32>, %{{.*}}: !wav.bank<? x tensor<8x8xf32>>, %{{.*}}: !wav.bank<? x tensor<8xf32>>, %{{.*}}: tensor<?xi32>):
// CHECK-NEXT: wav.read {{.*}}epsilon = 1.000000e+00
// CHECK: wav.kernel @read_1 attributes
// CHECK: epsilon = 2.000000e+00
// CHECK-NOT: wav.kernel
// CHECK: wav.launch @read(%{{.*}}) {{.*}} : memref<8xf32>, !wav.bank<1 x tensor<8x8xf32>>
// CHECK: wav.launch @read(%{{.*}}) {{.*}} : memref<8xf32>, !wav.bank<2 x tensor<8x8xf32>>
// CHECK: wav.launch @read_1(

!m = tensor<8x8xf32>
!v = tensor<8xf32>
!b1 = !wav.bank<1 x tensor<8x8xf32>>
!s1 = !wav.bank<1 x tensor<8xf32>>
!k1 = tensor<1xi32>
!b2 = !wav.bank<2 x tensor<8x8xf32>>
!s2 = !wav.bank<2 x tensor<8xf32>>
!k2 = tensor<2xi32>
func.func @f(%x: !m {wav.name = "x"}, %q: !v {wav.name = "q"})
    -> (!m {wav.name = "a"}, !m {wav.name = "b"}, !m {wav.name = "c"}) {
  %one = wav.fill {value = 1.0} : !v
  %bank1_0 = wav.source %x
      : (tensor<8x8xf32>) -> !wav.bank<1 x tensor<8x8xf32>>
  %bank1 = wav.bank %bank1_0
      : (!wav.bank<1 x tensor<8x8xf32>>) -> !wav.bank<1 x tensor<8x8xf32>>
  %scales1_0 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scales1 = wav.bank %scales1_0
      : (!wav.bank<1 x tensor<8xf32>>) -> !wav.bank<1 x tensor<8xf32>>
  %kinds1 = arith.constant dense<-1> : !k1
  %a = wav.fusion(%q, %bank1, %scales1, %kinds1) {rows = 8, partitions = 1} : (!v, !b1, !s1, !k1) -> !m {
  ^bb0(%0: !v, %1: !b1, %2: !s1, %3: !k1):
    %r = wav.read query(%0) bank(%1) {epsilon = 1.0}
        : (tensor<8xf32>, !wav.bank<1 x tensor<8x8xf32>, scaled>) -> !m
    wav.yield %r : !m
  }
  %bank2_1 = wav.source %a
      : (tensor<8x8xf32>) -> !wav.bank<1 x tensor<8x8xf32>>
  %bank2 = wav.bank %bank1, %bank2_1
      : (!wav.bank<1 x tensor<8x8xf32>>, !wav.bank<1 x tensor<8x8xf32>>) -> !wav.bank<2 x tensor<8x8xf32>>
  %scales2_0 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scales2_1 = wav.source %one
      : (tensor<8xf32>) -> !wav.bank<1 x tensor<8xf32>>
  %scales2 = wav.bank %scales2_0, %scales2_1
      : (!wav.bank<1 x tensor<8xf32>>, !wav.bank<1 x tensor<8xf32>>) -> !wav.bank<2 x tensor<8xf32>>
  %kinds2 = arith.constant dense<-1> : !k2
  %b = wav.fusion(%q, %bank2, %scales2, %kinds2) {rows = 8, partitions = 1} : (!v, !b2, !s2, !k2) -> !m {
  ^bb0(%0: !v, %1: !b2, %2: !s2, %3: !k2):
    %r = wav.read query(%0) bank(%1) {epsilon = 1.0}
        : (tensor<8xf32>, !wav.bank<2 x tensor<8x8xf32>, scaled>) -> !m
    wav.yield %r : !m
  }
  %c = wav.fusion(%q, %bank2, %scales2, %kinds2) {rows = 8, partitions = 1} : (!v, !b2, !s2, !k2) -> !m {
  ^bb0(%0: !v, %1: !b2, %2: !s2, %3: !k2):
    %r = wav.read query(%0) bank(%1) {epsilon = 2.0}
        : (tensor<8xf32>, !wav.bank<2 x tensor<8x8xf32>, scaled>) -> !m
    wav.yield %r : !m
  }
  return %a, %b, %c : !m, !m, !m
}
