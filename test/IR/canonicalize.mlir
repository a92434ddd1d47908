// RUN: wav-opt %s --canonicalize --split-input-file | FileCheck %s

// The first write of a block starts the row.

// CHECK-LABEL: func.func @first_write
// CHECK-SAME: %[[U:.*]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[U]]
func.func @first_write(%u: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = wav.write %u {coefficient = 1.0 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @writes_that_compute
// CHECK-COUNT-3: wav.write
func.func @writes_that_compute(%u: tensor<4x8xf32>, %s: tensor<1xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = wav.write %u {coefficient = -1.0 : f64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = wav.write %u into %u {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = wav.write %u scaled %s per tensor {coefficient = 1.0 : f64} : (tensor<4x8xf32>, tensor<1xf32>) -> tensor<4x8xf32>
  return %0, %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// A tensor is found through banks and slices of banks.

// CHECK-LABEL: func.func @take
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<4x8xf32>, %[[B:[a-z0-9]+]]: tensor<4x8xf32>, %[[C:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[A]], %[[C]], %[[B]], %[[C]]
func.func @take(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>, %c: tensor<4x8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %sa = wav.source %a : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %sb = wav.source %b : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %sc = wav.source %c : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %0 = wav.bank %sa : (!wav.bank<1 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  %1 = wav.bank %0, %sb, %sc
      : (!wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> !wav.bank<3 x tensor<4x8xf32>>
  %2 = wav.slice %1 from 0 : (!wav.bank<3 x tensor<4x8xf32>>) -> !wav.bank<2 x tensor<4x8xf32>>
  %3 = wav.slice %1 from 1 : (!wav.bank<3 x tensor<4x8xf32>>) -> !wav.bank<2 x tensor<4x8xf32>>
  %x = wav.take %1[0] : (!wav.bank<3 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  %y = wav.take %1[2] : (!wav.bank<3 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  %z = wav.take %2[1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  %w = wav.take %3[1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return %x, %y, %z, %w : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// Scales and bias indices are found as rows are, also those of a source whose
// row is yet to be formed.

// CHECK-LABEL: func.func @take_scale_and_bias
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<4x8xf32>, %[[S:[a-z0-9]+]]: tensor<4xf32>, %[[T:[a-z0-9]+]]: tensor<4xf32>, %[[I:[a-z0-9]+]]: tensor<i32>, %[[J:[a-z0-9]+]]: tensor<i32>
// CHECK-NEXT: return %[[S]], %[[J]], %[[T]] :
func.func @take_scale_and_bias(%a: tensor<4x8xf32>, %s: tensor<4xf32>, %t: tensor<4xf32>, %i: tensor<i32>, %j: tensor<i32>)
    -> (tensor<4xf32>, tensor<i32>, tensor<4xf32>) {
  %0 = wav.source %a scaled %s bias %i
      : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %1 = wav.source %a, %a scaled %t bias %j {coefficients = array<f64: 1.0, -2.0>}
      : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %bank = wav.bank %0, %1
      : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<2 x tensor<4x8xf32>, scaled, biased>
  %last = wav.slice %bank from 1
      : (!wav.bank<2 x tensor<4x8xf32>, scaled, biased>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %x = wav.take %bank[0] scale : (!wav.bank<2 x tensor<4x8xf32>, scaled, biased>) -> tensor<4xf32>
  %y = wav.take %bank[1] bias : (!wav.bank<2 x tensor<4x8xf32>, scaled, biased>) -> tensor<i32>
  %z = wav.take %last[0] scale : (!wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> tensor<4xf32>
  return %x, %y, %z : tensor<4xf32>, tensor<i32>, tensor<4xf32>
}

// A row that no tensor holds is not found.

// CHECK-LABEL: func.func @take_unformed_row
// CHECK-COUNT-2: wav.take
func.func @take_unformed_row(%a: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = wav.source %a, %a : (tensor<4x8xf32>, tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %1 = wav.source %a {coefficients = array<f64: -1.0>} : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %x = wav.take %0[0] : (!wav.bank<1 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  %y = wav.take %1[0] : (!wav.bank<1 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return %x, %y : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: func.func @take_from_out_of_sight
// CHECK: wav.take
func.func @take_from_out_of_sight(%bank: !wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32> {
  %x = wav.take %bank[1] : (!wav.bank<2 x tensor<4x8xf32>>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}

// -----

// method.md 5.4, R1: the read of one source is the source. Its query and bias
// do not matter; its scale must be known to be one.

// CHECK-LABEL: func.func @read_one_source
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @read_one_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>, %bias: tensor<1xf32>, %i: tensor<i32>) -> tensor<4x8xf32> {
  %one = wav.fill {value = 1.0 : f64} : tensor<4xf32>
  %bank = wav.source %x scaled %one bias %i
      : (tensor<4x8xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<1xf32>, !wav.bank<1 x tensor<4x8xf32>, scaled, biased>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @read_one_unscaled_source
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @read_one_unscaled_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %bank = wav.bank %0 : (!wav.bank<1 x tensor<4x8xf32>>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// All roles read the same.

// CHECK-LABEL: func.func @read_one_source_for_two_roles
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[X]], %[[X]]
func.func @read_one_source_for_two_roles(%x: tensor<4x8xf32>, %empty: !wav.bank<0 x tensor<4x8xf32>>, %query: tensor<8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y:6 = wav.read query(%query, %query) bank(%empty) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y#0, %y#1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: func.func @read_one_open_source
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @read_one_open_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%query) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// The statistics depend on the query, and a part is one more source.

// CHECK-LABEL: func.func @read_statistics_of_one_source
// CHECK: %[[Y:.*]], %[[MAX:.*]], %{{.*}} = wav.read
// CHECK-NEXT: return %[[Y]], %[[MAX]]
func.func @read_statistics_of_one_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %max, %sum = wav.read query(%query) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y, %max : tensor<4x8xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @read_sum_of_one_source
// CHECK: wav.read
func.func @read_sum_of_one_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4xf32> {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %max, %sum = wav.read query(%query) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %sum : tensor<4xf32>
}

// CHECK-LABEL: func.func @read_one_source_after_part
// CHECK: wav.read
func.func @read_one_source_after_part(%x: tensor<4x8xf32>, %p: tensor<4x8xf32>, %m: tensor<4xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%query) open(%0) after(%p max %m sum %m) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// What is read is rounded to the type of the result, of each role.

// CHECK-LABEL: func.func @read_one_source_rounded
// CHECK: wav.read
func.func @read_one_source_rounded(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xbf16>) {
  %0 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y:6 = wav.read query(%query, %query) open(%0) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4x8xbf16>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y#0, %y#1 : tensor<4x8xf32>, tensor<4x8xbf16>
}

// CHECK-LABEL: func.func @read_one_scaled_source
// CHECK: wav.read
func.func @read_one_scaled_source(%x: tensor<4x8xf32>, %s: tensor<4xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %bank = wav.source %x scaled %s
      : (tensor<4x8xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x8xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>, scaled>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @read_one_unformed_source
// CHECK: wav.read
func.func @read_one_unformed_source(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %bank = wav.source %x, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @read_two_sources
// CHECK: wav.read
func.func @read_two_sources(%x: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %source = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%source) open(%source) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}

// A bank of unknown size may have any number of sources.

// CHECK-LABEL: func.func @read_unknown_number
// CHECK: wav.read
// CHECK: wav.read
func.func @read_unknown_number(%x: tensor<4x8xf32>, %bank: !wav.bank<? x tensor<4x8xf32>>, %query: tensor<8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %source = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %y:3 = wav.read query(%query) bank(%bank) open(%source) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  %z:3 = wav.read query(%query) bank(%bank) open(%source, %source) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<? x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>)
      -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y#0, %z#0 : tensor<4x8xf32>, tensor<4x8xf32>
}

// A stream that is added to what is read does not matter.

// CHECK-LABEL: func.func @read_one_source_onto_stream
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf32>, %[[STREAM:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK-NEXT: %[[Y:.*]] = arith.addf %[[X]], %[[STREAM]]
// CHECK-NEXT: return %[[Y]]
func.func @read_one_source_onto_stream(%x: tensor<4x8xf32>, %stream: tensor<4x8xf32>, %query: tensor<8xf32>) -> tensor<4x8xf32> {
  %bank = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %mix, %max, %sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  %y = arith.addf %mix, %stream : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: func.func @combine_of_one
// CHECK-SAME: %[[X:.*]]: tensor<8xf32>
// CHECK-NEXT: return %[[X]]
func.func @combine_of_one(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// Equal inputs become one; what cancels goes.

// CHECK-LABEL: func.func @combine_merges
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]: tensor<8xf32>, %[[Z:[a-z0-9]+]]: tensor<8xf32>
// CHECK-NEXT: %[[SUM:.*]] = wav.combine %[[X]], %[[Y]] {coefficients = array<f64: 3.000000e+00, -1.000000e+00>}
// CHECK-NEXT: return %[[SUM]]
func.func @combine_merges(%x: tensor<8xf32>, %y: tensor<8xf32>, %z: tensor<8xf32>) -> tensor<8xf32> {
  %sum = wav.combine %x, %z, %y, %x, %z {coefficients = array<f64: 1.0, 0.5, -1.0, 2.0, -0.5>}
      : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %sum : tensor<8xf32>
}

// CHECK-LABEL: func.func @combine_to_nothing
// CHECK-NEXT: %[[ZERO:.*]] = wav.fill {value = 0.000000e+00 : f64} : tensor<8xf32>
// CHECK-NEXT: return %[[ZERO]]
func.func @combine_to_nothing(%x: tensor<8xf32>) -> tensor<8xf32> {
  %sum = wav.combine %x, %x {coefficients = array<f64: 1.0, -1.0>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %sum : tensor<8xf32>
}

// A sum that is used once is expanded if its inputs are no more than it was;
// one that is used again is kept.

// CHECK-LABEL: func.func @combine_expands
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]: tensor<8xf32>
// CHECK-NEXT: %[[KEPT:.*]] = wav.combine %[[X]], %[[Y]] {coefficients = array<f64: 1.000000e+00, 1.000000e+00>}
// CHECK-NEXT: %[[SUM:.*]] = wav.combine %[[X]], %[[Y]], %[[KEPT]] {coefficients = array<f64: 3.000000e+00, -1.000000e+00, 1.000000e+00>}
// CHECK-NEXT: return %[[KEPT]], %[[SUM]]
func.func @combine_expands(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %once = wav.combine %x, %y {coefficients = array<f64: 1.0, -0.5>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %kept = wav.combine %x, %y {coefficients = array<f64: 1.0, 1.0>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %sum = wav.combine %once, %kept, %x {coefficients = array<f64: 2.0, 1.0, 1.0>}
      : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %kept, %sum : tensor<8xf32>, tensor<8xf32>
}

// A sum that grows from op to op stays one: its terms would be more tensors.

// CHECK-LABEL: func.func @combine_grows
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]: tensor<8xf32>, %[[Z:[a-z0-9]+]]: tensor<8xf32>
// CHECK-NEXT: %[[SO_FAR:.*]] = wav.combine %[[X]], %[[Y]]
// CHECK-NEXT: wav.combine %[[SO_FAR]], %[[Z]]
func.func @combine_grows(%x: tensor<8xf32>, %y: tensor<8xf32>, %z: tensor<8xf32>) -> tensor<8xf32> {
  %once = wav.combine %x, %y {coefficients = array<f64: 1.0, 1.0>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %sum = wav.combine %once, %z {coefficients = array<f64: 1.0, 1.0>} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %sum : tensor<8xf32>
}

// A cast to the type that a value has is that value; no other conversion is
// dropped.

// CHECK-LABEL: func.func @cast_to_its_own_type
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<8xf32>
// CHECK-NEXT: return %[[X]]
func.func @cast_to_its_own_type(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = wav.cast %x : (tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func.func @conversions
// CHECK-NEXT: wav.cast
// CHECK-NEXT: wav.cast
// CHECK-NEXT: wav.combine
// CHECK-NEXT: return
func.func @conversions(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xbf16>) {
  %narrow = wav.cast %x : (tensor<8xf32>) -> tensor<8xbf16>
  %wide = wav.cast %narrow : (tensor<8xbf16>) -> tensor<8xf32>
  %z = wav.combine %x {coefficients = array<f64: 1.0>} : (tensor<8xf32>) -> tensor<8xbf16>
  return %wide, %z : tensor<8xf32>, tensor<8xbf16>
}
