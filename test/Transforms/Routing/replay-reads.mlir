// RUN: wav-opt %s --wav-differentiate --wav-replay-reads | FileCheck %s
// RUN: wav-opt %s --wav-differentiate --wav-replay-reads --remarks-filter=wav-replay-reads \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!m = tensor<8x16xf32>
!n = tensor<8xf32>
!q = tensor<16xf32>
!t = tensor<8xi32>
!one = !wav.bank<1 x tensor<8x16xf32>>

// The norm's gradient looks at what was read again, in front of it; a matrix of
// 512 bytes is neither written nor read.

// REMARK: [Passed] ReplayReads {{.*}}Function=norm {{.*}}Remark="read again for the gradient", SavedBytes=1024
// CHECK-LABEL: func.func @norm(
// CHECK:       %[[Y:.*]], %[[MAX:.*]], %[[SUM:.*]] = wav.read query(%[[Q:.*]]) bank(%[[BANK:.*]]) open(%[[OPEN:.*]]) {
// CHECK-NEXT:  wav.rms_norm %[[Y]]
// CHECK:       %[[DN:.*]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[AGAIN:.*]], %{{.*}}, %{{.*}} = wav.read query(%[[Q]]) bank(%[[BANK]]) open(%[[OPEN]]) {
// CHECK-NEXT:  %[[DY:.*]], %{{.*}} = wav.rms_norm_grad %[[AGAIN]], %{{.*}}, %[[DN]]
// CHECK-NEXT:  wav.read_grad query(%[[Q]]) bank(%[[BANK]]) open(%[[OPEN]]) grad(%[[DY]])
func.func @norm(%q: !q, %gain: !q, %a: !m, %b: !m, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank = wav.source %a : (!m) -> !one
  %open = wav.source %a, %b {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !one
  %y:3 = wav.read query(%q) bank(%bank) open(%open) {epsilon = 0.5 : f64} : (!q, !one, !one) -> (!m, !n, !n)
  %n = wav.rms_norm %y#0, %gain {epsilon = 0.5 : f64} : (!m, !q) -> !m
  %loss = wav.cross_entropy %n, %t : (!m, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// Two roles are read again together, in front of the first use.

// REMARK: [Passed] ReplayReads {{.*}}Function=two_roles {{.*}}SavedBytes=2048
// CHECK-LABEL: func.func @two_roles(
// CHECK:       %[[Y:.*]]:2, %{{.*}}:2, %{{.*}}:2 = wav.read query(
// CHECK:       wav.cross_entropy_grad
// CHECK-NEXT:  %[[AGAIN:.*]]:2, %{{.*}}:2, %{{.*}}:2 = wav.read query(
// CHECK-NEXT:  wav.swiglu_grad %[[AGAIN]]#0, %[[AGAIN]]#1
// CHECK-NEXT:  wav.read_grad
func.func @two_roles(%q: !q, %r: !q, %a: !m, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank = wav.source %a : (!m) -> !one
  %y:6 = wav.read query(%q, %r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !q, !one) -> (!m, !m, !n, !n, !n, !n)
  %n = wav.swiglu %y#0, %y#1 : (!m, !m) -> !m
  %loss = wav.cross_entropy %n, %t : (!m, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// What was read is a source of the next read: it is stored for that, and is not
// read again.

// REMARK-NOT: Function=source
// CHECK-LABEL: func.func @source(
// CHECK:       wav.read query(
// CHECK:       wav.source
// CHECK:       wav.read query(
// CHECK-NOT:   wav.read query(
// CHECK:       return
func.func @source(%q: !q, %gain: !q, %a: !m, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank = wav.source %a : (!m) -> !one
  %y:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  %n = wav.rms_norm %y#0, %gain {epsilon = 0.5 : f64} : (!m, !q) -> !m
  %open = wav.source %y#0 : (!m) -> !one
  %z:3 = wav.read query(%q) bank(%bank) open(%open) {epsilon = 0.5 : f64} : (!q, !one, !one) -> (!m, !n, !n)
  %sum = wav.combine %n, %z#0 {coefficients = array<f64: 1.0, 1.0>} : (!m, !m) -> !m
  %loss = wav.cross_entropy %sum, %t : (!m, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// A result is stored in any case.

// REMARK-NOT: Function=result
// CHECK-LABEL: func.func @result(
// CHECK:       wav.read query(
// CHECK-NOT:   wav.read query(
// CHECK:       return
func.func @result(%q: !q, %gain: !q, %a: !m, %t: !t) -> (tensor<f32>, !m)
    attributes {wav.gradient = "arguments"} {
  %bank = wav.source %a : (!m) -> !one
  %y:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  %n = wav.rms_norm %y#0, %gain {epsilon = 0.5 : f64} : (!m, !q) -> !m
  %loss = wav.cross_entropy %n, %t : (!m, !t) -> tensor<f32>
  return %loss, %y#0 : tensor<f32>, !m
}

// No gradient needs what was read.

// REMARK-NOT: Function=linear
// CHECK-LABEL: func.func @linear(
// CHECK:       wav.read query(
// CHECK-NOT:   wav.read query(
// CHECK:       return
func.func @linear(%q: !q, %w: !m, %a: !m, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank = wav.source %a : (!m) -> !one
  %y:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  %sum = wav.combine %y#0, %w {coefficients = array<f64: 1.0, 2.0>} : (!m, !m) -> !m
  %loss = wav.cross_entropy %sum, %t : (!m, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// Without a backward pass there is no later use.

// REMARK-NOT: Function=forward
// CHECK-LABEL: func.func @forward(
// CHECK:       wav.read query(
// CHECK-NOT:   wav.read query(
// CHECK:       return
func.func @forward(%q: !q, %gain: !q, %bank: !one) -> !m {
  %y:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  %n = wav.rms_norm %y#0, %gain {epsilon = 0.5 : f64} : (!m, !q) -> !m
  return %n : !m
}
