// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @matmul_1x1x1(%a: tensor<1x1xf32>, %b: tensor<1x1xf32>) -> tensor<1x1xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b
      : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %c : tensor<1x1xf32>
}

func.func @matmul_1x1x1_tb(%a: tensor<1x1xf32>, %b: tensor<1x1xf32>) -> tensor<1x1xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_b}
      : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %c : tensor<1x1xf32>
}

func.func @matmul_1x1x1_ta(%a: tensor<1x1xf32>, %b: tensor<1x1xf32>) -> tensor<1x1xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a}
      : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %c : tensor<1x1xf32>
}

func.func @matmul_1x1x1_ta_tb(%a: tensor<1x1xf32>, %b: tensor<1x1xf32>) -> tensor<1x1xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a, transpose_b}
      : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %c : tensor<1x1xf32>
}

func.func @matmul_1x20x36(%a: tensor<1x36xf32>, %b: tensor<36x20xf32>) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b
      : (tensor<1x36xf32>, tensor<36x20xf32>) -> tensor<1x20xf32>
  return %c : tensor<1x20xf32>
}

func.func @matmul_1x20x36_tb(%a: tensor<1x36xf32>, %b: tensor<20x36xf32>) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_b}
      : (tensor<1x36xf32>, tensor<20x36xf32>) -> tensor<1x20xf32>
  return %c : tensor<1x20xf32>
}

func.func @matmul_1x20x36_ta(%a: tensor<36x1xf32>, %b: tensor<36x20xf32>) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a}
      : (tensor<36x1xf32>, tensor<36x20xf32>) -> tensor<1x20xf32>
  return %c : tensor<1x20xf32>
}

func.func @matmul_1x20x36_ta_tb(%a: tensor<36x1xf32>, %b: tensor<20x36xf32>) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a, transpose_b}
      : (tensor<36x1xf32>, tensor<20x36xf32>) -> tensor<1x20xf32>
  return %c : tensor<1x20xf32>
}

func.func @matmul_7x36x20(%a: tensor<7x20xf32>, %b: tensor<20x36xf32>) -> tensor<7x36xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b
      : (tensor<7x20xf32>, tensor<20x36xf32>) -> tensor<7x36xf32>
  return %c : tensor<7x36xf32>
}

func.func @matmul_7x36x20_tb(%a: tensor<7x20xf32>, %b: tensor<36x20xf32>) -> tensor<7x36xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_b}
      : (tensor<7x20xf32>, tensor<36x20xf32>) -> tensor<7x36xf32>
  return %c : tensor<7x36xf32>
}

func.func @matmul_7x36x20_ta(%a: tensor<20x7xf32>, %b: tensor<20x36xf32>) -> tensor<7x36xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a}
      : (tensor<20x7xf32>, tensor<20x36xf32>) -> tensor<7x36xf32>
  return %c : tensor<7x36xf32>
}

func.func @matmul_7x36x20_ta_tb(%a: tensor<20x7xf32>, %b: tensor<36x20xf32>) -> tensor<7x36xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a, transpose_b}
      : (tensor<20x7xf32>, tensor<36x20xf32>) -> tensor<7x36xf32>
  return %c : tensor<7x36xf32>
}

func.func @matmul_33x5x384(%a: tensor<33x384xf32>, %b: tensor<384x5xf32>) -> tensor<33x5xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b
      : (tensor<33x384xf32>, tensor<384x5xf32>) -> tensor<33x5xf32>
  return %c : tensor<33x5xf32>
}

func.func @matmul_33x5x384_tb(%a: tensor<33x384xf32>, %b: tensor<5x384xf32>) -> tensor<33x5xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_b}
      : (tensor<33x384xf32>, tensor<5x384xf32>) -> tensor<33x5xf32>
  return %c : tensor<33x5xf32>
}

func.func @matmul_33x5x384_ta(%a: tensor<384x33xf32>, %b: tensor<384x5xf32>) -> tensor<33x5xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a}
      : (tensor<384x33xf32>, tensor<384x5xf32>) -> tensor<33x5xf32>
  return %c : tensor<33x5xf32>
}

func.func @matmul_33x5x384_ta_tb(
    %a: tensor<384x33xf32>,
    %b: tensor<5x384xf32>) -> tensor<33x5xf32>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b {transpose_a, transpose_b}
      : (tensor<384x33xf32>, tensor<5x384xf32>) -> tensor<33x5xf32>
  return %c : tensor<33x5xf32>
}

func.func @matmul_accumulates(
    %a: tensor<3x20xf32>,
    %b: tensor<8x20xf32>,
    %c: tensor<3x8xf32>) -> tensor<3x8xf32>
    attributes {wav.gradient = "vjp"} {
  %r = wav.matmul %a, %b into %c {transpose_b}
      : (tensor<3x20xf32>, tensor<8x20xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
  return %r : tensor<3x8xf32>
}

func.func @matmul_of_one_value(%a: tensor<5x5xf32>) -> tensor<5x5xf32>
    attributes {wav.gradient = "vjp"} {
  %r = wav.matmul %a, %a {transpose_b}
      : (tensor<5x5xf32>, tensor<5x5xf32>) -> tensor<5x5xf32>
  return %r : tensor<5x5xf32>
}
