// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Sources are the rows of a bank and open rows, each with its scale and kind.

func.func @read_one_row(%query: tensor<4xf32>, %row0: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0
      : (tensor<1x4xf32>) -> !wav.bank<1 x tensor<1x4xf32>>
  %one = wav.fill {value = 1.0 : f64} : tensor<1xf32>
  %scales = wav.bank %one
      : (tensor<1xf32>) -> !wav.bank<1 x tensor<1xf32>>
  %kinds = arith.constant dense<[-1]> : tensor<1xi32>
  %y = wav.read query(%query) bank(%bank, %scales, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<4xf32>, !wav.bank<1 x tensor<1x4xf32>>, !wav.bank<1 x tensor<1xf32>>, tensor<1xi32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @read_one_scaled_row(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32>,
    %s0: tensor<3xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0
      : (tensor<3x20xf32>) -> !wav.bank<1 x tensor<3x20xf32>>
  %scales = wav.bank %s0
      : (tensor<3xf32>) -> !wav.bank<1 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1]> : tensor<1xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>>, !wav.bank<1 x tensor<3xf32>>, tensor<1xi32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}

func.func @read_two_rows(
    %query: tensor<20xf32>,
    %row0: tensor<5x20xf32>,
    %row1: tensor<5x20xf32>,
    %s0: tensor<5xf32>,
    %s1: tensor<5xf32>) -> tensor<5x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1
      : (tensor<5x20xf32>, tensor<5x20xf32>) -> !wav.bank<2 x tensor<5x20xf32>>
  %scales = wav.bank %s0, %s1
      : (tensor<5xf32>, tensor<5xf32>) -> !wav.bank<2 x tensor<5xf32>>
  %kinds = arith.constant dense<[-1, -1]> : tensor<2xi32>
  %y = wav.read query(%query) bank(%bank, %scales, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, !wav.bank<2 x tensor<5x20xf32>>, !wav.bank<2 x tensor<5xf32>>, tensor<2xi32>) -> tensor<5x20xf32>
  return %y : tensor<5x20xf32>
}

func.func @read_with_bias(
    %query: tensor<36xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<7x36xf32>,
    %row1: tensor<7x36xf32>,
    %row2: tensor<7x36xf32>,
    %row3: tensor<7x36xf32>,
    %s0: tensor<7xf32>,
    %s1: tensor<7xf32>,
    %s2: tensor<7xf32>,
    %s3: tensor<7xf32>) -> tensor<7x36xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1, %row2, %row3
      : (tensor<7x36xf32>, tensor<7x36xf32>, tensor<7x36xf32>, tensor<7x36xf32>) -> !wav.bank<4 x tensor<7x36xf32>>
  %scales = wav.bank %s0, %s1, %s2, %s3
      : (tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>) -> !wav.bank<4 x tensor<7xf32>>
  %kinds = arith.constant dense<[-1, 0, 1, -1]> : tensor<4xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<4 x tensor<7x36xf32>>, !wav.bank<4 x tensor<7xf32>>, tensor<4xi32>) -> tensor<7x36xf32>
  return %y : tensor<7x36xf32>
}

