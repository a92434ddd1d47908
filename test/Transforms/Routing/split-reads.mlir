// RUN: wav-opt %s --wav-differentiate --wav-split-reads | FileCheck %s
// RUN: wav-opt %s --wav-differentiate --wav-split-reads --remarks-filter=wav-split-reads \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: wav-opt %s --wav-differentiate --wav-split-reads=registers=90 | FileCheck %s --check-prefix=PARTS

!m = tensor<8x16xf32>
!n = tensor<8xf32>
!q = tensor<16xf32>
!c = tensor<2xf32>
!one = !wav.bank<1 x tensor<8x16xf32>>
!two = !wav.bank<2 x tensor<8x16xf32>>
!four = !wav.bank<4 x tensor<8x16xf32>>

// The first read of a block has no open source: it is the part itself. The
// second has two roles; its query is known in advance, although it is stated
// late. A matrix has 512 bytes: of 4 sources 8 are not read again, and parts are
// written and read by the second and the third read.

// REMARK: [Passed] SplitReads {{.*}}Function=forward {{.*}}Remark="3 reads share one pass over their bank", SavedBytes=2048
// CHECK-LABEL: func.func @forward(
// CHECK-SAME:  %[[Q0:[a-z0-9]+]]: tensor<16xf32>, %[[Q1:[a-z0-9]+]]: tensor<16xf32>, %[[Q2:[a-z0-9]+]]: tensor<16xf32>, %[[GAIN:[a-z0-9]+]]: tensor<16xf32>
// CHECK-SAME:  %[[BANK:[a-z0-9]+]]: !wav.bank<4 x
// CHECK-NEXT:  %[[Q:.*]] = arith.mulf %[[Q1]], %[[GAIN]]
// CHECK-NEXT:  %[[P:.*]]:4, %[[M:.*]]:4, %[[S:.*]]:4 = wav.read query(%[[Q0]], %[[Q]], %[[Q2]], %[[Q2]]) bank(%[[BANK]]) {epsilon = 5.000000e-01 : f64}
// CHECK-NEXT:  %[[OPEN1:.*]] = wav.source %[[P]]#0
// CHECK-NEXT:  %[[Y1:.*]]:2, %{{.*}}:2, %[[S1:.*]]:2 = wav.read query(%[[Q]], %[[Q2]]) open(%[[OPEN1]]) after(%[[P]]#1, %[[P]]#2 max %[[M]]#1, %[[M]]#2 sum %[[S]]#1, %[[S]]#2) {epsilon = 5.000000e-01 : f64}
// CHECK-NEXT:  %[[OPEN2:.*]] = wav.source %[[Y1]]#1
// CHECK-NEXT:  %[[Y2:.*]], %{{.*}}, %{{.*}} = wav.read query(%[[Q2]]) open(%[[OPEN1]], %[[OPEN2]]) after(%[[P]]#3 max %[[M]]#3 sum %[[S]]#3) {epsilon = 5.000000e-01 : f64}
// CHECK-NEXT:  return %[[Y1]]#0, %[[Y2]], %[[M]]#0, %[[S1]]#1
func.func @forward(%q0: !q, %q1: !q, %q2: !q, %gain: !q, %bank: !four) -> (!m, !m, !n, !n) {
  %y0:3 = wav.read query(%q0) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %open1 = wav.source %y0#0 : (!m) -> !one
  %q = arith.mulf %q1, %gain : !q
  %y1:6 = wav.read query(%q, %q2) bank(%bank) open(%open1) {epsilon = 0.5 : f64}
      : (!q, !q, !four, !one) -> (!m, !m, !n, !n, !n, !n)
  %open2 = wav.source %y1#1 : (!m) -> !one
  %y2:3 = wav.read query(%q2) bank(%bank) open(%open1, %open2) {epsilon = 0.5 : f64}
      : (!q, !four, !one, !one) -> (!m, !n, !n)
  return %y1#0, %y2#0, %y0#1, %y1#5 : !m, !m, !n, !n
}

// The gradients of three reads: each has that of its open sources and what the
// part's needs, and that of the bank is formed at once. The gradient of a read
// without open sources is that of a part with all the weight. What a gradient
// of a query goes to, here that of %w, waits for the shared one.

