// RUN: wav-opt %s --split-input-file --wav-differentiate --verify-diagnostics

// expected-error @below {{cannot be differentiated: result 0 must be the loss, a 'tensor<f32>'}}
func.func @no_loss(%x: tensor<2x3xf32>) -> tensor<2x3xf32>
    attributes {wav.gradient = "arguments"} {
  return %x : tensor<2x3xf32>
}

// -----

// expected-error @below {{cannot be differentiated: result 0 must be the loss, a 'tensor<f32>'}}
func.func @no_result(%x: tensor<f32>) attributes {wav.gradient = "arguments"} {
  return
}

// -----

// expected-error @below {{cannot be differentiated: its body must be one block}}
func.func @blocks(%x: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  cf.br ^next
^next:
  return %x : tensor<f32>
}

// -----

// expected-error @below {{cannot be differentiated: its body must be one block}}
func.func private @declaration(tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"}

// -----

// expected-error @below {{nothing to differentiate with respect to: no wav.parameter is in the module}}
func.func @no_parameters(%x: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "parameters"} {
  return %x : tensor<f32>
}

// -----

// expected-error @below {{nothing to differentiate with respect to: no argument is a tensor of floats}}
func.func @no_arguments(%x: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.fill {value = 0.0 : f64} : tensor<f32>
  return %loss : tensor<f32>
}

// -----

func.func @foreign_op(%x: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  // expected-error @below {{'math.sin' op has no gradient, but the loss depends on its result #0; implement DifferentiableOpInterface for it, or keep it off the way from what is differentiated to the loss}}
  %y = math.sin %x : tensor<2x3xf32>
  %loss = wav.cross_entropy %y, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

// Off the way to the loss, and without an active operand, any op may stand.

func.func @harmless_ops(%x: tensor<2x3xf32>, %targets: tensor<2xi32>) -> (tensor<f32>, tensor<2x3xf32>)
    attributes {wav.gradient = "arguments"} {
  %y = math.sin %x : tensor<2x3xf32>
  %one = wav.fill {value = 1.0 : f64} : tensor<2x3xf32>
  %c = math.sin %one : tensor<2x3xf32>
  %z = wav.combine %x, %c {coefficients = array<f64: 1.0, 1.0>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %z, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss, %y : tensor<f32>, tensor<2x3xf32>
}

// -----

func.func @attention_in_a_cache(%q: tensor<1x4xf32>, %k: tensor<2x4xf32>, %p: tensor<1xi32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  // expected-error @below {{has no gradient at a position of a cache; differentiate attention over whole sequences}}
  %o, %max, %inverse_sum = wav.attention %q, %k, %k at %p {batch = 1 : i64, heads = 2 : i64} : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi32>) -> (tensor<1x4xf32>, tensor<2xf32>, tensor<2xf32>)
  %loss = wav.cross_entropy %o, %p : (tensor<1x4xf32>, tensor<1xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
