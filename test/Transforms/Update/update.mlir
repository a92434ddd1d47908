// RUN: wav-opt %s --wav-differentiate --wav-update | FileCheck %s
// RUN: wav-opt %s --wav-differentiate --wav-update="constants=beta1=0.8,epsilon=0.5" \
// RUN:   | FileCheck %s --check-prefix=CONSTANTS
// RUN: wav-opt %s --wav-differentiate --wav-update="optimizer=lion constants=beta2=0.75" \
// RUN:   | FileCheck %s --check-prefix=LION

// One update of all parameters. Those under decay come first in the arena: @w,
// then from a new row on @norm and @unused. Gradients are no results any more;
// other results stay where they are, and so do functions without wav.update.

// CHECK: module attributes {wav.optimizer = {beta1 = 9.0{{0*}}e-01 : f64, beta2 = 0.94999{{[0-9]*}} : f64, epsilon = 1.0{{0*}}e-08 : f64, name = "adamw"}}
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[X:[a-z0-9_#]+]]: tensor<2x4xf32> {wav.name = "x"}
// CHECK-SAME: %[[LR:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "learning_rate"}, wav.name = "lr"}
// CHECK-SAME: %[[DECAY:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "setting", name = "weight_decay"}, wav.name = "weight_decay"}
// CHECK-SAME: %[[CLIP:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "setting", name = "clip"}, wav.name = "clip"}
// CHECK-SAME: %[[C1:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {beta = 9.0{{0*}}e-01 : f64, kind = "bias_correction"}, wav.name = "bias_correction1"}
// CHECK-SAME: %[[C2:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {beta = 0.94999{{[0-9]*}} : f64, kind = "bias_correction"}, wav.name = "bias_correction2"}
// CHECK-SAME: -> (tensor<f32> {wav.name = "loss"}, tensor<f32> {wav.name = "grad_norm"})
// CHECK-NOT:  wav.gradient
// CHECK-NOT:  wav.update
// CHECK:      %[[LOSS:[a-z0-9_#]+]] = wav.cross_entropy
// CHECK:      %[[W:[a-z0-9_#]+]] = wav.matmul {{.*}} {transpose_a}
// CHECK:      %{{[a-z0-9_]+}}, %[[GAIN:[a-z0-9_#]+]] = wav.rms_norm_grad
// CHECK:      %[[ZERO:[a-z0-9_#]+]] = wav.fill {value = 0.0{{.*}}} : tensor<2xf32>
// CHECK:      %[[G:[a-z0-9_#]+]] = wav.pack %[[GAIN]], %[[W]], %[[ZERO]] : {{.*}} -> tensor<2x512xf32>
// CHECK:      %[[SQUARES:[a-z0-9_#]+]] = wav.sum_squares %[[G]]
// CHECK:      %[[NORM:[a-z0-9_#]+]] = math.sqrt %[[SQUARES]]
// CHECK:      %[[P:[a-z0-9_#]+]] = wav.get_arena parameters
// CHECK:      %[[M:[a-z0-9_#]+]] = wav.get_arena first_moment
// CHECK:      %[[V:[a-z0-9_#]+]] = wav.get_arena second_moment
// CHECK:      %[[P1:[a-z0-9_#]+]], %[[M1:[a-z0-9_#]+]], %[[V1:[a-z0-9_#]+]] = wav.adamw %[[P]], %[[G]] moments(%[[M]], %[[V]]) norm(%[[NORM]])
// CHECK-SAME:   settings(%[[LR]], %[[DECAY]], %[[CLIP]], %[[C1]], %[[C2]])
// CHECK-SAME:   {beta1 = 9.0{{0*}}e-01 : f64, beta2 = 0.94999{{[0-9]*}} : f64, decay_rows = 1 : i64, epsilon = 1.0{{0*}}e-08
// CHECK:      wav.set_arena parameters, %[[P1]]
// CHECK:      wav.set_arena first_moment, %[[M1]]
// CHECK:      wav.set_arena second_moment, %[[V1]]
// CHECK:      return %[[LOSS]], %[[NORM]]

// CHECK:      func.func @grads
// CHECK-SAME: tensor<4xf32> {wav.name = "grad.norm"}, tensor<3x4xf32> {wav.name = "grad.w"}, tensor<2xf32> {wav.name = "grad.unused"})
// CHECK-NOT:  wav.adamw

// CONSTANTS: module attributes {wav.optimizer = {beta1 = 8.0{{0*}}e-01 : f64, beta2 = 0.94999{{[0-9]*}} : f64, epsilon = 5.0{{.*}}e-01 : f64, name = "adamw"}}
// CONSTANTS-LABEL: func.func @train_step
// CONSTANTS-SAME: {wav.fill = {beta = 8.0{{0*}}e-01 : f64, kind = "bias_correction"}, wav.name = "bias_correction1"}
// CONSTANTS: wav.adamw
// CONSTANTS-SAME: beta1 = 8.0{{0*}}e-01 : f64, beta2 = 0.94999{{[0-9]*}} : f64, decay_rows = 1 : i64, epsilon = 5.0{{.*}}e-01

// LION: module attributes {wav.optimizer = {beta1 = 9.0{{0*}}e-01 : f64, beta2 = 7.5{{0*}}e-01 : f64, name = "lion"}}
// LION-LABEL: func.func @train_step
// LION-SAME: %[[LR:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "learning_rate"}, wav.name = "lr"}
// LION-SAME: %[[DECAY:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "setting", name = "weight_decay"}, wav.name = "weight_decay"}
// LION-SAME: %[[CLIP:[a-z0-9_#]+]]: tensor<f32> {wav.fill = {kind = "setting", name = "clip"}, wav.name = "clip"})
// LION:      %[[G:[a-z0-9_#]+]] = wav.pack
// LION:      %[[NORM:[a-z0-9_#]+]] = math.sqrt
// LION:      %[[P:[a-z0-9_#]+]] = wav.get_arena parameters
// LION:      %[[M:[a-z0-9_#]+]] = wav.get_arena first_moment
// LION-NOT:  second_moment
// LION:      %[[P1:[a-z0-9_#]+]], %[[M1:[a-z0-9_#]+]] = wav.lion %[[P]], %[[G]] moments(%[[M]]) norm(%[[NORM]])
// LION-SAME:   settings(%[[LR]], %[[DECAY]], %[[CLIP]])
// LION-SAME:   {beta1 = 9.0{{0*}}e-01 : f64, beta2 = 7.5{{0*}}e-01 : f64, decay_rows = 1 : i64}
// LION:      wav.set_arena parameters, %[[P1]]
// LION:      wav.set_arena first_moment, %[[M1]]
// LION-NOT:  second_moment

wav.parameter @norm : tensor<4xf32> {init_value = 1.0 : f64}
wav.parameter @w : tensor<3x4xf32> {normal, init_value = 0.02 : f64, decay}
wav.parameter @unused : tensor<2xf32> {init_value = 0.0 : f64}
func.func @train_step(
    %x: tensor<2x4xf32> {wav.name = "x"}, %targets: tensor<2xi32> {wav.fill = {kind = "targets"}})
    -> (tensor<f32> {wav.name = "loss"})
    attributes {wav.gradient = "parameters", wav.update} {
  %gain = wav.get @norm : tensor<4xf32>
  %n = wav.rms_norm %x, %gain {epsilon = 0.5 : f64} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %w = wav.get @w : tensor<3x4xf32>
  %logits = wav.matmul %n, %w {transpose_b} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %logits, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @grads(
    %x: tensor<2x4xf32> {wav.name = "x"}, %targets: tensor<2xi32> {wav.fill = {kind = "targets"}})
    -> (tensor<f32> {wav.name = "loss"})
    attributes {wav.gradient = "parameters"} {
  %gain = wav.get @norm : tensor<4xf32>
  %n = wav.rms_norm %x, %gain {epsilon = 0.5 : f64} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %w = wav.get @w : tensor<3x4xf32>
  %logits = wav.matmul %n, %w {transpose_b} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %logits, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
