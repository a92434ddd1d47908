// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @cross_entropy_1x4(
    %logits: tensor<1x4xf32>,
    %targets: tensor<1xi32> {wav.range = [0, 4]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<1x4xf32>, tensor<1xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @cross_entropy_7x20(
    %logits: tensor<7x20xf32>,
    %targets: tensor<7xi32> {wav.range = [0, 20]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<7x20xf32>, tensor<7xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @cross_entropy_5x73(
    %logits: tensor<5x73xf32>,
    %targets: tensor<5xi32> {wav.range = [0, 73]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<5x73xf32>, tensor<5xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @cross_entropy_1x257(
    %logits: tensor<1x257xf32>,
    %targets: tensor<1xi32> {wav.range = [0, 257]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<1x257xf32>, tensor<1xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @cross_entropy_of_large_logits(
    %logits: tensor<3x20xf32> {wav.range = [900.0, 1000.0]},
    %targets: tensor<3xi32> {wav.range = [0, 20]}) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<3x20xf32>, tensor<3xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

// As small a loss as without the common part of the logits, and as exact.
func.func @cross_entropy_of_close_large_logits(
    %logits: tensor<7x20xf32> {wav.range = [1.0e+6, 1.000004e+6]},
    %targets: tensor<7xi32> {wav.range = [0, 20]}) -> tensor<f32> {
  %loss = wav.cross_entropy %logits, %targets
      : (tensor<7x20xf32>, tensor<7xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}
