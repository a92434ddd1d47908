// RUN: wav-opt %s --wav-accumulate-updates | FileCheck %s
// RUN: wav-opt %s --wav-accumulate-updates --remarks-filter=wav-accumulate-updates \
// RUN:   --mlir-disable-threading --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!m = tensor<8x16xf32>
!n = tensor<8xf32>
!q = tensor<16xf32>
!one = !wav.bank<1 x tensor<8x16xf32>>
!three = !wav.bank<3 x tensor<8x16xf32>>

// WAV v1 with blocks of eight sublayers, read in the middle of the block, after
// it and at the end. Attention's updates go to one plane and the MLP's to
// another; from the middle on, the third row needs what both were before.

// REMARK: [Passed] Accumulate {{.*}}Function=wav_v1 {{.*}}Remark="updates of a block: 8, planes that they are added to: 2, snapshots: 1"
// CHECK-LABEL: func.func @wav_v1(
// CHECK-SAME:  %{{[a-z0-9]+}}: tensor<16xf32>, %[[U0:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  %[[U1:.*]] = math.exp %[[U0]]
// CHECK-NEXT:  %[[U2:.*]] = math.exp
// CHECK-NEXT:  %[[A2:.*]] = wav.write %[[U2]] into %[[U0]] {coefficient = 1.0
// CHECK-NEXT:  %[[U3:.*]] = math.exp
// CHECK-NEXT:  %[[M3:.*]] = wav.write %[[U3]] into %[[U1]] {coefficient = 1.0
// CHECK-NEXT:  %[[H:.*]] = wav.combine %[[A2]], %[[M3]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A2]], %[[M3]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A2]], %[[M3]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  wav.read
// CHECK-NEXT:  %[[U4:.*]] = math.exp
// CHECK-NEXT:  %[[A4:.*]] = wav.write %[[U4]] into %[[A2]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A4]], %[[M3]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A4]], %[[M3]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A4]], %[[M3]], %[[H]] {coefficients = array<f64: -1.000000e+00, -1.000000e+00, 2.000000e+00>}
// CHECK-NEXT:  wav.read
// CHECK-NEXT:  %[[U5:.*]] = math.exp
// CHECK-NEXT:  %[[M5:.*]] = wav.write %[[U5]] into %[[M3]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A4]], %[[M5]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A4]], %[[M5]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A4]], %[[M5]], %[[H]] {coefficients = array<f64: -1.000000e+00, -1.000000e+00, 2.000000e+00>}
// CHECK-NEXT:  wav.read
// CHECK-NEXT:  %[[U6:.*]] = math.exp
// CHECK-NEXT:  %[[A6:.*]] = wav.write %[[U6]] into %[[A4]] {coefficient = 1.0
// CHECK-NEXT:  %[[U7:.*]] = math.exp
// CHECK-NEXT:  %[[M7:.*]] = wav.write %[[U7]] into %[[M5]] {coefficient = 1.0
// CHECK-NEXT:  %[[SUM:.*]] = wav.source %[[A6]], %[[M7]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  %[[PHASE:.*]] = wav.source %[[A6]], %[[M7]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  %[[SPLIT:.*]] = wav.source %[[A6]], %[[M7]], %[[H]] {coefficients = array<f64: -1.000000e+00, -1.000000e+00, 2.000000e+00>}
// CHECK-NEXT:  %{{.*}} = wav.bank %{{.*}}, %[[SUM]], %[[PHASE]], %[[SPLIT]]
// CHECK-NEXT:  return
func.func @wav_v1(%q: !q, %u0: !m, %bank: !one) -> (!m, !m, !m, !m, !wav.bank<4 x tensor<8x16xf32>>) {
  %u1 = math.exp %u0 : !m
  %sum1 = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase1 = wav.write %u1 into %u0 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %u2 = math.exp %u1 : !m
  %sum2 = wav.write %u2 into %sum1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase2 = wav.write %u2 into %phase1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %u3 = math.exp %u2 : !m
  %sum3 = wav.write %u3 into %sum2 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase3 = wav.write %u3 into %phase2 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %s3 = wav.source %sum3 : (!m) -> !one
  %p3 = wav.source %phase3 : (!m) -> !one
  %y3:3 = wav.read query(%q) bank(%bank) open(%s3, %p3, %s3) {epsilon = 0.5 : f64} : (!q, !one, !one, !one, !one) -> (!m, !n, !n)
  %u4 = math.exp %u3 : !m
  %sum4 = wav.write %u4 into %sum3 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase4 = wav.write %u4 into %phase3 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %split4 = wav.write %u4 into %sum3 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %s4 = wav.source %sum4 : (!m) -> !one
  %p4 = wav.source %phase4 : (!m) -> !one
  %d4 = wav.source %split4 : (!m) -> !one
  %y4:3 = wav.read query(%q) bank(%bank) open(%s4, %p4, %d4) {epsilon = 0.5 : f64} : (!q, !one, !one, !one, !one) -> (!m, !n, !n)
  %u5 = math.exp %u4 : !m
  %sum5 = wav.write %u5 into %sum4 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase5 = wav.write %u5 into %phase4 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %split5 = wav.write %u5 into %split4 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %s5 = wav.source %sum5 : (!m) -> !one
  %p5 = wav.source %phase5 : (!m) -> !one
  %d5 = wav.source %split5 : (!m) -> !one
  %y5:3 = wav.read query(%q) bank(%bank) open(%s5, %p5, %d5) {epsilon = 0.5 : f64} : (!q, !one, !one, !one, !one) -> (!m, !n, !n)
  %u6 = math.exp %u5 : !m
  %sum6 = wav.write %u6 into %sum5 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase6 = wav.write %u6 into %phase5 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %split6 = wav.write %u6 into %split5 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %u7 = math.exp %u6 : !m
  %sum7 = wav.write %u7 into %sum6 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %phase7 = wav.write %u7 into %phase6 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %split7 = wav.write %u7 into %split6 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %s7 = wav.source %sum7 : (!m) -> !one
  %p7 = wav.source %phase7 : (!m) -> !one
  %d7 = wav.source %split7 : (!m) -> !one
  %longer = wav.bank %bank, %s7, %p7, %d7 : (!one, !one, !one, !one) -> !wav.bank<4 x tensor<8x16xf32>>
  return %y3#0, %y4#0, %y5#0, %u7, %longer : !m, !m, !m, !m, !wav.bank<4 x tensor<8x16xf32>>
}


