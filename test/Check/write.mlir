// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @write_1x4(%u: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_into(%u: tensor<1x4xf32>, %row: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_scalar(%u: tensor<1x4xf32>, %scale: tensor<1xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_into_scalar(
    %u: tensor<1x4xf32>,
    %row: tensor<1x4xf32>,
    %scale: tensor<1xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_vector(%u: tensor<1x4xf32>, %scale: tensor<4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_into_vector(
    %u: tensor<1x4xf32>,
    %row: tensor<1x4xf32>,
    %scale: tensor<4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_7x20(%u: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_into(%u: tensor<7x20xf32>, %row: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_scalar(%u: tensor<7x20xf32>, %scale: tensor<1xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<1xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_into_scalar(
    %u: tensor<7x20xf32>,
    %row: tensor<7x20xf32>,
    %scale: tensor<1xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<1xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_vector(%u: tensor<7x20xf32>, %scale: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_into_vector(
    %u: tensor<7x20xf32>,
    %row: tensor<7x20xf32>,
    %scale: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_3x36(%u: tensor<3x36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_into(%u: tensor<3x36xf32>, %row: tensor<3x36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<3x36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_scalar(%u: tensor<3x36xf32>, %scale: tensor<1xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<1xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_into_scalar(
    %u: tensor<3x36xf32>,
    %row: tensor<3x36xf32>,
    %scale: tensor<1xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<3x36xf32>, tensor<1xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_vector(%u: tensor<3x36xf32>, %scale: tensor<36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_into_vector(
    %u: tensor<3x36xf32>,
    %row: tensor<3x36xf32>,
    %scale: tensor<36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<3x36xf32>, tensor<36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_1x384(%u: tensor<1x384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_into(%u: tensor<1x384xf32>, %row: tensor<1x384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_scalar(%u: tensor<1x384xf32>, %scale: tensor<1xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_into_scalar(
    %u: tensor<1x384xf32>,
    %row: tensor<1x384xf32>,
    %scale: tensor<1xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per tensor {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>, tensor<1xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_vector(%u: tensor<1x384xf32>, %scale: tensor<384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_into_vector(
    %u: tensor<1x384xf32>,
    %row: tensor<1x384xf32>,
    %scale: tensor<384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per channel {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>, tensor<384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_per_token(
    %u: tensor<7x20xf32>,
    %row: tensor<7x20xf32>,
    %scale: tensor<7xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per token {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<7xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

// The same shape stands for either.
func.func @write_square(
    %u: tensor<16x16xf32>,
    %token: tensor<16xf32>,
    %channel: tensor<16xf32>) -> tensor<16x16xf32>
    attributes {wav.gradient = "vjp"} {
  %x = wav.write %u scaled %token per token {coefficient = 1.0 : f64}
      : (tensor<16x16xf32>, tensor<16xf32>) -> tensor<16x16xf32>
  %y = wav.write %u into %x scaled %channel per channel {coefficient = 1.0 : f64}
      : (tensor<16x16xf32>, tensor<16x16xf32>, tensor<16xf32>) -> tensor<16x16xf32>
  return %y : tensor<16x16xf32>
}
