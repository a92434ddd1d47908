// RUN: wav-opt %s --wav-differentiate --wav-replay | FileCheck %s
// RUN: wav-opt %s --wav-differentiate --wav-replay --remarks-filter=wav-replay \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!m = tensor<8x16xf32>
!n = tensor<8xf32>
!q = tensor<16xf32>
!t = tensor<8xi32>
!one = !wav.bank<1 x tensor<8x16xf32>>

// The norm's gradient looks at what was read again, in front of it; a matrix of
// 512 bytes is neither written nor read.

// REMARK: [Passed] Replay {{.*}}Function=norm {{.*}}FreedBytes=512, Remark="read is repeated for its gradient", SavedBytes=1024
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

// REMARK: [Passed] Replay {{.*}}Function=two_roles {{.*}}SavedBytes=2048
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

// The product that is the gradient of a weight follows the gradient of the
// gated unit, where the unit is repeated. It is stored once more for it.

// REMARK: [Passed] Replay {{.*}}Function=gated {{.*}}FreedBytes=1024, Remark="swiglu is repeated for its gradient", SavedBytes=-1024
// CHECK-LABEL: func.func @gated(
// CHECK:       %[[Y:.*]] = wav.swiglu %[[GATE:.*]], %[[UP:.*]] :
// CHECK-NEXT:  wav.matmul %[[Y]], %[[W:[^ ]*]]
// CHECK:       %[[DLOGITS:.*]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DOUT:.*]] = wav.matmul %[[DLOGITS]]
// CHECK-NEXT:  wav.matmul
// CHECK-NEXT:  %[[DY:.*]] = wav.matmul %[[DOUT]], %[[W]] {transpose_b}
// CHECK-NEXT:  %[[AGAIN:.*]] = wav.swiglu %[[GATE]], %[[UP]] :
// CHECK-NEXT:  wav.swiglu_grad %[[GATE]], %[[UP]], %[[DY]]
// CHECK-NEXT:  wav.matmul %[[AGAIN]], %[[DOUT]] {transpose_a}
// CHECK-NOT:   wav.swiglu
// CHECK:       return
func.func @gated(%x: !m, %gate_weight: tensor<16x32xf32>, %up_weight: tensor<16x32xf32>,
                 %w: tensor<32x16xf32>, %head: tensor<16x256xf32>, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %gate = wav.matmul %x, %gate_weight : (!m, tensor<16x32xf32>) -> tensor<8x32xf32>
  %up = wav.matmul %x, %up_weight : (!m, tensor<16x32xf32>) -> tensor<8x32xf32>
  %y = wav.swiglu %gate, %up : (tensor<8x32xf32>, tensor<8x32xf32>) -> tensor<8x32xf32>
  %out = wav.matmul %y, %w : (tensor<8x32xf32>, tensor<32x16xf32>) -> !m
  %logits = wav.matmul %out, %head : (!m, tensor<16x256xf32>) -> tensor<8x256xf32>
  %loss = wav.cross_entropy %logits, %t : (tensor<8x256xf32>, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// The product would keep as much as is freed.

// REMARK-NOT: Function=square
// CHECK-LABEL: func.func @square(
// CHECK:       wav.swiglu %
// CHECK-NOT:   wav.swiglu %
// CHECK:       return
func.func @square(%x: !m, %gate_weight: tensor<16x16xf32>, %up_weight: tensor<16x16xf32>,
                  %w: tensor<16x16xf32>, %head: tensor<16x256xf32>, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %gate = wav.matmul %x, %gate_weight : (!m, tensor<16x16xf32>) -> !m
  %up = wav.matmul %x, %up_weight : (!m, tensor<16x16xf32>) -> !m
  %y = wav.swiglu %gate, %up : (!m, !m) -> !m
  %out = wav.matmul %y, %w : (!m, tensor<16x16xf32>) -> !m
  %logits = wav.matmul %out, %head : (!m, tensor<16x256xf32>) -> tensor<8x256xf32>
  %loss = wav.cross_entropy %logits, %t : (tensor<8x256xf32>, !t) -> tensor<f32>
  return %loss : tensor<f32>
}

// The most memory is live before the unit is computed.

// REMARK-NOT: Function=early_peak
// CHECK-LABEL: func.func @early_peak(
// CHECK:       wav.swiglu %
// CHECK-NOT:   wav.swiglu %
// CHECK:       return
func.func @early_peak(%wide: tensor<8x512xf32>, %in: tensor<512x512xf32>,
                      %gate_weight: tensor<512x32xf32>, %up_weight: tensor<512x32xf32>,
                      %w: tensor<32x16xf32>, %t: !t) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %a = wav.matmul %wide, %in : (tensor<8x512xf32>, tensor<512x512xf32>) -> tensor<8x512xf32>
  %b = wav.combine %a, %wide {coefficients = array<f64: 1.0, 1.0>} : (tensor<8x512xf32>, tensor<8x512xf32>) -> tensor<8x512xf32>
  %gate = wav.matmul %b, %gate_weight : (tensor<8x512xf32>, tensor<512x32xf32>) -> tensor<8x32xf32>
  %up = wav.matmul %b, %up_weight : (tensor<8x512xf32>, tensor<512x32xf32>) -> tensor<8x32xf32>
  %y = wav.swiglu %gate, %up : (tensor<8x32xf32>, tensor<8x32xf32>) -> tensor<8x32xf32>
  %out = wav.matmul %y, %w : (tensor<8x32xf32>, tensor<32x16xf32>) -> !m
  %loss = wav.cross_entropy %out, %t : (!m, !t) -> tensor<f32>
  return %loss : tensor<f32>
}
