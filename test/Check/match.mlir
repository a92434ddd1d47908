// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// @match_of_itself is one everywhere, so that its gradient is zero.

func.func @match_1x4(%row: tensor<1x4xf32>, %reference: tensor<1x4xf32>) -> tensor<1xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %reference {epsilon = 1.0e-6 : f64}
      : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1xf32>
  return %s : tensor<1xf32>
}

func.func @match_7x20(%row: tensor<7x20xf32>, %reference: tensor<7x20xf32>) -> tensor<7xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %reference {epsilon = 1.0e-6 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7xf32>
  return %s : tensor<7xf32>
}

func.func @match_1x384(%row: tensor<1x384xf32>, %reference: tensor<1x384xf32>) -> tensor<1xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %reference {epsilon = 1.0e-6 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>) -> tensor<1xf32>
  return %s : tensor<1xf32>
}

func.func @match_of_small_rows(
    %row: tensor<3x20xf32> {wav.range = [-1.0e-2, 1.0e-2]},
    %reference: tensor<3x20xf32>) -> tensor<3xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %reference {epsilon = 1.0e-3 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  return %s : tensor<3xf32>
}

func.func @match_of_itself(%row: tensor<3x20xf32>) -> tensor<3xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %row {epsilon = 1.0e-6 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  return %s : tensor<3xf32>
}
