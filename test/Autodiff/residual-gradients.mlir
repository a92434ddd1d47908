// RUN: wav-opt %s --wav-differentiate | FileCheck %s

// The gradient ops of each residual-routing op, and how sums of gradients are
// formed. That they compute the right numbers is checked in
// test/Check.

// A write without scale passes its gradient on: no op.
// CHECK-LABEL: func.func @write
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[G]], %[[G]]
func.func @write(%u: tensor<2x3xf32>, %row: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %y = wav.write %u into %row {coefficient = 1.0 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @write_scaled
// CHECK-SAME:  %[[U:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[ROW:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[SCALE:[a-z0-9_#]+]]: tensor<1xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DU:[a-z0-9_#]+]] = wav.write %[[G]] scaled %[[SCALE]] per tensor {coefficient = -2.0{{.*}}}
// CHECK-NEXT:  %[[SUM:[a-z0-9_#]+]] = wav.row_sum %[[U]] times %[[G]] per tensor : {{.*}} -> tensor<1xf32>
// CHECK-NEXT:  %[[DSCALE:[a-z0-9_#]+]] = wav.combine %[[SUM]] {coefficients = array<f64: -2.0{{[0-9e+]*}}>}
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DU]], %[[G]], %[[DSCALE]]
func.func @write_scaled(%u: tensor<2x3xf32>, %row: tensor<2x3xf32>, %scale: tensor<1xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %y = wav.write %u into %row scaled %scale per tensor {coefficient = -2.0 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<1xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// One update that goes to three rows has one gradient, formed by one op
// (method.md 6.4); the rows' gradients pass through to what was there before.
// CHECK-LABEL: func.func @write_to_several_rows
// CHECK:       %{{[a-z0-9_]+}}, %[[GB:[a-z0-9_#]+]] = wav.read_grad
// CHECK:       %[[G0:[a-z0-9_#]+]] = wav.take %[[GB]][0]
// CHECK-NEXT:  %[[G1:[a-z0-9_#]+]] = wav.take %[[GB]][1]
// CHECK-NEXT:  %[[G2:[a-z0-9_#]+]] = wav.take %[[GB]][2]
// CHECK-NEXT:  %[[DU:[a-z0-9_#]+]] = wav.combine %[[G2]], %[[G1]], %[[G0]] {coefficients = array<f64: -1.0{{[0-9e+]*}}, 5.0{{.*}}e-01, 1.0{{[0-9e+]*}}>}
// CHECK-NEXT:  %[[DROW:[a-z0-9_#]+]] = wav.combine %[[G1]], %[[G0]] {coefficients = array<f64: 1.0{{[0-9e+]*}}, 1.0{{[0-9e+]*}}>}
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DU]], %[[DROW]], %[[G2]]
func.func @write_to_several_rows(%u: tensor<2x3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %q: tensor<3xf32>, %targets: tensor<2xi32>) -> (tensor<f32>)
    attributes {wav.gradient = "arguments"} {
  %sum = wav.write %u into %a {coefficient = 1.0 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %phase = wav.write %u into %a {coefficient = 0.5 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %split = wav.write %u into %b {coefficient = -1.0 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %bank_0 = wav.source %sum : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank_1 = wav.source %phase : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank_2 = wav.source %split : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<3 x tensor<2x3xf32>>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<3 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Coefficients that cancel leave no gradient.
// CHECK-LABEL: func.func @cancel
// CHECK:       wav.cross_entropy_grad
// CHECK-NEXT:  %[[ZERO:[a-z0-9_#]+]] = wav.fill {value = 0.0{{.*}}} : tensor<2x3xf32>
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[ZERO]]
func.func @cancel(%x: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %y = wav.combine %x, %x {coefficients = array<f64: 1.5, -1.5>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A sum is formed before it is passed on to two values, and only once.
// CHECK-LABEL: func.func @combine
// CHECK:       %[[G1:[a-z0-9_#]+]], %[[G2:[a-z0-9_#]+]] = wav.swiglu_grad
// CHECK-NEXT:  %[[SUM:[a-z0-9_#]+]] = wav.combine %[[G1]], %[[G2]] {coefficients = array<f64: 1.0{{[0-9e+]*}}, 1.0{{[0-9e+]*}}>}
// CHECK-NEXT:  %[[DX:[a-z0-9_#]+]] = wav.combine %[[SUM]] {coefficients = array<f64: 3.0{{[0-9e+]*}}>}
// CHECK-NEXT:  %[[DY:[a-z0-9_#]+]] = wav.combine %[[SUM]] {coefficients = array<f64: -6.0{{[0-9e+]*}}>}
// CHECK-NEXT:  return %{{.*}}, %[[DX]], %[[DY]]
func.func @combine(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %z = wav.combine %x, %y {coefficients = array<f64: 1.0, -2.0>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %z3 = wav.combine %z {coefficients = array<f64: 3.0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %w = wav.swiglu %z3, %z3 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %w, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Key gains: q * gain. A read has a gradient for its query, and its bias if it
// has one.
// CHECK-LABEL: func.func @read
// CHECK-SAME:  %[[W:[a-z0-9_#]+]]: tensor<3xf32>, %[[GAIN:[a-z0-9_#]+]]: tensor<3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DQ:[a-z0-9_#]+]], %[[DBIAS:[a-z0-9_#]+]], %[[DBANK:[a-z0-9_#]+]], %[[DOPEN:[a-z0-9_#]+]] = wav.read_grad query(%{{.*}} bias %{{.*}}) bank({{.*}}) open({{.*}}) grad(%[[G]])
// CHECK-NOT:     into
// CHECK:       %[[DROW:[a-z0-9_#]+]] = wav.take %[[DBANK]][0]
// CHECK-NEXT:  %[[DW:[a-z0-9_#]+]] = arith.mulf %[[DQ]], %[[GAIN]] : tensor<3xf32>
// CHECK-NEXT:  %[[DGAIN:[a-z0-9_#]+]] = arith.mulf %[[DQ]], %[[W]] : tensor<3xf32>
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DW]], %[[DGAIN]], %[[DBIAS]], %[[DROW]], %[[DOPEN]], %[[G]]
func.func @read(%w: tensor<3xf32>, %gain: tensor<3xf32>, %bias: tensor<2xf32>, %row: tensor<2x3xf32>, %open: tensor<2x3xf32>, %base: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %q = arith.mulf %w, %gain : tensor<3xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank_0 = wav.source %row bias %none : (tensor<2x3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<2x3xf32>, biased>
  %bank = wav.bank %bank_0 : (!wav.bank<1 x tensor<2x3xf32>, biased>) -> !wav.bank<1 x tensor<2x3xf32>, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source1 = wav.source %open bias %bias1 : (tensor<2x3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<2x3xf32>, biased>
  %y_mix, %y_max, %y_sum = wav.read query(%q bias %bias) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, tensor<2xf32>, !wav.bank<1 x tensor<2x3xf32>, biased>, !wav.bank<1 x tensor<2x3xf32>, biased>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %y = arith.addf %y_mix, %base : tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Reads of one bank accumulate onto one bank of gradients; a longer bank hands
// the gradient of what it extends down to them.
// CHECK-LABEL: func.func @banks
// CHECK:       %{{[a-z0-9_]+}}, %[[G3:[a-z0-9_#]+]] = wav.read_grad
// CHECK-NOT:   into
// CHECK:       %[[SHORT:[a-z0-9_#]+]] = wav.slice %[[G3]] from 0 : {{.*}} -> !wav.bank<1 x tensor<2x3xf32>>
// CHECK-NEXT:  %[[LAST:[a-z0-9_#]+]] = wav.take %[[G3]][1]
// CHECK:       %{{[a-z0-9_]+}}, %[[G2:[a-z0-9_#]+]], %{{[a-z0-9_]+}} = wav.read_grad {{.*}} into(%[[SHORT]])
// CHECK:       %{{[a-z0-9_]+}}, %[[G1:[a-z0-9_#]+]] = wav.read_grad {{.*}} into(%[[G2]])
// CHECK:       wav.take %[[G1]][0]
func.func @banks(%q: tensor<3xf32>, %row: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank_0 = wav.source %row : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %bank_0 : (!wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<1 x tensor<2x3xf32>>
  %y1, %y1_max, %y1_sum = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %source1 = wav.source %y1 : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %y2, %y2_max, %y2_sum = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %bank2_1 = wav.source %y2 : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank2 = wav.bank %bank, %bank2_1 : (!wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<2 x tensor<2x3xf32>>
  %y3, %y3_max, %y3_sum = wav.read query(%q) bank(%bank2) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<2 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y3, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A bank that is read after it was extended has two gradients; they are added
// row by row.
// CHECK-LABEL: func.func @read_after_extend
// CHECK:       %{{[a-z0-9_]+}}, %[[LATE:[a-z0-9_#]+]], %{{.*}} = wav.read_grad
// CHECK:       %{{[a-z0-9_]+}}, %[[LONG:[a-z0-9_#]+]] = wav.read_grad
// CHECK:       %[[SHORT:[a-z0-9_#]+]] = wav.slice %[[LONG]] from 0
// CHECK:       %[[A:[a-z0-9_#]+]] = wav.take %[[LATE]][0]
// CHECK-NEXT:  %[[B:[a-z0-9_#]+]] = wav.take %[[SHORT]][0]
// CHECK-NEXT:  %[[ROW:[a-z0-9_#]+]] = wav.combine %[[A]], %[[B]]
// CHECK-NEXT:  %[[SOURCE:[a-z0-9_#]+]] = wav.source %[[ROW]] :
// CHECK-NEXT:  %[[BANK:[a-z0-9_#]+]] = wav.bank %[[SOURCE]]
// CHECK-NEXT:  wav.take %[[BANK]][0]
func.func @read_after_extend(%q: tensor<3xf32>, %row: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %bank_0 = wav.source %row : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %bank_0 : (!wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank2_1 = wav.source %row : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank2 = wav.bank %bank, %bank2_1 : (!wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<2 x tensor<2x3xf32>>
  %y1, %y1_max, %y1_sum = wav.read query(%q) bank(%bank2) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<2 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %source1 = wav.source %y1 : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %y2, %y2_max, %y2_sum = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y2, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A detached match has no gradient, and the scales it makes need none.
// CHECK-LABEL: func.func @match_detached
// CHECK-NOT:   wav.match_grad
// CHECK:       wav.read_grad {{.*}} resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0, 0>} : {{.*}} -> (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, tensor<2x3xf32>)
// CHECK-NOT:   wav.match_grad
func.func @match_detached(%q: tensor<3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.match %a to %b {epsilon = 0.5 : f64, detach} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  %bank_0 = wav.source %a scaled %s : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0 : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %source1 = wav.source %b scaled %s : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Without `detach`, reads give the gradient of their scales too.
// CHECK-LABEL: func.func @match
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<3xf32>, %[[A:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[B:[a-z0-9_#]+]]: tensor<2x3xf32>
// CHECK:       %{{[a-z0-9_]+}}, %[[DBANK:[a-z0-9_#]+]], %{{[a-z0-9_]+}}, %[[DS1:[a-z0-9_#]+]] = wav.read_grad {{.*}} resultSegmentSizes = array<i32: 1, 0, 1, 1, 1, 0, 0>} : {{.*}} -> (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, tensor<2x3xf32>, tensor<2xf32>)
// CHECK:       %[[DS2:[a-z0-9_#]+]] = wav.take %[[DBANK]][0] scale : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2xf32>
// CHECK:       %[[DS:[a-z0-9_#]+]] = wav.combine %[[DS1]], %[[DS2]]
// CHECK:       wav.match_grad %[[A]] to %[[B]], %[[DS]] {epsilon = 5.0{{.*}}e-01 : f64}
func.func @match(%q: tensor<3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.match %a to %b {epsilon = 0.5 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  %bank_0 = wav.source %a scaled %s : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0 : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %source1 = wav.source %b scaled %s : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A source of several planes passes its gradient on to each of them. The
// gradients of scales of only some of the sources leave the others alone.
// CHECK-LABEL: func.func @planes
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<3xf32>, %[[A:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[B:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[S:[a-z0-9_#]+]]: tensor<2xf32>
// CHECK:       %{{[a-z0-9_]+}}, %[[DBANK:[a-z0-9_#]+]], %[[DOPEN:[a-z0-9_#]+]], %[[DS0:[a-z0-9_#]+]] = wav.read_grad {{.*}} -> (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, tensor<2x3xf32>, tensor<2xf32>)
// CHECK-NEXT:  %[[DB0:[a-z0-9_#]+]] = wav.combine %[[DOPEN]] {coefficients = array<f64: -2.0{{[0-9e+]*}}>}
// CHECK-NEXT:  %[[DSUM:[a-z0-9_#]+]] = wav.take %[[DBANK]][0]
// CHECK-NEXT:  %[[DA:[a-z0-9_#]+]] = wav.combine %[[DOPEN]], %[[DSUM]] {coefficients = array<f64: 1.0{{[0-9e+]*}}, 1.0{{[0-9e+]*}}>}
// CHECK-NEXT:  %[[DB:[a-z0-9_#]+]] = wav.combine %[[DB0]], %[[DSUM]] {coefficients = array<f64: 1.0{{[0-9e+]*}}, 1.0{{[0-9e+]*}}>}
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %[[DA]], %[[DB]], %[[DS0]]
func.func @planes(%q: tensor<3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %s: tensor<2xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %sum = wav.source %a, %b : (tensor<2x3xf32>, tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %sum : (!wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<1 x tensor<2x3xf32>>
  %open = wav.source %a, %b scaled %s {coefficients = array<f64: 1.0, -2.0>}
      : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%bank) open(%open) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// The gradient of all roles is one op, which adds their shares in the bank's.
// The gradient of a stream that both are added to is the sum of those of the
// results.
// CHECK-LABEL: func.func @roles
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<3xf32>, %[[R:[a-z0-9_#]+]]: tensor<3xf32>, %[[X:[a-z0-9_#]+]]: tensor<2x3xf32>
// CHECK:       %[[G0:[a-z0-9_#]+]], %[[G1:[a-z0-9_#]+]] = wav.swiglu_grad
// CHECK:       %[[DQ:[a-z0-9_]+]]:2, %[[DBANK:[a-z0-9_#]+]] = wav.read_grad query(%[[Q]], %[[R]]) bank(%{{[a-z0-9_#]+}}) grad(%[[G0]], %[[G1]]) {
// CHECK:       %[[DROW:[a-z0-9_#]+]] = wav.take %[[DBANK]][0]
// CHECK-NEXT:  %[[DSTREAM:[a-z0-9_#]+]] = wav.combine %[[G1]], %[[G0]]
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DQ]]#0, %[[DQ]]#1, %[[DROW]], %[[DSTREAM]]
func.func @roles(%q: tensor<3xf32>, %r: tensor<3xf32>, %x: tensor<2x3xf32>, %stream: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %source = wav.source %x : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %source : (!wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<1 x tensor<2x3xf32>>
  %y:6 = wav.read query(%q, %r) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>)
      -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  %a = arith.addf %y#0, %stream : tensor<2x3xf32>
  %b = arith.addf %y#1, %stream : tensor<2x3xf32>
  %z = wav.swiglu %a, %b : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Broadcasts and sums are each other's gradients.
// CHECK-LABEL: func.func @broadcast_and_sum
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DS:[a-z0-9_#]+]] = wav.row_sum %[[G]] per token : (tensor<2x3xf32>) -> tensor<2xf32>
// CHECK-NEXT:  %[[DX:[a-z0-9_#]+]] = wav.broadcast %[[DS]] per token : (tensor<2xf32>) -> tensor<2x3xf32>
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DX]]
func.func @broadcast_and_sum(%x: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.row_sum %x per token : (tensor<2x3xf32>) -> tensor<2xf32>
  %y = wav.broadcast %s per token : (tensor<2xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Roles that the loss does not depend on have no gradient.
// CHECK-LABEL: func.func @unused_role
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<3xf32>, %[[R:[a-z0-9_#]+]]: tensor<3xf32>, %[[A:[a-z0-9_#]+]]: tensor<2xf32>, %[[B:[a-z0-9_#]+]]: tensor<2xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DR:[a-z0-9_#]+]], %[[DB:[a-z0-9_#]+]], %[[DBANK:[a-z0-9_#]+]] = wav.read_grad query(%[[R]] bias %[[B]]) bank(%{{[a-z0-9_#]+}}) grad(%[[G]]) {
// CHECK:       return %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %[[DR]], %{{[a-z0-9_]+}}, %[[DB]]
func.func @unused_role(%q: tensor<3xf32>, %r: tensor<3xf32>, %a: tensor<2xf32>, %b: tensor<2xf32>, %x: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %source = wav.source %x : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %bank = wav.bank %source : (!wav.bank<1 x tensor<2x3xf32>>) -> !wav.bank<1 x tensor<2x3xf32>>
  %y:6 = wav.read query(%q, %r bias %a, %b) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<2xf32>, !wav.bank<1 x tensor<2x3xf32>>)
      -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %y#1, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A read without a bank has gradients of its open sources alone.
// CHECK-LABEL: func.func @open_alone
// CHECK:       %[[DQ:[a-z0-9_#]+]], %[[DX:[a-z0-9_]+]]:2 = wav.read_grad query(%{{[a-z0-9_#]+}}) open(%{{[a-z0-9_#]+}}, %{{[a-z0-9_#]+}}) grad(%{{[a-z0-9_#]+}}) {{{.*}} resultSegmentSizes = array<i32: 1, 0, 0, 2, 0, 0, 0>}
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DQ]], %[[DX]]#0, %[[DX]]#1
func.func @open_alone(%q: tensor<3xf32>, %x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %0 = wav.source %x : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %1 = wav.source %y : (tensor<2x3xf32>) -> !wav.bank<1 x tensor<2x3xf32>>
  %z, %max, %sum = wav.read query(%q) open(%0, %1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>>, !wav.bank<1 x tensor<2x3xf32>>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %z, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// An inner product of rows has the gradient of a product.
// CHECK-LABEL: func.func @row_sum_times
// CHECK-SAME:  %[[X:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[Y:[a-z0-9_#]+]]: tensor<2x3xf32>
// CHECK:       wav.cross_entropy_grad
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.broadcast %{{[a-z0-9_#]+}} per token
// CHECK-NEXT:  %[[DX:[a-z0-9_#]+]] = arith.mulf %[[G]], %[[Y]]
// CHECK:       %[[H:[a-z0-9_#]+]] = wav.broadcast %{{[a-z0-9_#]+}} per token
// CHECK-NEXT:  %[[DY:[a-z0-9_#]+]] = arith.mulf %[[H]], %[[X]]
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DX]], %[[DY]]
func.func @row_sum_times(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.row_sum %x times %y per token : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  %z = wav.broadcast %s per token : (tensor<2xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
