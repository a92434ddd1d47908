// RUN: wav-opt %s --split-input-file --wav-differentiate | FileCheck %s

// The gradient of every parameter, in the order of declaration, after the other
// results. What is read twice has one gradient, accumulated in place.

// CHECK-LABEL: func.func @grads
// CHECK-SAME: -> (tensor<f32> {wav.name = "loss"}, tensor<2x3xf32> {wav.name = "logits"}
// CHECK-SAME: tensor<2xf32> {wav.name = "grad.unused"}, tensor<3x4xf32> {wav.name = "grad.w"})
// CHECK:      %[[HEAD:[a-z0-9_#]+]] = wav.matmul {{.*}} {transpose_a}
// CHECK:      %[[TABLE:[a-z0-9_#]+]] = wav.embed_grad {{.*}} into %[[HEAD]]
// CHECK:      %[[ZERO:[a-z0-9_#]+]] = wav.fill {value = 0.0{{.*}}} : tensor<2xf32>
// CHECK:      return %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}, %[[ZERO]], %[[TABLE]]

wav.parameter @unused : tensor<2xf32> {init_value = 0.0 : f64}
wav.parameter @w : tensor<3x4xf32> {normal, init_value = 0.02 : f64, decay}
func.func @grads(%tokens: tensor<2xi32>)
    -> (tensor<f32> {wav.name = "loss"}, tensor<2x3xf32> {wav.name = "logits"})
    attributes {wav.gradient = "parameters"} {
  %table = wav.get @w : tensor<3x4xf32>
  %x = wav.embed %table, %tokens : (tensor<3x4xf32>, tensor<2xi32>) -> tensor<2x4xf32>
  %head = wav.get @w : tensor<3x4xf32>
  %logits = wav.matmul %x, %head {transpose_b} : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  %loss = wav.cross_entropy %logits, %tokens : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss, %logits : tensor<f32>, tensor<2x3xf32>
}

// -----

// Arguments that are not tensors of floats have no gradient.

// CHECK-LABEL: func.func @arguments
// CHECK-SAME: -> (tensor<f32>, tensor<2x3xf32> {wav.name = "grad.logits"}, tensor<7xf32>)
// CHECK:      %[[GRAD:[a-z0-9_#]+]] = wav.cross_entropy_grad
// CHECK:      %[[ZERO:[a-z0-9_#]+]] = wav.fill {value = 0.0{{.*}}} : tensor<7xf32>
// CHECK:      return %{{[a-z0-9_]+}}, %[[GRAD]], %[[ZERO]]

// A function that does not ask keeps its results.
// CHECK-LABEL: func.func @eval
// CHECK-SAME:  -> tensor<f32>

func.func @arguments(
    %logits: tensor<2x3xf32> {wav.name = "logits"}, %targets: tensor<2xi32>,
    %unused: tensor<7xf32>) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @eval(%logits: tensor<2x3xf32>, %targets: tensor<2xi32>) -> tensor<f32> {
  %loss = wav.cross_entropy %logits, %targets : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// -----

// Without a loss, the gradients of the results are arguments.

// CHECK-LABEL: func.func @vjp
// CHECK-SAME: %[[A:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[B:[a-z0-9_#]+]]: tensor<2x3xf32>, %[[C:[a-z0-9_#]+]]: tensor<2xi32>
// CHECK-SAME: %[[DY:[a-z0-9_#]+]]: tensor<2x3xf32> {wav.name = "grad.y"}, %[[DZ:[a-z0-9_#]+]]: tensor<2x3xf32>)
// CHECK-SAME: -> (tensor<2x3xf32> {wav.name = "y"}, tensor<2xi32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
// CHECK:      %[[DA:[a-z0-9_#]+]] = wav.combine %[[DZ]], %[[DY]] {coefficients = array<f64: 5.0{{.*}}, 2.0{{.*}}>}
// CHECK:      %[[DB:[a-z0-9_#]+]] = wav.combine %[[DY]] {coefficients = array<f64: 3.0{{.*}}>}
// CHECK:      return %{{.*}}, %[[C]], %{{.*}}, %[[DA]], %[[DB]]

func.func @vjp(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>, %c: tensor<2xi32>)
    -> (tensor<2x3xf32> {wav.name = "y"}, tensor<2xi32>, tensor<2x3xf32>)
    attributes {wav.gradient = "vjp"} {
  %y = wav.combine %a, %b {coefficients = array<f64: 2.0, 3.0>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %z = wav.combine %a {coefficients = array<f64: 5.0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y, %c, %z : tensor<2x3xf32>, tensor<2xi32>, tensor<2x3xf32>
}