// The second half continues the accumulator: its old value is the sum of the
// first half, and two planes are all there is. A match looks at a combination.

// REMARK: [Passed] Accumulate {{.*}}Function=haares {{.*}}Remark="updates of a block: 4, planes that they are added to: 1, snapshots: 0"
// CHECK-LABEL: func.func @haares(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  %[[U1:.*]] = math.exp
// CHECK-NEXT:  %[[A1:.*]] = wav.write %[[U1]] into %[[U0]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A1]] :
// CHECK-NEXT:  %[[U2:.*]] = math.exp
// CHECK-NEXT:  %[[A2:.*]] = wav.write %[[U2]] into %[[A1]] {coefficient = 1.0
// CHECK-NEXT:  %[[U3:.*]] = math.exp
// CHECK-NEXT:  %[[A3:.*]] = wav.write %[[U3]] into %[[A2]] {coefficient = 1.0
// CHECK-NEXT:  %[[SPLIT:.*]] = wav.combine %[[A1]], %[[A3]] {coefficients = array<f64: 2.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  wav.match %[[SPLIT]] to %[[A3]]
// CHECK-NEXT:  wav.source %[[A3]] :
// CHECK-NEXT:  wav.source %[[A1]], %[[A3]] {coefficients = array<f64: 2.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  %{{.*}} = wav.bank
func.func @haares(%u0: !m) -> (!three, !n) {
  %u1 = math.exp %u0 : !m
  %sum1 = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %s1 = wav.source %sum1 : (!m) -> !one
  %u2 = math.exp %u1 : !m
  %sum2 = wav.write %u2 into %sum1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %split2 = wav.write %u2 into %sum1 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %u3 = math.exp %u2 : !m
  %sum3 = wav.write %u3 into %sum2 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %split3 = wav.write %u3 into %split2 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %match = wav.match %split3 to %sum3 {epsilon = 0.5 : f64} : (!m, !m) -> !n
  %s3 = wav.source %sum3 : (!m) -> !one
  %d3 = wav.source %split3 : (!m) -> !one
  %bank = wav.bank %s1, %s3, %d3 : (!one, !one, !one) -> !three
  return %bank, %match : !three, !n
}


