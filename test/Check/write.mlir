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
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_into_scalar(
    %u: tensor<1x4xf32>,
    %row: tensor<1x4xf32>,
    %scale: tensor<1xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_vector(%u: tensor<1x4xf32>, %scale: tensor<4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @write_1x4_into_vector(
    %u: tensor<1x4xf32>,
    %row: tensor<1x4xf32>,
    %scale: tensor<4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
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
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<1xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_into_scalar(
    %u: tensor<7x20xf32>,
    %row: tensor<7x20xf32>,
    %scale: tensor<1xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<1xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_vector(%u: tensor<7x20xf32>, %scale: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<7x20xf32>, tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @write_7x20_into_vector(
    %u: tensor<7x20xf32>,
    %row: tensor<7x20xf32>,
    %scale: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
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
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<1xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_into_scalar(
    %u: tensor<3x36xf32>,
    %row: tensor<3x36xf32>,
    %scale: tensor<1xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<3x36xf32>, tensor<1xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_vector(%u: tensor<3x36xf32>, %scale: tensor<36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<3x36xf32>, tensor<36xf32>) -> tensor<3x36xf32>
  return %y : tensor<3x36xf32>
}

func.func @write_3x36_into_vector(
    %u: tensor<3x36xf32>,
    %row: tensor<3x36xf32>,
    %scale: tensor<36xf32>) -> tensor<3x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
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
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_into_scalar(
    %u: tensor<1x384xf32>,
    %row: tensor<1x384xf32>,
    %scale: tensor<1xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>, tensor<1xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_vector(%u: tensor<1x384xf32>, %scale: tensor<384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @write_1x384_into_vector(
    %u: tensor<1x384xf32>,
    %row: tensor<1x384xf32>,
    %scale: tensor<384xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale {coefficient = -1.5 : f64}
      : (tensor<1x384xf32>, tensor<1x384xf32>, tensor<384xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}
