// RUN: wav-opt %s --split-input-file --wav-update --verify-diagnostics
// RUN: echo | not wav-opt --wav-update=optimizer=sgd 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: wav-update: unknown optimizer 'sgd'; available: adamw, lion
// RUN: echo | not wav-opt --wav-update="optimizer=lion constants=epsilon=1" 2>&1 | FileCheck %s --check-prefix=CONSTANT
// CONSTANT: error: wav-update: lion has no constant 'epsilon'; it has: beta1, beta2
// RUN: echo | not wav-opt --wav-update=constants=beta1=1 2>&1 | FileCheck %s --check-prefix=FRACTION
// FRACTION: error: wav-update: beta1 must be a number in [0, 1), not '1'
// RUN: echo | not wav-opt --wav-update=constants=beta2=many 2>&1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: error: wav-update: beta2 must be a number in [0, 1), not 'many'
// RUN: echo | not wav-opt --wav-update=constants=epsilon=0 2>&1 | FileCheck %s --check-prefix=POSITIVE
// POSITIVE: error: wav-update: epsilon must be a positive number, not '0'
// RUN: echo | not wav-opt --wav-update=constants=epsilon 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: error: wav-update: epsilon must be a positive number, not ''

wav.parameter @w : tensor<4x4xf32> {init_value = 1.0 : f64}
// expected-error @below {{has wav.update but no result 'grad.w', a 'tensor<4x4xf32>'; run wav-differentiate before, with wav.gradient = "parameters"}}
func.func @not_differentiated(%x: tensor<f32>) -> tensor<f32> attributes {wav.update} {
  return %x : tensor<f32>
}

// -----

wav.parameter @w : tensor<4x4xf32> {init_value = 1.0 : f64}
// expected-error @below {{has wav.update but no result 'grad.w'}}
func.func @of_another_type(%x: tensor<4xf32>) -> (tensor<4xf32> {wav.name = "grad.w"})
    attributes {wav.update} {
  return %x : tensor<4xf32>
}

// -----

// expected-error @below {{has wav.update but there is nothing to update: no wav.parameter is in the module}}
func.func @no_parameters(%x: tensor<f32>) -> tensor<f32> attributes {wav.update} {
  return %x : tensor<f32>
}

// -----

// expected-error @below {{cannot be updated: its body must be one block}}
func.func private @declaration(tensor<f32>) -> tensor<f32> attributes {wav.update}

// -----

module attributes {wav.optimizer = {beta1 = 0.5 : f64, beta2 = 0.95 : f64, epsilon = 1.0e-8 : f64, name = "adamw"}} {
  wav.parameter @w : tensor<4x4xf32> {init_value = 1.0 : f64}
  // expected-error @below {{this module has 'wav.optimizer' = }}
  func.func @two(%g: tensor<4x4xf32>) -> (tensor<4x4xf32> {wav.name = "grad.w"})
      attributes {wav.update} {
    return %g : tensor<4x4xf32>
  }
}