// REMARK: [Passed] SplitReads {{.*}}Function=gradients {{.*}}Remark="3 reads share one pass over their bank", SavedBytes=10240
// CHECK-LABEL: func.func @gradients(
// CHECK-SAME:  %[[W:[a-z0-9]+]]: tensor<16xf32>, %[[Q1:[a-z0-9]+]]: tensor<16xf32>, %[[B0:[a-z0-9]+]]: tensor<2xf32>, %[[B1:[a-z0-9]+]]: tensor<2xf32>
// CHECK:       %[[BANK:.*]] = wav.bank
// CHECK:       %[[Q2:.*]] = arith.mulf %[[W]], %[[W]]
// CHECK:       %[[ALL:.*]] = wav.fill {value = 1.0{{.*}}} : tensor<8xf32>
// CHECK:       %[[NONE:.*]] = wav.fill {value = 0.0{{.*}}} : tensor<8xf32>
// CHECK:       %[[P:.*]]:3, %[[M:.*]]:3, %[[S:.*]]:3 = wav.read query(%[[W]], %[[Q1]], %[[Q2]] bias %[[B0]], %[[B1]], %[[B1]]) bank(%[[BANK]])
// CHECK:       %[[OPEN1:.*]] = wav.source %[[P]]#0
// CHECK:       %[[Y1:.*]], %{{.*}}, %{{.*}} = wav.read query(%[[Q1]] bias %[[B1]]) open(%[[OPEN1]]) after(%[[P]]#1
// CHECK:       %[[OPEN2:.*]] = wav.source %[[Y1]]
// CHECK:       %[[Y2:.*]], %{{.*}}, %{{.*}} = wav.read query(%[[Q2]] bias %[[B1]]) open(%[[OPEN2]]) after(%[[P]]#2
// CHECK-NOT:   bank(
// CHECK:       %[[DY2:.*]] = wav.cross_entropy_grad %[[Y2]]
// CHECK:       %[[OWNQ2:.*]], %[[OWNB2:.*]], %[[DY1:.*]], %[[W2:.*]], %[[L2:.*]] = wav.read_grad query(%[[Q2]] bias %[[B1]]) open(%[[OPEN2]]) after(%[[P]]#2 max %[[M]]#2 sum %[[S]]#2) grad(%[[DY2]]) {epsilon = 5.000000e-01 : f64, resultSegmentSizes = array<i32: 1, 1, 0, 1, 0, 1, 1>}
// CHECK:       %[[OWNQ1:.*]], %[[OWNB1:.*]], %[[DY0:.*]], %[[W1:.*]], %[[L1:.*]] = wav.read_grad query(%[[Q1]] bias %[[B1]]) open(%[[OPEN1]]) after(%[[P]]#1 max %[[M]]#1 sum %[[S]]#1) grad(%[[DY1]])
// CHECK:       %[[DQ:.*]]:3, %[[DB:.*]]:3, %[[DBANK:.*]] = wav.read_grad query(%[[W]], %[[Q1]], %[[Q2]] bias %[[B0]], %[[B1]], %[[B1]]) bank(%[[BANK]])
// CHECK-SAME:    grad(%[[DY0]], %[[DY1]], %[[DY2]] weight %[[ALL]], %[[W1]], %[[W2]] lse_grad %[[NONE]], %[[L1]], %[[L2]])
// CHECK-NOT:     into
// CHECK-DAG:   %[[DQ1:.*]] = wav.combine %[[OWNQ1]], %[[DQ]]#1
// CHECK-DAG:   wav.combine %[[OWNB1]], %[[DB]]#1
// CHECK-DAG:   %[[DQ2:.*]] = wav.combine %[[OWNQ2]], %[[DQ]]#2
// CHECK-DAG:   wav.combine %[[OWNB2]], %[[DB]]#2
// CHECK-DAG:   arith.mulf %[[DQ2]], %[[W]]
// CHECK-DAG:   wav.take %[[DBANK]][0]
// CHECK-DAG:   wav.take %[[DBANK]][3]
// CHECK-NOT:   wav.read
// CHECK:       return %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %[[DQ1]], %[[DB]]#0
// 90 registers are enough for two roles: three get two gradients, the second of
// which goes on with the bank's.
// PARTS-LABEL: func.func @gradients(
// PARTS:       %{{.*}}, %{{.*}}, %[[G:.*]] = wav.read_grad query(%{{[^,]*}} bias %{{[^,]*}}) bank(
// PARTS:       wav.read_grad query(%{{[^,]*}}, %{{[^,]*}} bias %{{[^,]*}}, %{{[^,]*}}) bank({{.*}} into(%[[G]])
func.func @gradients(%w: !q, %q1: !q, %b0: !c, %b1: !c, %a: !m, %b: !m, %t: tensor<8xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %0 = wav.source %a : (!m) -> !one
  %1 = wav.source %b : (!m) -> !one
  %bank = wav.bank %0, %1, %0, %1 : (!one, !one, !one, !one) -> !four
  %y0:3 = wav.read query(%w bias %b0) bank(%bank) {epsilon = 0.5 : f64} : (!q, !c, !four) -> (!m, !n, !n)
  %open1 = wav.source %y0#0 : (!m) -> !one
  %y1:3 = wav.read query(%q1 bias %b1) bank(%bank) open(%open1) {epsilon = 0.5 : f64} : (!q, !c, !four, !one) -> (!m, !n, !n)
  %open2 = wav.source %y1#0 : (!m) -> !one
  %q2 = arith.mulf %w, %w : !q
  %y2:3 = wav.read query(%q2 bias %b1) bank(%bank) open(%open2) {epsilon = 0.5 : f64} : (!q, !c, !four, !one) -> (!m, !n, !n)
  %loss = wav.cross_entropy %y2#0, %t : (!m, tensor<8xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A bank that extends another is read by reads of its own; what they accumulate
// is where the shorter bank's gradient starts.

// REMARK: [Passed] SplitReads {{.*}}Function=two_blocks {{.*}}Remark="2 reads share one pass over their bank"
// REMARK: [Passed] SplitReads {{.*}}Function=two_blocks {{.*}}Remark="2 reads share one pass over their bank"
// CHECK-LABEL: func.func @two_blocks(
// CHECK:       %[[P:.*]]:2, %{{.*}}:2, %{{.*}}:2 = wav.read query(%{{.*}}, %{{.*}}) bank(%[[SHORT:.*]]) {
// CHECK:       %[[R:.*]]:2, %{{.*}}:2, %{{.*}}:2 = wav.read query(%{{.*}}, %{{.*}}) bank(%[[LONG:.*]]) {
// CHECK:       %{{.*}}:2, %[[DLONG:.*]] = wav.read_grad query(%{{.*}}, %{{.*}}) bank(%[[LONG]])
// CHECK-NOT:     into
// CHECK:       %[[START:.*]] = wav.slice %[[DLONG]] from 0
// CHECK:       wav.read_grad query(%{{.*}}, %{{.*}}) bank(%[[SHORT]]) {{.*}} into(%[[START]])
func.func @two_blocks(%q: !q, %r: !q, %a: !m, %t: tensor<8xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %0 = wav.source %a : (!m) -> !one
  %short = wav.bank %0, %0, %0, %0 : (!one, !one, !one, !one) -> !four
  %y0:3 = wav.read query(%q) bank(%short) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %open1 = wav.source %y0#0 : (!m) -> !one
  %y1:3 = wav.read query(%r) bank(%short) open(%open1) {epsilon = 0.5 : f64} : (!q, !four, !one) -> (!m, !n, !n)
  %s1 = wav.source %y1#0 : (!m) -> !one
  %long = wav.bank %short, %s1 : (!four, !one) -> !wav.bank<5 x tensor<8x16xf32>>
  %y2:3 = wav.read query(%q) bank(%long) {epsilon = 0.5 : f64} : (!q, !wav.bank<5 x tensor<8x16xf32>>) -> (!m, !n, !n)
  %open2 = wav.source %y2#0 : (!m) -> !one
  %y3:3 = wav.read query(%r) bank(%long) open(%open2) {epsilon = 0.5 : f64} : (!q, !wav.bank<5 x tensor<8x16xf32>>, !one) -> (!m, !n, !n)
  %loss = wav.cross_entropy %y3#0, %t : (!m, tensor<8xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Two sources are read once less, which pays as long as no part is written.

// REMARK: [Passed] SplitReads {{.*}}Function=only_closed {{.*}}SavedBytes=1024
// CHECK-LABEL: func.func @only_closed(
// CHECK-NEXT:  %[[P:.*]]:2, %{{.*}}:2, %{{.*}}:2 = wav.read query(%{{.*}}, %{{.*}}) bank(
// CHECK-NEXT:  return %[[P]]#0, %[[P]]#1
func.func @only_closed(%q: !q, %r: !q, %bank: !two) -> (!m, !m) {
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !two) -> (!m, !n, !n)
  %y1:3 = wav.read query(%r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !two) -> (!m, !n, !n)
  return %y0#0, %y1#0 : !m, !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=small_bank {{.*}}Remark="2 reads of one bank are not split: each read on its own moves no more"
// CHECK-LABEL: func.func @small_bank(
// CHECK-COUNT-2: wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}})
func.func @small_bank(%q: !q, %r: !q, %x: !m, %bank: !two) -> (!m, !m) {
  %open = wav.source %x : (!m) -> !one
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !two) -> (!m, !n, !n)
  %y1:3 = wav.read query(%r) bank(%bank) open(%open) {epsilon = 0.5 : f64} : (!q, !two, !one) -> (!m, !n, !n)
  return %y0#0, %y1#0 : !m, !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=token_query {{.*}}Remark="2 reads of one bank are not split: a query depends on what was read before"
// CHECK-LABEL: func.func @token_query(
// CHECK-COUNT-2: wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}})
func.func @token_query(%q: !q, %bank: !four) -> !m {
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %r = wav.row_sum %y0#0 per channel : (!m) -> !q
  %y1:3 = wav.read query(%r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  return %y1#0 : !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=token_bias {{.*}}Remark="2 reads of one bank are not split: a query depends on what was read before"
// CHECK-LABEL: func.func @token_bias(
// CHECK-COUNT-2: wav.read query(%{{[a-z0-9]+}} bias
func.func @token_bias(%q: !q, %bias: !q, %bank: !four) -> !m {
  %y0:3 = wav.read query(%q bias %bias) bank(%bank) {epsilon = 0.5 : f64} : (!q, !q, !four) -> (!m, !n, !n)
  %r = wav.row_sum %y0#0 per channel : (!m) -> !q
  %y1:3 = wav.read query(%q bias %r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !q, !four) -> (!m, !n, !n)
  return %y1#0 : !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=epsilons {{.*}}: the reads differ in their biases, epsilon or types"
// CHECK-LABEL: func.func @epsilons(
// CHECK-COUNT-2: wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}})
func.func @epsilons(%q: !q, %bank: !four) -> (!m, !m) {
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %y1:3 = wav.read query(%q) bank(%bank) {epsilon = 0.25 : f64} : (!q, !four) -> (!m, !n, !n)
  return %y0#0, %y1#0 : !m, !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=one_has_biases {{.*}}: the reads differ in their biases, epsilon or types"
// CHECK-LABEL: func.func @one_has_biases(
// CHECK:         wav.read query(%{{[a-z0-9]+}} bias
// CHECK:         wav.read query(%{{[a-z0-9]+}}) bank(
func.func @one_has_biases(%q: !q, %bias: !c, %bank: !four) -> (!m, !m) {
  %y0:3 = wav.read query(%q bias %bias) bank(%bank) {epsilon = 0.5 : f64} : (!q, !c, !four) -> (!m, !n, !n)
  %y1:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  return %y0#0, %y1#0 : !m, !m
}

// REMARK: [Missed] SplitReads {{.*}}Function=one_is_rounded {{.*}}: the reads differ in their biases, epsilon or types"
// CHECK-LABEL: func.func @one_is_rounded(
// CHECK-COUNT-2: wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}})
func.func @one_is_rounded(%q: !q, %bank: !four) -> (!m, tensor<8x16xbf16>) {
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %y1:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (tensor<8x16xbf16>, !n, !n)
  return %y0#0, %y1#0 : !m, tensor<8x16xbf16>
}

// Of two reads the loss depends on one.

// REMARK: [Missed] SplitReads {{.*}}Function=unused_read {{.*}}: only some of the reads have a gradient"
// CHECK-LABEL: func.func @unused_read(
// CHECK:         wav.read_grad query(%{{[a-z0-9]+}}) bank(
func.func @unused_read(%q: !q, %r: !q, %a: !m, %t: tensor<8xi32>) -> (tensor<f32>, !m)
    attributes {wav.gradient = "arguments"} {
  %0 = wav.source %a : (!m) -> !one
  %bank = wav.bank %0, %0, %0, %0 : (!one, !one, !one, !one) -> !four
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %y1:3 = wav.read query(%r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %loss = wav.cross_entropy %y1#0, %t : (!m, tensor<8xi32>) -> tensor<f32>
  return %loss, %y0#0 : tensor<f32>, !m
}

// Between the reads of the bank another is read that extends it; the gradients
// meet in between.

// REMARK: [Missed] SplitReads {{.*}}Function=between {{.*}}: their gradients do not accumulate one after the other"
// CHECK-LABEL: func.func @between(
// CHECK-COUNT-3: wav.read_grad query(%{{[a-z0-9]+}}) bank(
func.func @between(%q: !q, %r: !q, %a: !m, %t: tensor<8xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %0 = wav.source %a : (!m) -> !one
  %bank = wav.bank %0, %0, %0, %0 : (!one, !one, !one, !one) -> !four
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %s0 = wav.source %y0#0 : (!m) -> !one
  %long = wav.bank %bank, %s0 : (!four, !one) -> !wav.bank<5 x tensor<8x16xf32>>
  %y1:3 = wav.read query(%q) bank(%long) {epsilon = 0.5 : f64} : (!q, !wav.bank<5 x tensor<8x16xf32>>) -> (!m, !n, !n)
  %s1 = wav.source %y1#0 : (!m) -> !one
  %y2:3 = wav.read query(%r) bank(%bank) open(%s1) {epsilon = 0.5 : f64} : (!q, !four, !one) -> (!m, !n, !n)
  %loss = wav.cross_entropy %y2#0, %t : (!m, tensor<8xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Ops are sorted by their values, and those say nothing of memory.

// REMARK: [Missed] SplitReads {{.*}}Function=memory {{.*}}: the function uses memory that it wrote"
// CHECK-LABEL: func.func @memory(
// CHECK:         wav.read query(
// CHECK:         wav.set @state
// CHECK:         wav.get @state
// CHECK:         wav.read query(
wav.state @state : !m
wav.state @other : !m
func.func @memory(%q: !q, %r: !q, %bank: !four) -> (!m, !m) {
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  wav.set @state, %y0#0 : !m
  %state = wav.get @state : !m
  %sum = arith.addf %r, %r : !q
  %y1:3 = wav.read query(%sum) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  return %state, %y1#0 : !m, !m
}

// REMARK: [Passed] SplitReads {{.*}}Function=other_memory
// CHECK-LABEL: func.func @other_memory(
// CHECK:         wav.read query(%{{.*}}, %{{.*}}) bank(
func.func @other_memory(%q: !q, %r: !q, %bank: !four) -> (!m, !m) {
  %state = wav.get @state : !m
  %y0:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  wav.set @state, %y0#0 : !m
  %other = wav.get @other : !m
  %sum = arith.addf %state, %other : !m
  %y1:3 = wav.read query(%r) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  return %sum, %y1#0 : !m, !m
}

// One read of a bank, a read without one, and what continues a part already.

// REMARK-NOT: Function=alone
// CHECK-LABEL: func.func @alone(
// CHECK:         wav.read query(%{{[a-z0-9]+}}) open(
// CHECK:         wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}}) {
// CHECK:         wav.read query(%{{[a-z0-9]+}}) bank(%{{[a-z0-9]+}}) after(
func.func @alone(%q: !q, %x: !m, %bank: !four) -> (!m, !m) {
  %open = wav.source %x : (!m) -> !one
  %y0:3 = wav.read query(%q) open(%open) {epsilon = 0.5 : f64} : (!q, !one) -> (!m, !n, !n)
  %y1:3 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64} : (!q, !four) -> (!m, !n, !n)
  %y2:3 = wav.read query(%q) bank(%bank) after(%y0#0 max %y0#1 sum %y0#2) {epsilon = 0.5 : f64} : (!q, !four, !m, !n, !n) -> (!m, !n, !n)
  return %y1#0, %y2#0 : !m, !m
}
