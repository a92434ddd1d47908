// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

func.func @attention_1x1_1x4(
    %q: tensor<1x4xf32>,
    %k: tensor<1x4xf32>,
    %v: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 1, heads = 1}
      : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>)
      -> (tensor<1x4xf32>, tensor<1xf32>, tensor<1xf32>)
  return %y : tensor<1x4xf32>
}

func.func @attention_1x7_1x20(
    %q: tensor<7x20xf32>,
    %k: tensor<7x20xf32>,
    %v: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 1, heads = 1}
      : (tensor<7x20xf32>, tensor<7x20xf32>, tensor<7x20xf32>)
      -> (tensor<7x20xf32>, tensor<7xf32>, tensor<7xf32>)
  return %y : tensor<7x20xf32>
}

func.func @attention_2x5_3x4(
    %q: tensor<10x12xf32>,
    %k: tensor<10x12xf32>,
    %v: tensor<10x12xf32>) -> tensor<10x12xf32>
    attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 2, heads = 3}
      : (tensor<10x12xf32>, tensor<10x12xf32>, tensor<10x12xf32>)
      -> (tensor<10x12xf32>, tensor<30xf32>, tensor<30xf32>)
  return %y : tensor<10x12xf32>
}

func.func @attention_3x33_2x8(
    %q: tensor<99x16xf32>,
    %k: tensor<99x16xf32>,
    %v: tensor<99x16xf32>) -> tensor<99x16xf32>
    attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 3, heads = 2}
      : (tensor<99x16xf32>, tensor<99x16xf32>, tensor<99x16xf32>)
      -> (tensor<99x16xf32>, tensor<198xf32>, tensor<198xf32>)
  return %y : tensor<99x16xf32>
}

func.func @attention_of_one_value(%x: tensor<6x8xf32>) -> tensor<6x8xf32>
    attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %x, %x, %x {batch = 2, heads = 2}
      : (tensor<6x8xf32>, tensor<6x8xf32>, tensor<6x8xf32>) -> (tensor<6x8xf32>, tensor<12xf32>, tensor<12xf32>)
  return %y : tensor<6x8xf32>
}

func.func @attention_against_a_cache(
    %q: tensor<1x12xf32>,
    %k: tensor<9x12xf32>,
    %v: tensor<9x12xf32>,
    %position: tensor<1xi32> {wav.range = [0, 9]})
    -> (tensor<1x12xf32>, tensor<3xf32>, tensor<3xf32>) {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v at %position {batch = 1, heads = 3}
      : (tensor<1x12xf32>, tensor<9x12xf32>, tensor<9x12xf32>, tensor<1xi32>)
      -> (tensor<1x12xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y, %max, %inverse_sum : tensor<1x12xf32>, tensor<3xf32>, tensor<3xf32>
}
