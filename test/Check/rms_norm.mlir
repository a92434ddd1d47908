// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @rms_norm_1x4(%x: tensor<1x4xf32>, %gain: tensor<4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
      : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @rms_norm_1x384(%x: tensor<1x384xf32>, %gain: tensor<384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
      : (tensor<1x384xf32>, tensor<384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @rms_norm_7x20(%x: tensor<7x20xf32>, %gain: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
      : (tensor<7x20xf32>, tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @rms_norm_3x36(%x: tensor<3x36xf32>, %gain: tensor<36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
      : (tensor<3x36xf32>, tensor<36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @rms_norm_33x8(%x: tensor<33x8xf32>, %gain: tensor<8xf32>) -> tensor<33x8xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64}
      : (tensor<33x8xf32>, tensor<8xf32>) -> tensor<33x8xf32>
  return %y : tensor<33x8xf32>
}

func.func @rms_norm_of_small_rows(
    %x: tensor<3x20xf32> {wav.range = [-1.0e-3, 1.0e-3]},
    %gain: tensor<20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-2 : f64}
      : (tensor<3x20xf32>, tensor<20xf32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}
