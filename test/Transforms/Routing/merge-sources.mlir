// RUN: wav-opt %s --wav-merge-sources | FileCheck %s
// RUN: wav-opt %s --wav-merge-sources --remarks-filter=wav-merge-sources \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!m = tensor<8x16xf32>
!n = tensor<8xf32>
!q = tensor<16xf32>
!c = tensor<2xf32>
!i = tensor<i32>
!one = !wav.bank<1 x tensor<8x16xf32>>
!ob = !wav.bank<1 x tensor<8x16xf32>, biased>
!obs = !wav.bank<1 x tensor<8x16xf32>, scaled, biased>

// The rows of a block after its first update are one, with as many biases; one
// without an index has no bias. The bank is not looked at.

// REMARK: [Passed] MergeSources {{.*}}Function=biases {{.*}}Remark="open sources that equal others: 2"
// CHECK-LABEL: func.func @biases(
// CHECK-SAME:  %[[A:[a-z0-9]+]]: tensor<8x16xf32>, %[[B:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK:       %[[BANK:.*]] = wav.source %[[A]] bias
// CHECK:       %[[OTHER:.*]] = wav.source %[[B]] bias
// CHECK:       %[[INDICES:.*]] = arith.constant dense<[-1, 1, -1]> : tensor<3xi32>
// CHECK-NEXT:  %[[ONE:.*]] = wav.source %[[A]] bias %[[INDICES]] : (tensor<8x16xf32>, tensor<3xi32>) -> !wav.bank<1 x tensor<8x16xf32>, biased>
// CHECK-NEXT:  wav.read query(%{{.*}} bias %{{.*}}) bank(%[[BANK]]) open(%[[ONE]], %[[OTHER]])
func.func @biases(%a: !m, %b: !m, %q: !q, %c: !c) -> !m {
  %none = arith.constant dense<-1> : !i
  %first = arith.constant dense<0> : !i
  %second = arith.constant dense<1> : !i
  %0 = wav.source %a bias %first : (!m, !i) -> !ob
  %1 = wav.source %a bias %none : (!m, !i) -> !ob
  %2 = wav.source %b bias %first : (!m, !i) -> !ob
  %3 = wav.source %a bias %second : (!m, !i) -> !ob
  %4 = wav.source %a : (!m) -> !one
  %y:3 = wav.read query(%q bias %c) bank(%0) open(%1, %2, %3, %4) {epsilon = 0.5 : f64}
      : (!q, !c, !ob, !ob, !ob, !ob, !one) -> (!m, !n, !n)
  return %y#0 : !m
}

// Planes, coefficients and scale are what makes sources equal.

// REMARK: [Passed] MergeSources {{.*}}Function=combinations {{.*}}Remark="open sources that equal others: 1"
// CHECK-LABEL: func.func @combinations(
// CHECK-SAME:  %[[A:[a-z0-9]+]]: tensor<8x16xf32>, %[[B:[a-z0-9]+]]: tensor<8x16xf32>, %[[S:[a-z0-9]+]]: tensor<8xf32>
// CHECK-DAG:   %[[OTHER:.*]] = wav.source %[[A]], %[[B]] scaled %[[S]] bias %{{.*}} {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-DAG:   %[[UNSCALED:.*]] = wav.source %[[A]], %[[B]] bias %{{.*}} {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-DAG:   %[[INDICES:.*]] = arith.constant dense<[0, 1]> : tensor<2xi32>
// CHECK-DAG:   %[[ONE:.*]] = wav.source %[[A]], %[[B]] scaled %[[S]] bias %[[INDICES]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>} : {{.*}} -> !wav.bank<1 x tensor<8x16xf32>, scaled, biased>
// CHECK:       wav.read query(%{{.*}} bias %{{.*}}) open(%[[ONE]], %[[OTHER]], %[[UNSCALED]])
// CHECK-NOT:   wav.source
// CHECK:       return
func.func @combinations(%a: !m, %b: !m, %s: !n, %q: !q, %c: !c) -> !m {
  %first = arith.constant dense<0> : !i
  %second = arith.constant dense<1> : !i
  %0 = wav.source %a, %b scaled %s bias %first {coefficients = array<f64: 1.0, -1.0>} : (!m, !m, !n, !i) -> !obs
  %1 = wav.source %a, %b scaled %s bias %first {coefficients = array<f64: 1.0, 1.0>} : (!m, !m, !n, !i) -> !obs
  %2 = wav.source %a, %b bias %first {coefficients = array<f64: 1.0, -1.0>} : (!m, !m, !i) -> !ob
  %3 = wav.source %a, %b scaled %s bias %second {coefficients = array<f64: 1.0, -1.0>} : (!m, !m, !n, !i) -> !obs
  %y:3 = wav.read query(%q bias %c) open(%0, %1, %2, %3) {epsilon = 0.5 : f64}
      : (!q, !c, !obs, !obs, !ob, !obs) -> (!m, !n, !n)
  return %y#0 : !m
}

