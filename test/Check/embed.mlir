// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Both gradients of @embed_twice accumulate in one table.

func.func @embed_7x20_1(
    %table: tensor<7x20xf32>,
    %index: tensor<1xi32> {wav.range = [0, 7]}) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.embed %table, %index
      : (tensor<7x20xf32>, tensor<1xi32>) -> tensor<1x20xf32>
  return %y : tensor<1x20xf32>
}

func.func @embed_73x36_5(
    %table: tensor<73x36xf32>,
    %index: tensor<5xi32> {wav.range = [0, 73]}) -> tensor<5x36xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.embed %table, %index
      : (tensor<73x36xf32>, tensor<5xi32>) -> tensor<5x36xf32>
  return %y : tensor<5x36xf32>
}

func.func @embed_3x384_7(
    %table: tensor<3x384xf32>,
    %index: tensor<7xi32> {wav.range = [0, 3]}) -> tensor<7x384xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.embed %table, %index
      : (tensor<3x384xf32>, tensor<7xi32>) -> tensor<7x384xf32>
  return %y : tensor<7x384xf32>
}

func.func @embed_twice(
    %table: tensor<5x20xf32>,
    %first: tensor<3xi32> {wav.range = [0, 5]},
    %second: tensor<2xi32> {wav.range = [0, 5]}) -> (tensor<3x20xf32>, tensor<2x20xf32>)
    attributes {wav.gradient = "vjp"} {
  %x = wav.embed %table, %first
      : (tensor<5x20xf32>, tensor<3xi32>) -> tensor<3x20xf32>
  %y = wav.embed %table, %second
      : (tensor<5x20xf32>, tensor<2xi32>) -> tensor<2x20xf32>
  return %x, %y : tensor<3x20xf32>, tensor<2x20xf32>
}

// The table is formed by an op of as many rows as there are indices.
func.func @embed_of_a_formed_table(
    %gate: tensor<4x20xf32>,
    %up: tensor<4x20xf32>,
    %index: tensor<4xi32> {wav.range = [0, 4]}) -> tensor<4x20xf32>
    attributes {wav.gradient = "vjp"} {
  %table = wav.swiglu %gate, %up
      : (tensor<4x20xf32>, tensor<4x20xf32>) -> tensor<4x20xf32>
  %y = wav.embed %table, %index
      : (tensor<4x20xf32>, tensor<4xi32>) -> tensor<4x20xf32>
  return %y : tensor<4x20xf32>
}
