// RUN: wav-opt %s --split-input-file | FileCheck %s

// Each attribute where it may stand.

// CHECK: module attributes {wav.batch = 1 : i64, wav.config = "{}", wav.context = 2 : i64, wav.level = "step", wav.optimizer = {beta1 = 5.000000e-01 : f64, name = "adamw"}}
module attributes {wav.batch = 1 : i64, wav.context = 2 : i64, wav.config = "{}",
                   wav.level = "step", wav.optimizer = {name = "adamw", beta1 = 0.5 : f64}} {
  // CHECK: @f(%{{.*}}: tensor<f32> {wav.fill = {kind = "setting", name = "clip"}, wav.name = "x", wav.range = [0.000000e+00, 0.000000e+00]}, %{{.*}}: tensor<i32> {wav.range = [0, 1]})
  // CHECK-SAME: -> (tensor<f32> {wav.name = "y"}) attributes {wav.gradient = "vjp", wav.update}
  func.func @f(%x: tensor<f32> {wav.fill = {kind = "setting", name = "clip"},
                               wav.name = "x", wav.range = [0.0, 0.0]},
               %i: tensor<i32> {wav.range = [0, 1]})
      -> (tensor<f32> {wav.name = "y"}) attributes {wav.gradient = "vjp", wav.update} {
    return %x : tensor<f32>
  }
}

// -----

// CHECK: @k(%{{.*}}) attributes {wav.lanes = 4 : i64, wav.shared_bytes = 0 : i64, wav.threads = 32 : i64}
func.func @k(%n: index, %x: f32) attributes {wav.lanes = 4 : i64,
    wav.shared_bytes = 0 : i64, wav.threads = 32 : i64} {
  %y = arith.mulf %x, %x {wav.result} : f32
  scf.for %i = %n to %n step %n {
  } {wav.rows = 8 : i64}
  return
}