// A single row is its accumulator, whose planes follow each other although all
// updates are known from the start.

// REMARK: [Passed] Accumulate {{.*}}Function=one_row {{.*}}Remark="updates of a block: 3, planes that they are added to: 1, snapshots: 0"
// CHECK-LABEL: func.func @one_row(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>, %[[U1:[a-z0-9]+]]: tensor<8x16xf32>, %[[U2:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  %[[A1:.*]] = wav.write %[[U1]] into %[[U0]] {coefficient = 1.0
// CHECK-NEXT:  %[[A2:.*]] = wav.write %[[U2]] into %[[A1]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A2]] :
// CHECK-NEXT:  return
func.func @one_row(%u0: !m, %u1: !m, %u2: !m) -> !one {
  %sum1 = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %sum2 = wav.write %u2 into %sum1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %s2 = wav.source %sum2 : (!m) -> !one
  return %s2 : !one
}


// What is added is a scaled update, where both it and its scale are known. The
// first plane is stored, as the second row needs it.

// REMARK: [Passed] Accumulate {{.*}}Function=scaled {{.*}}Remark="updates of a block: 2, planes that they are added to: 1, snapshots: 0"
// CHECK-LABEL: func.func @scaled(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>, %[[G:[a-z0-9]+]]: tensor<16xf32>, %[[T:[a-z0-9]+]]: tensor<8xf32>
// CHECK-NEXT:  %[[A0:.*]] = wav.write %[[U0]] scaled %[[G]] per channel {coefficient = 1.0
// CHECK-NEXT:  %[[U1:.*]] = math.exp %[[U0]]
// CHECK-NEXT:  %[[H:.*]] = math.exp %[[T]]
// CHECK-NEXT:  %[[A1:.*]] = wav.write %[[U1]] into %[[A0]] scaled %[[H]] per token {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A1]] :
// CHECK-NEXT:  wav.source %[[A0]], %[[A1]] {coefficients = array<f64: 1.500000e+00, -5.000000e-01>}
func.func @scaled(%u0: !m, %g: !q, %t: !n) -> (!one, !one) {
  %row0 = wav.write %u0 scaled %g per channel {coefficient = 1.0 : f64} : (!m, !q) -> !m
  %u1 = math.exp %u0 : !m
  %h = math.exp %t : !n
  %sum1 = wav.write %u1 into %row0 scaled %h per token {coefficient = 1.0 : f64} : (!m, !m, !n) -> !m
  %phase1 = wav.write %u1 into %row0 scaled %h per token {coefficient = -0.5 : f64} : (!m, !m, !n) -> !m
  %0 = wav.source %sum1 : (!m) -> !one
  %1 = wav.source %phase1 : (!m) -> !one
  return %0, %1 : !one, !one
}


// One update with two scales is two updates.

// REMARK: [Passed] Accumulate {{.*}}Function=other_scales {{.*}}Remark="updates of a block: 3, planes that they are added to
// CHECK-LABEL: func.func @other_scales(
// CHECK-SAME:  %{{[a-z0-9]+}}: tensor<8x16xf32>, %[[U1:[a-z0-9]+]]: tensor<8x16xf32>, %[[G:[a-z0-9]+]]: tensor<16xf32>, %[[H:[a-z0-9]+]]: tensor<16xf32>
// CHECK-DAG:   wav.write %[[U1]] scaled %[[H]]
// CHECK-DAG:   wav.write %[[U1]] into %{{.*}} scaled %[[G]]
// CHECK-NOT:   wav.write
// CHECK:       return
func.func @other_scales(%u0: !m, %u1: !m, %g: !q, %h: !q) -> (!one, !one) {
  %sum1 = wav.write %u1 into %u0 scaled %g per channel {coefficient = 1.0 : f64} : (!m, !m, !q) -> !m
  %phase1 = wav.write %u1 into %u0 scaled %h per channel {coefficient = 1.0 : f64} : (!m, !m, !q) -> !m
  %0 = wav.source %sum1 : (!m) -> !one
  %1 = wav.source %phase1 : (!m) -> !one
  return %0, %1 : !one, !one
}


// The second row ignores an update, which separates its class from the rest.

