// RUN: wav-opt %s --wav-materialize-sources | FileCheck %s

!m = tensor<4x8xf32>
!b = !wav.bank<1 x tensor<4x8xf32>>
!sb = !wav.bank<1 x tensor<4x8xf32>, scaled, biased>

// The row of a source is formed once, in front of it; its scale and bias stay.
// CHECK-LABEL: func.func @planes
// CHECK-SAME:  %[[A:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<4x8xf32>, %[[S:.*]]: tensor<4xf32>, %[[I:.*]]: tensor<i32>
// CHECK-NEXT:  %[[ROW:.*]] = wav.combine %[[A]], %[[B]] {coefficients = array<f64: 1.000000e+00, -2.000000e+00>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT:  %[[SOURCE:.*]] = wav.source %[[ROW]] scaled %[[S]] bias %[[I]] : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
// CHECK-NEXT:  return %[[SOURCE]]
func.func @planes(%a: !m, %b: !m, %s: tensor<4xf32>, %i: tensor<i32>) -> !sb {
  %0 = wav.source %a, %b scaled %s bias %i {coefficients = array<f64: 1.0, -2.0>}
      : (!m, !m, tensor<4xf32>, tensor<i32>) -> !sb
  return %0 : !sb
}

// Absent coefficients are ones.
// CHECK-LABEL: func.func @sum
// CHECK:       wav.combine %{{.*}}, %{{.*}}, %{{.*}} {coefficients = array<f64: 1.000000e+00, 1.000000e+00, 1.000000e+00>}
func.func @sum(%a: !m) -> !b {
  %0 = wav.source %a, %a, %a : (!m, !m, !m) -> !b
  return %0 : !b
}

// CHECK-LABEL: func.func @coefficient
// CHECK:       %[[ROW:.*]] = wav.combine %{{.*}} {coefficients = array<f64: 5.000000e-01>}
// CHECK-NEXT:  wav.source %[[ROW]] :
func.func @coefficient(%a: !m) -> !b {
  %0 = wav.source %a {coefficients = array<f64: 0.5>} : (!m) -> !b
  return %0 : !b
}

// Planes of bf16 are added up in f32 and rounded to the row's type.
// CHECK-LABEL: func.func @mixed
// CHECK:       wav.combine %{{.*}}, %{{.*}} {{.*}} : (tensor<4x8xbf16>, tensor<4x8xf32>) -> tensor<4x8xbf16>
func.func @mixed(%a: tensor<4x8xbf16>, %b: !m) -> !wav.bank<1 x tensor<4x8xbf16>> {
  %0 = wav.source %a, %b : (tensor<4x8xbf16>, !m) -> !wav.bank<1 x tensor<4x8xbf16>>
  return %0 : !wav.bank<1 x tensor<4x8xbf16>>
}

// A source that names a tensor stays as it is.
// CHECK-LABEL: func.func @named
// CHECK-NOT:   wav.combine
// CHECK:       return
func.func @named(%a: !m) -> (!b, !b) {
  %0 = wav.source %a : (!m) -> !b
  %1 = wav.source %a {coefficients = array<f64: 1.0>} : (!m) -> !b
  return %0, %1 : !b, !b
}

// Where a source is read open, its row is formed.
// CHECK-LABEL: func.func @open
// CHECK-NEXT:  %[[OPEN:.*]] = wav.source %{{.*}}, %{{.*}} :
// CHECK-NEXT:  wav.read query(%{{.*}}) open(%[[OPEN]])
func.func @open(%a: !m, %c: !m, %q: tensor<8xf32>) -> !m {
  %0 = wav.source %a, %c : (!m, !m) -> !b
  %y:3 = wav.read query(%q) open(%0) {epsilon = 0.5 : f64}
      : (tensor<8xf32>, !b) -> (!m, tensor<4xf32>, tensor<4xf32>)
  return %y#0 : !m
}
