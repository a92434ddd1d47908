// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @combine_1x4(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y, %x {coefficients = array<f64: 2.0, -0.5, 1.0>}
      : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %z : tensor<1x4xf32>
}

func.func @combine_7x20(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y, %x {coefficients = array<f64: 2.0, -0.5, 1.0>}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}

func.func @combine_of_vectors(%x: tensor<20xf32>, %y: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y {coefficients = array<f64: 2.0, -0.5>}
      : (tensor<20xf32>, tensor<20xf32>) -> tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @combine_of_scalars(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y {coefficients = array<f64: 2.0, -0.5>}
      : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %z : tensor<f32>
}

func.func @combine_of_many(%x: tensor<3x8xf32>, %y: tensor<3x8xf32>) -> tensor<3x8xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y, %x, %y, %x, %y, %x, %y, %x, %y
      {coefficients = array<f64: 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0>}
      : (tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>,
         tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
  return %z : tensor<3x8xf32>
}
