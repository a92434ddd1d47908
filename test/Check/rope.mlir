// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @rope_1x1_1x4(%x: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<1x4xf32>
  %y = wav.rope %x, %table {heads = 1, sequence_length = 1}
      : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

func.func @rope_2x5_3x4(%x: tensor<10x12xf32>) -> tensor<10x12xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<5x4xf32>
  %y = wav.rope %x, %table {heads = 3, sequence_length = 5}
      : (tensor<10x12xf32>, tensor<5x4xf32>) -> tensor<10x12xf32>
  return %y : tensor<10x12xf32>
}

func.func @rope_1x7_1x20(%x: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<7x20xf32>
  %y = wav.rope %x, %table {heads = 1, sequence_length = 7}
      : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @rope_3x3_4x12(%x: tensor<9x48xf32>) -> tensor<9x48xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<3x12xf32>
  %y = wav.rope %x, %table {heads = 4, sequence_length = 3}
      : (tensor<9x48xf32>, tensor<3x12xf32>) -> tensor<9x48xf32>
  return %y : tensor<9x48xf32>
}

func.func @rope_inverse(%x: tensor<6x24xf32>) -> tensor<6x24xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 5.0e+2 : f64} : tensor<3x12xf32>
  %y = wav.rope %x, %table {heads = 2, sequence_length = 3, inverse}
      : (tensor<6x24xf32>, tensor<3x12xf32>) -> tensor<6x24xf32>
  return %y : tensor<6x24xf32>
}

func.func @rope_at_a_position(
    %x: tensor<1x24xf32>,
    %position: tensor<1xi32> {wav.range = [0, 9]}) -> tensor<1x24xf32> {
  %table = wav.rope_table {theta = 1.0e+4 : f64} : tensor<9x12xf32>
  %y = wav.rope %x, %table at %position {heads = 2, sequence_length = 1}
      : (tensor<1x24xf32>, tensor<9x12xf32>, tensor<1xi32>) -> tensor<1x24xf32>
  return %y : tensor<1x24xf32>
}
