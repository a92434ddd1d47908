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
// CHECK-NEXT:  %[[DSCALE:[a-z0-9_#]+]] = wav.write_scale_grad %[[U]], %[[G]] per tensor {coefficient = -2.0{{.*}}} : {{.*}} -> tensor<1xf32>
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
  %one = wav.fill {value = 1.0 : f64} : tensor<2xf32>
  %bank_0 = wav.source %sum scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank_1 = wav.source %phase scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank_2 = wav.source %split scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<3 x tensor<2x3xf32>, scaled>
  %y = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<3 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
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
// has one; the gradient of a base is that of the result.
// CHECK-LABEL: func.func @read
// CHECK-SAME:  %[[W:[a-z0-9_#]+]]: tensor<3xf32>, %[[GAIN:[a-z0-9_#]+]]: tensor<3xf32>
// CHECK:       %[[G:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK-NEXT:  %[[DQ:[a-z0-9_#]+]], %[[DBIAS:[a-z0-9_#]+]], %[[DBANK:[a-z0-9_#]+]], %[[DOPEN:[a-z0-9_#]+]] = wav.read_grad query(%{{.*}}, bias %{{.*}}) bank({{.*}}) open({{.*}}) grad(%[[G]])
// CHECK-SAME:    open_kinds = array<i64: 1>
// CHECK-NOT:     into
// CHECK:       %[[DROW:[a-z0-9_#]+]] = wav.take %[[DBANK]][0]
// CHECK-NEXT:  %[[DW:[a-z0-9_#]+]] = wav.multiply %[[DQ]], %[[GAIN]]
// CHECK-NEXT:  %[[DGAIN:[a-z0-9_#]+]] = wav.multiply %[[DQ]], %[[W]]
// CHECK-NEXT:  return %{{[a-z0-9_]+}}, %[[DW]], %[[DGAIN]], %[[DBIAS]], %[[DROW]], %[[DOPEN]], %[[G]]
func.func @read(%w: tensor<3xf32>, %gain: tensor<3xf32>, %bias: tensor<2xf32>, %row: tensor<2x3xf32>, %open: tensor<2x3xf32>, %base: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %q = wav.multiply %w, %gain : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %one = wav.fill {value = 1.0 : f64} : tensor<2xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank_0 = wav.source %row scaled %one bias %none
      : (tensor<2x3xf32>, tensor<2xf32>, tensor<i32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled, biased>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<2x3xf32>, scaled, biased>) -> !wav.bank<1 x tensor<2x3xf32>, scaled, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source1 = wav.source %open scaled %one bias %bias1
      : (tensor<2x3xf32>, tensor<2xf32>, tensor<i32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled, biased>
  %y = wav.read query(%q bias %bias) bank(%bank) open(%source1) base(%base) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, tensor<2xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled, biased>, !wav.bank<1 x tensor<2x3xf32>, scaled, biased>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Reads of one bank accumulate onto one bank of gradients; a longer bank hands
// the gradient of its prefix down to them.
// CHECK-LABEL: func.func @banks
// CHECK:       %{{[a-z0-9_]+}}, %[[G3:[a-z0-9_#]+]] = wav.read_grad
// CHECK-NOT:   into
// CHECK:       %[[PREFIX:[a-z0-9_#]+]] = wav.prefix %[[G3]] : {{.*}} -> !wav.bank<1 x tensor<2x3xf32>>
// CHECK-NEXT:  %[[LAST:[a-z0-9_#]+]] = wav.take %[[G3]][1]
// CHECK:       %{{[a-z0-9_]+}}, %[[G2:[a-z0-9_#]+]], %{{[a-z0-9_]+}} = wav.read_grad {{.*}} into(%[[PREFIX]])
// CHECK:       %{{[a-z0-9_]+}}, %[[G1:[a-z0-9_#]+]] = wav.read_grad {{.*}} into(%[[G2]])
// CHECK:       wav.take %[[G1]][0]
func.func @banks(%q: tensor<3xf32>, %row: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<2xf32>
  %bank_0 = wav.source %row scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y1 = wav.read query(%q) bank(%bank) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %source1 = wav.source %y1 scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y2 = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %bank2_1 = wav.source %y2 scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank2 = wav.bank %bank, %bank2_1
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<2 x tensor<2x3xf32>, scaled>
  %y3 = wav.read query(%q) bank(%bank2) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<2 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y3, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A bank that is read after it was extended has two gradients; they are added
// row by row.
// CHECK-LABEL: func.func @read_after_extend
// CHECK:       %{{[a-z0-9_]+}}, %[[LATE:[a-z0-9_#]+]], %{{.*}} = wav.read_grad
// CHECK:       %{{[a-z0-9_]+}}, %[[LONG:[a-z0-9_#]+]] = wav.read_grad
// CHECK:       %[[PREFIX:[a-z0-9_#]+]] = wav.prefix %[[LONG]]
// CHECK:       %[[A:[a-z0-9_#]+]] = wav.take %[[LATE]][0]
// CHECK-NEXT:  %[[B:[a-z0-9_#]+]] = wav.take %[[PREFIX]][0]
// CHECK-NEXT:  %[[ROW:[a-z0-9_#]+]] = wav.combine %[[A]], %[[B]]
// CHECK-NEXT:  %[[BANK:[a-z0-9_#]+]] = wav.bank %[[ROW]]
// CHECK-NEXT:  wav.take %[[BANK]][0]
func.func @read_after_extend(%q: tensor<3xf32>, %row: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<2xf32>
  %bank_0 = wav.source %row scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank2_1 = wav.source %row scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank2 = wav.bank %bank, %bank2_1
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<2 x tensor<2x3xf32>, scaled>
  %y1 = wav.read query(%q) bank(%bank2) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<2 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %source1 = wav.source %y1 scaled %one
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y2 = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y2, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// A detached match has no gradient, and the scales it makes need none.
// CHECK-LABEL: func.func @match_detached
// CHECK-NOT:   wav.match_grad
// CHECK:       wav.read_grad {{.*}} resultSegmentSizes = array<i32: 1, 0, 1, 1, 0, 0>
// CHECK-NOT:   wav.match_grad
func.func @match_detached(%q: tensor<3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.match %a to %b {epsilon = 0.5 : f64, detach} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  %bank_0 = wav.source %a scaled %s
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %source1 = wav.source %b scaled %s
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// Without `detach`, reads give the gradient of their scales too.
// CHECK-LABEL: func.func @match
// CHECK-SAME:  %[[Q:[a-z0-9_#]+]]: tensor<3xf32>, %[[A:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[B:[a-z0-9_#]+]]: tensor<2x3xf32>
// CHECK:       %{{.*}}, %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %[[DS1:[a-z0-9_#]+]], %[[DS2:[a-z0-9_#]+]] = wav.read_grad {{.*}} resultSegmentSizes = array<i32: 1, 0, 1, 1, 1, 1>
// CHECK:       %[[DS3:[a-z0-9_#]+]] = wav.take %[[DS1]][0] : (!wav.bank<1 x tensor<2xf32>>) -> tensor<2xf32>
// CHECK:       %[[DS:[a-z0-9_#]+]] = wav.combine %[[DS2]], %[[DS3]]
// CHECK:       wav.match_grad %[[A]] to %[[B]], %[[DS]] {epsilon = 5.0{{.*}}e-01 : f64}
func.func @match(%q: tensor<3xf32>, %a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %s = wav.match %a to %b {epsilon = 0.5 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  %bank_0 = wav.source %a scaled %s
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<2x3xf32>, scaled>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %source1 = wav.source %b scaled %s
      : (tensor<2x3xf32>, tensor<2xf32>) -> !wav.bank<1 x tensor<2x3xf32>, scaled>
  %y = wav.read query(%q) bank(%bank) open(%source1) {epsilon = 0.5 : f64}
      : (tensor<3xf32>, !wav.bank<1 x tensor<2x3xf32>, scaled>, !wav.bank<1 x tensor<2x3xf32>, scaled>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