// REMARK: [Passed] Accumulate {{.*}}Function=zeros {{.*}}Remark="updates of a block: 3, planes that they are added to: 2, snapshots: 0"
// CHECK-LABEL: func.func @zeros(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>, %[[U1:[a-z0-9]+]]: tensor<8x16xf32>, %[[U2:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  %[[A:.*]] = wav.write %[[U2]] into %[[U0]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A]], %[[U1]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  wav.source %[[U1]] {coefficients = array<f64: 2.000000e+00>}
// CHECK-NEXT:  return
func.func @zeros(%u0: !m, %u1: !m, %u2: !m) -> (!one, !one) {
  %sum1 = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %sum2 = wav.write %u2 into %sum1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %rest1 = wav.write %u1 {coefficient = 2.0 : f64} : (!m) -> !m
  %rest2 = wav.write %u2 into %rest1 {coefficient = 0.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %sum2 : (!m) -> !one
  %1 = wav.source %rest2 : (!m) -> !one
  return %0, %1 : !one, !one
}


// Rows may be combinations already, and name a plane twice.

// REMARK: [Passed] Accumulate {{.*}}Function=combinations {{.*}}Remark="updates of a block: 3, planes that they are added to: 2, snapshots: 0"
// CHECK-LABEL: func.func @combinations(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>, %[[U1:[a-z0-9]+]]: tensor<8x16xf32>, %[[U2:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  %[[A:.*]] = wav.write %[[U2]] into %[[U0]] {coefficient = 1.0
// CHECK-NEXT:  wav.source %[[A]], %[[U1]] {coefficients = array<f64: 1.000000e+00, -1.000000e+00>}
// CHECK-NEXT:  wav.source %[[A]], %[[U1]] {coefficients = array<f64: 2.000000e+00, 1.000000e+00>}
// CHECK-NEXT:  return
func.func @combinations(%u0: !m, %u1: !m, %u2: !m) -> (!one, !one) {
  %a = wav.write %u2 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %a, %u1 {coefficients = array<f64: 1.0, -1.0>} : (!m, !m) -> !one
  %1 = wav.source %u0, %u2, %u1, %u0 {coefficients = array<f64: 1.0, 2.0, 1.0, 1.0>} : (!m, !m, !m, !m) -> !one
  return %0, %1 : !one, !one
}


// What is added and taken away again is not there.

// CHECK-LABEL: func.func @cancelled(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK-NEXT:  wav.source %[[U0]] :
// CHECK-NEXT:  return
func.func @cancelled(%u0: !m, %u1: !m) -> !one {
  %a = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %b = wav.write %u1 into %a {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %b : (!m) -> !one
  return %0 : !one
}


// Where nothing is left, a row still has its shape.

// CHECK-LABEL: func.func @zero(
// CHECK-SAME:  %[[U0:[a-z0-9]+]]: tensor<8x16xf32>, %[[U1:[a-z0-9]+]]: tensor<8x16xf32>
// CHECK:       %[[A:.*]] = wav.write %[[U1]] into %[[U0]] {coefficient = 1.0
// CHECK:       wav.source %[[NONE:.*]] {coefficients = array<f64: 0.000000e+00>}
// CHECK:       %[[ROW:.*]] = wav.combine %[[NONE]] {coefficients = array<f64: 0.000000e+00>}
// CHECK:       wav.match %[[ROW]] to %[[A]]
func.func @zero(%u0: !m, %u1: !m) -> (!one, !n) {
  %a = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %b = wav.write %u1 into %a {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %c = wav.write %u0 into %b {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %c : (!m) -> !one
  %1 = wav.match %c to %a {epsilon = 0.5 : f64} : (!m, !m) -> !n
  return %0, %1 : !one, !n
}

// Updates of another type are rounded when they are added; those rows stay.

// REMARK-NOT: Function=rounded
// CHECK-LABEL: func.func @rounded(
// CHECK-NEXT:  %[[A:.*]] = wav.write {{.*}} {coefficient = 1.0
// CHECK-NEXT:  %[[B:.*]] = wav.write {{.*}} {coefficient = -1.0
// CHECK-NEXT:  wav.source %[[A]] :
// CHECK-NEXT:  wav.source %[[B]] :
func.func @rounded(%u0: !m, %u1: tensor<8x16xbf16>) -> (!one, !one) {
  %a = wav.write %u1 into %u0 {coefficient = 1.0 : f64} : (tensor<8x16xbf16>, !m) -> !m
  %b = wav.write %u1 into %u0 {coefficient = -1.0 : f64} : (tensor<8x16xbf16>, !m) -> !m
  %0 = wav.source %a : (!m) -> !one
  %1 = wav.source %b : (!m) -> !one
  return %0, %1 : !one, !one
}


// A row that another op uses stays beside its planes.

// REMARK: [Passed] Accumulate {{.*}}Function=kept {{.*}}Remark="updates of a block: 2, planes that they are added to
// CHECK-LABEL: func.func @kept(
// CHECK:       %[[ROW:.*]] = wav.write {{.*}} {coefficient = -1.0
// CHECK:       %[[SOURCE:.*]] = wav.source
// CHECK-NOT:   %[[ROW]]
// CHECK:       return %[[SOURCE]], %[[ROW]]
func.func @kept(%u0: !m, %u1: !m) -> (!one, !m) {
  %a = wav.write %u1 into %u0 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %a : (!m) -> !one
  return %0, %a : !one, !m
}


// No source, no routing.

// REMARK-NOT: Function=alone
// CHECK-LABEL: func.func @alone(
// CHECK-NEXT:  wav.write {{.*}} {coefficient = -1.0
// CHECK-NEXT:  return
func.func @alone(%u0: !m, %u1: !m) -> !m {
  %a = wav.write %u1 into %u0 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  return %a : !m
}


// Where each update is a class of its own, two rows are fewer planes.

// REMARK: [Missed] Accumulate {{.*}}Function=many_classes {{.*}}Remark="8 updates are added to each row: their classes would be more planes than the rows"
// CHECK-LABEL: func.func @many_classes(
// CHECK-COUNT-14: wav.write
// CHECK-NOT:   coefficients
// CHECK:       return
func.func @many_classes(%u0: !m) -> (!one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one) {
  %u1 = math.exp %u0 : !m
  %a1 = wav.write %u1 into %u0 {coefficient = 2.0 : f64} : (!m, !m) -> !m
  %b1 = wav.write %u1 into %u0 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %0 = wav.source %a1 : (!m) -> !one
  %1 = wav.source %b1 : (!m) -> !one
  %u2 = math.exp %u1 : !m
  %a2 = wav.write %u2 into %a1 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %b2 = wav.write %u2 into %b1 {coefficient = 3.0 : f64} : (!m, !m) -> !m
  %2 = wav.source %a2 : (!m) -> !one
  %3 = wav.source %b2 : (!m) -> !one
  %u3 = math.exp %u2 : !m
  %a3 = wav.write %u3 into %a2 {coefficient = -1.0 : f64} : (!m, !m) -> !m
  %b3 = wav.write %u3 into %b2 {coefficient = 0.5 : f64} : (!m, !m) -> !m
  %4 = wav.source %a3 : (!m) -> !one
  %5 = wav.source %b3 : (!m) -> !one
  %u4 = math.exp %u3 : !m
  %a4 = wav.write %u4 into %a3 {coefficient = 0.25 : f64} : (!m, !m) -> !m
  %b4 = wav.write %u4 into %b3 {coefficient = 1.0 : f64} : (!m, !m) -> !m
  %6 = wav.source %a4 : (!m) -> !one
  %7 = wav.source %b4 : (!m) -> !one
  %u5 = math.exp %u4 : !m
  %a5 = wav.write %u5 into %a4 {coefficient = 3.0 : f64} : (!m, !m) -> !m
  %b5 = wav.write %u5 into %b4 {coefficient = -0.5 : f64} : (!m, !m) -> !m
  %8 = wav.source %a5 : (!m) -> !one
  %9 = wav.source %b5 : (!m) -> !one
  %u6 = math.exp %u5 : !m
  %a6 = wav.write %u6 into %a5 {coefficient = -2.0 : f64} : (!m, !m) -> !m
  %b6 = wav.write %u6 into %b5 {coefficient = 4.0 : f64} : (!m, !m) -> !m
  %10 = wav.source %a6 : (!m) -> !one
  %11 = wav.source %b6 : (!m) -> !one
  %u7 = math.exp %u6 : !m
  %a7 = wav.write %u7 into %a6 {coefficient = 0.5 : f64} : (!m, !m) -> !m
  %b7 = wav.write %u7 into %b6 {coefficient = 0.125 : f64} : (!m, !m) -> !m
  %12 = wav.source %a7 : (!m) -> !one
  %13 = wav.source %b7 : (!m) -> !one
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13
      : !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one, !one
}