func.func @read_open_rows(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32>,
    %row1: tensor<3x20xf32>,
    %row2: tensor<3x20xf32>,
    %s0: tensor<3xf32>,
    %s1: tensor<3xf32>,
    %s2: tensor<3xf32>,
    %open0: tensor<3x20xf32>,
    %open1: tensor<3x20xf32>,
    %open2: tensor<3x20xf32>,
    %t0: tensor<3xf32>,
    %t1: tensor<3xf32>,
    %t2: tensor<3xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1, %row2
      : (tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<3 x tensor<3x20xf32>>
  %scales = wav.bank %s0, %s1, %s2
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<3 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1, 0, 1]> : tensor<3xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      open(%open0, %open1, %open2 scaled %t0, %t1, %t2)
      {open_kinds = array<i64: 0, 1, -1>, epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<3 x tensor<3x20xf32>>, !wav.bank<3 x tensor<3xf32>>, tensor<3xi32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}

func.func @read_unscaled(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32>,
    %row1: tensor<3x20xf32>,
    %row2: tensor<3x20xf32>,
    %row3: tensor<3x20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1, %row2, %row3
      : (tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<4 x tensor<3x20xf32>>
  %one = wav.fill {value = 1.0 : f64} : tensor<3xf32>
  %scales = wav.bank %one, %one, %one, %one
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<4 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1, 0, 1, -1]> : tensor<4xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>>, !wav.bank<4 x tensor<3xf32>>, tensor<4xi32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}

func.func @read_onto_base(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32>,
    %row1: tensor<3x20xf32>,
    %s0: tensor<3xf32>,
    %s1: tensor<3xf32>,
    %open0: tensor<3x20xf32>,
    %t0: tensor<3xf32>,
    %base: tensor<3x20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<2 x tensor<3x20xf32>>
  %scales = wav.bank %s0, %s1
      : (tensor<3xf32>, tensor<3xf32>) -> !wav.bank<2 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1, 0]> : tensor<2xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      open(%open0 scaled %t0)
      base(%base)
      {open_kinds = array<i64: 0>, epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<2 x tensor<3x20xf32>>, !wav.bank<2 x tensor<3xf32>>, tensor<2xi32>, tensor<3x20xf32>, tensor<3xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}

func.func @read_one_token(
    %query: tensor<384xf32> {wav.range = [-0.1, 0.1]},
    %bias: tensor<2xf32>,
    %row0: tensor<1x384xf32>,
    %row1: tensor<1x384xf32>,
    %row2: tensor<1x384xf32>,
    %row3: tensor<1x384xf32>,
    %row4: tensor<1x384xf32>,
    %s0: tensor<1xf32>,
    %s1: tensor<1xf32>,
    %s2: tensor<1xf32>,
    %s3: tensor<1xf32>,
    %s4: tensor<1xf32>,
    %open0: tensor<1x384xf32>,
    %open1: tensor<1x384xf32>,
    %t0: tensor<1xf32>,
    %t1: tensor<1xf32>) -> tensor<1x384xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1, %row2, %row3, %row4
      : (tensor<1x384xf32>, tensor<1x384xf32>, tensor<1x384xf32>, tensor<1x384xf32>, tensor<1x384xf32>) -> !wav.bank<5 x tensor<1x384xf32>>
  %scales = wav.bank %s0, %s1, %s2, %s3, %s4
      : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> !wav.bank<5 x tensor<1xf32>>
  %kinds = arith.constant dense<[-1, 0, 1, -1, 0]> : tensor<5xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      open(%open0, %open1 scaled %t0, %t1)
      {open_kinds = array<i64: 0, 1>, epsilon = 1.0e-6 : f64}
      : (tensor<384xf32>, tensor<2xf32>, !wav.bank<5 x tensor<1x384xf32>>, !wav.bank<5 x tensor<1xf32>>, tensor<5xi32>, tensor<1x384xf32>, tensor<1x384xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x384xf32>
  return %y : tensor<1x384xf32>
}

func.func @read_small_rows(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32> {wav.range = [-1.0e-2, 1.0e-2]},
    %row1: tensor<3x20xf32> {wav.range = [-1.0e-2, 1.0e-2]},
    %row2: tensor<3x20xf32> {wav.range = [-1.0e-2, 1.0e-2]},
    %s0: tensor<3xf32>,
    %s1: tensor<3xf32>,
    %s2: tensor<3xf32>,
    %open0: tensor<3x20xf32>,
    %t0: tensor<3xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank = wav.bank %row0, %row1, %row2
      : (tensor<3x20xf32>, tensor<3x20xf32>, tensor<3x20xf32>) -> !wav.bank<3 x tensor<3x20xf32>>
  %scales = wav.bank %s0, %s1, %s2
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> !wav.bank<3 x tensor<3xf32>>
  %kinds = arith.constant dense<[-1, 0, 1]> : tensor<3xi32>
  %y = wav.read query(%query, bias %bias) bank(%bank, %scales, %kinds)
      open(%open0 scaled %t0)
      {open_kinds = array<i64: 0>, epsilon = 1.0e-2 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<3 x tensor<3x20xf32>>, !wav.bank<3 x tensor<3xf32>>, tensor<3xi32>, tensor<3x20xf32>, tensor<3xf32>) -> tensor<3x20xf32>
  return %y : tensor<3x20xf32>
}