// Without biases too, two of a source count twice. One that is merged already
// keeps all its indices.

// REMARK: [Passed] MergeSources {{.*}}Function=again {{.*}}Remark="open sources that equal others: 1"
// CHECK-LABEL: func.func @again(
// CHECK:       %[[INDICES:.*]] = arith.constant dense<[-1, 0, 1, 1]> : tensor<4xi32>
// CHECK-NEXT:  %[[ONE:.*]] = wav.source %{{.*}} bias %[[INDICES]]
// CHECK-NEXT:  wav.read query(%{{.*}}) open(%[[ONE]])
func.func @again(%a: !m, %q: !q) -> !m {
  %three = arith.constant dense<[0, 1, 1]> : tensor<3xi32>
  %0 = wav.source %a : (!m) -> !one
  %1 = wav.source %a bias %three : (!m, tensor<3xi32>) -> !ob
  %y:3 = wav.read query(%q) open(%0, %1) {epsilon = 0.5 : f64} : (!q, !one, !ob) -> (!m, !n, !n)
  return %y#0 : !m
}

// A source that something else uses is left to it.

// REMARK: [Passed] MergeSources {{.*}}Function=shared {{.*}}Remark="open sources that equal others: 1"
// CHECK-LABEL: func.func @shared(
// CHECK:       %[[KEPT:.*]] = wav.source %{{.*}} : (tensor<8x16xf32>) -> !wav.bank<1 x tensor<8x16xf32>>
// CHECK:       %[[ONE:.*]] = wav.source %{{.*}} bias
// CHECK-NEXT:  wav.read query(%{{.*}}) open(%[[ONE]])
// CHECK:       wav.read query(%{{.*}}) bank(%[[KEPT]])
func.func @shared(%a: !m, %q: !q) -> (!m, !m) {
  %0 = wav.source %a : (!m) -> !one
  %y:3 = wav.read query(%q) open(%0, %0) {epsilon = 0.5 : f64} : (!q, !one, !one) -> (!m, !n, !n)
  %z:3 = wav.read query(%q) bank(%0) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  return %y#0, %z#0 : !m, !m
}

// An index that is not known stays alone.

// REMARK-NOT: Function=unknown
// CHECK-LABEL: func.func @unknown(
// CHECK-COUNT-2: wav.source
// CHECK:       wav.read query(%{{.*}} bias %{{.*}}) open(%{{.*}}, %{{.*}})
func.func @unknown(%a: !m, %q: !q, %c: !c, %i: !i) -> !m {
  %none = arith.constant dense<-1> : !i
  %0 = wav.source %a bias %none : (!m, !i) -> !ob
  %1 = wav.source %a bias %i : (!m, !i) -> !ob
  %y:3 = wav.read query(%q bias %c) open(%0, %1) {epsilon = 0.5 : f64} : (!q, !c, !ob, !ob) -> (!m, !n, !n)
  return %y#0 : !m
}

// REMARK-NOT: Function=different
// CHECK-LABEL: func.func @different(
// CHECK-COUNT-2: wav.source
// CHECK:       wav.read query(%{{.*}}) open(%{{.*}}, %{{.*}})
func.func @different(%a: !m, %b: !m, %q: !q) -> !m {
  %0 = wav.source %a : (!m) -> !one
  %1 = wav.source %b : (!m) -> !one
  %y:3 = wav.read query(%q) open(%0, %1) {epsilon = 0.5 : f64} : (!q, !one, !one) -> (!m, !n, !n)
  return %y#0 : !m
}
