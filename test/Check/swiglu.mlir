// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @swiglu_1x4(%gate: tensor<1x4xf32>, %up: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up
      : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @swiglu_7x20(%gate: tensor<7x20xf32>, %up: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up
      : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @swiglu_3x36(%gate: tensor<3x36xf32>, %up: tensor<3x36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up
      : (tensor<3x36xf32>, tensor<3x36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @swiglu_1x384(%gate: tensor<1x384xf32>, %up: tensor<1x384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up
      : (tensor<1x384xf32>, tensor<1x384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @swiglu_far_out(
    %gate: tensor<3x20xf32> {wav.range = [-30.0, 30.0]},
    %up: tensor<3x20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}
