// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// The second function keeps the old cache too, so that it must be copied.

func.func @cache_update(
    %cache: tensor<9x20xf32>,
    %x: tensor<3x20xf32>,
    %position: tensor<1xi32> {wav.range = [0, 7]}) -> tensor<9x20xf32> {
  %y = wav.cache_update %x at %position into %cache
      : (tensor<9x20xf32>, tensor<3x20xf32>, tensor<1xi32>) -> tensor<9x20xf32>
  return %y : tensor<9x20xf32>
}

func.func @cache_update_of_one_row(
    %cache: tensor<5x8xf32>,
    %x: tensor<1x8xf32>,
    %position: tensor<1xi32> {wav.range = [0, 5]}) -> (tensor<5x8xf32>, tensor<5x8xf32>) {
  %y = wav.cache_update %x at %position into %cache
      : (tensor<5x8xf32>, tensor<1x8xf32>, tensor<1xi32>) -> tensor<5x8xf32>
  return %y, %cache : tensor<5x8xf32>, tensor<5x8xf32>
}
