// RUN: wav-opt %s --wav-gather-steps | FileCheck %s
// RUN: wav-opt %s --wav-gather-steps=reach=1 | FileCheck %s --check-prefix=NEAR
// RUN: wav-opt %s --wav-gather-steps=reach=0 | FileCheck %s --check-prefix=NONE

!x = tensor<64x32xf32>
!w = tensor<32x32xf32>
!n = tensor<32x32xbf16>

wav.parameter @w : !w {init_value = 1.0 : f64}

// The second and third product move up to the first, over two that differ; the
// last needs what is computed in between. The cast of a parameter comes first.

// CHECK-LABEL: func.func @gather
// CHECK-NEXT: %[[W:.*]] = wav.get @w
// CHECK-NEXT: wav.fusion(%[[W]])
// CHECK: %[[A:.*]] = wav.matmul %arg0, %arg3 :
// CHECK-NEXT: wav.matmul %arg1, %arg3 :
// CHECK-NEXT: wav.matmul %arg2, %arg3 :
// CHECK-NEXT: wav.matmul %arg0, %{{.*}} {transpose_a}
// CHECK-NEXT: wav.matmul %[[A]], %arg3 into
// CHECK-NEXT: %[[E:.*]] = wav.fusion
// CHECK: wav.matmul %[[E]], %arg3 :

// NEAR-LABEL: func.func @gather
// NEAR: wav.matmul %arg0, %arg3 :
// NEAR-NEXT: wav.matmul %arg1, %arg3 :
// NEAR-NEXT: wav.matmul %arg0, %{{.*}} {transpose_a}
// NEAR-NEXT: wav.matmul %{{.*}} into
// NEAR-NEXT: wav.matmul %arg2, %arg3 :

// NONE-LABEL: func.func @gather
// NONE-NEXT: wav.matmul %arg0, %arg3 :
// NONE-NEXT: wav.matmul %arg0, %{{.*}} {transpose_a}
func.func @gather(%a: !x {wav.name = "a"}, %b: !x {wav.name = "b"}, %c: !x {wav.name = "c"}, %v: !w {wav.name = "v"})
    -> (!x {wav.name = "x"}, !x {wav.name = "y"}, !x {wav.name = "z"}, !w {wav.name = "dw"}, !x {wav.name = "f"}, !n {wav.name = "n"}) {
  %0 = wav.matmul %a, %v : (!x, !w) -> !x
  %1 = wav.matmul %a, %a {transpose_a} : (!x, !x) -> !w
  %2 = wav.matmul %b, %v : (!x, !w) -> !x
  %3 = wav.matmul %0, %v into %2 : (!x, !w, !x) -> !x
  %4 = wav.matmul %c, %v : (!x, !w) -> !x
  %5 = wav.fusion(%3) {rows = 64 : i64, partitions = 1 : i64} : (!x) -> !x {
  ^bb0(%i: !x):
    %e = math.exp %i : !x
    wav.yield %e : !x
  }
  %6 = wav.matmul %5, %v : (!x, !w) -> !x
  %w = wav.get @w : !w
  %7 = wav.fusion(%w) {rows = 32 : i64, partitions = 1 : i64} : (!w) -> !n {
  ^bb0(%i: !w):
    %n = wav.cast %i : (!w) -> !n
    wav.yield %n : !n
  }
  return %3, %4, %6, %1, %5, %7 : !x, !x, !x, !w, !x, !n
}

// A cast stays behind what replaces its parameter.

// CHECK-LABEL: func.func @replaced
// CHECK-NEXT: wav.set @w
// CHECK-NEXT: wav.get @w
// CHECK-NEXT: wav.fusion
func.func @replaced(%new: !w {wav.name = "new"}) -> (!n {wav.name = "n"}) {
  wav.set @w, %new : !w
  %w = wav.get @w : !w
  %0 = wav.fusion(%w) {rows = 32 : i64, partitions = 1 : i64} : (!w) -> !n {
  ^bb0(%i: !w):
    %n = wav.cast %i : (!w) -> !n
    wav.yield %n : !n
  }
  return %0 : !n
}

// What is only needed behind the point of most memory stays there: in front it
// would live at that point too.

// CHECK-LABEL: func.func @memory
// CHECK-NEXT: wav.matmul
// CHECK-NEXT: wav.matmul
// CHECK-NEXT: wav.matmul
// CHECK-NEXT: wav.get @w
// CHECK-NEXT: wav.fusion
func.func @memory(%a: !x {wav.name = "a"}, %v: !w {wav.name = "v"}) -> (!x {wav.name = "y"}) {
  %0 = wav.matmul %a, %v : (!x, !w) -> !x
  %1 = wav.matmul %0, %v : (!x, !w) -> !x
  %2 = wav.matmul %1, %v : (!x, !w) -> !x
  %w = wav.get @w : !w
  %3 = wav.fusion(%w) {rows = 32 : i64, partitions = 1 : i64} : (!w) -> !w {
  ^bb0(%i: !w):
    %e = math.exp %i : !w
    wav.yield %e : !w
  }
  %4 = wav.matmul %2, %3 : (!x, !w) -> !x
  return %4 : !x
}

// Blocks are of one function: one of several is left alone.

// CHECK-LABEL: func.func @blocks
// CHECK-NEXT: wav.get @w
// CHECK-NEXT: wav.matmul
// CHECK: wav.fusion
func.func @blocks(%a: !x) -> (!x, !n) {
  %w = wav.get @w : !w
  %0 = wav.matmul %a, %w : (!x, !w) -> !x
  cf.br ^next
^next:
  %1 = wav.fusion(%w) {rows = 32 : i64, partitions = 1 : i64} : (!w) -> !n {
  ^bb0(%i: !w):
    %n = wav.cast %i : (!w) -> !n
    wav.yield %n : !n
  }
  return %0, %1 : !x, !n
}
