// RUN: wav-check %s

// Rows that lanes share in other ways: a block of threads a row, one element,
// no power of two in the width, more rows than a partition has, and rows that
// are cut into strips.

func.func @read_2048_5(%query: tensor<2048xf32> {wav.range = [-0.1, 0.1]}, %bias: tensor<2xf32>, %row0: tensor<5x2048xf32>, %row1: tensor<5x2048xf32>, %row2: tensor<5x2048xf32>, %s0: tensor<5xf32>, %s1: tensor<5xf32>, %s2: tensor<5xf32>, %o: tensor<5x2048xf32>, %os: tensor<5xf32>) -> tensor<5x2048xf32>
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<5x2048xf32>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<5x2048xf32>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<5x2048xf32>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<5x2048xf32>, scaled, biased>, !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>, !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>) -> !wav.bank<3 x tensor<5x2048xf32>, scaled, biased>
  %source1 = wav.source %o scaled %os bias %bias0
      : (tensor<5x2048xf32>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1) {epsilon = 1.0e-6 : f64}
      : (tensor<2048xf32>, tensor<2xf32>, !wav.bank<3 x tensor<5x2048xf32>, scaled, biased>, !wav.bank<1 x tensor<5x2048xf32>, scaled, biased>) -> (tensor<5x2048xf32>, tensor<5xf32>, tensor<5xf32>)
  return %y : tensor<5x2048xf32>
}

func.func @norm_4100_3(%x: tensor<3x4100xf32>, %g: tensor<4100xf32>) -> tensor<3x4100xf32> attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : (tensor<3x4100xf32>, tensor<4100xf32>) -> tensor<3x4100xf32>
  return %y : tensor<3x4100xf32>
}

func.func @read_7_130(%query: tensor<7xf32> {wav.range = [-0.1, 0.1]}, %bias: tensor<2xf32>, %row0: tensor<130x7xf32>, %row1: tensor<130x7xf32>, %row2: tensor<130x7xf32>, %s0: tensor<130xf32>, %s1: tensor<130xf32>, %s2: tensor<130xf32>, %o: tensor<130x7xf32>, %os: tensor<130xf32>) -> tensor<130x7xf32>
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<130x7xf32>, tensor<130xf32>, tensor<i32>) -> !wav.bank<1 x tensor<130x7xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<130x7xf32>, tensor<130xf32>, tensor<i32>) -> !wav.bank<1 x tensor<130x7xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<130x7xf32>, tensor<130xf32>, tensor<i32>) -> !wav.bank<1 x tensor<130x7xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<130x7xf32>, scaled, biased>, !wav.bank<1 x tensor<130x7xf32>, scaled, biased>, !wav.bank<1 x tensor<130x7xf32>, scaled, biased>) -> !wav.bank<3 x tensor<130x7xf32>, scaled, biased>
  %source1 = wav.source %o scaled %os bias %bias0
      : (tensor<130x7xf32>, tensor<130xf32>, tensor<i32>) -> !wav.bank<1 x tensor<130x7xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1) {epsilon = 1.0e-6 : f64}
      : (tensor<7xf32>, tensor<2xf32>, !wav.bank<3 x tensor<130x7xf32>, scaled, biased>, !wav.bank<1 x tensor<130x7xf32>, scaled, biased>) -> (tensor<130x7xf32>, tensor<130xf32>, tensor<130xf32>)
  return %y : tensor<130x7xf32>
}

func.func @norm_64_200(%x: tensor<200x64xf32>, %g: tensor<64xf32>) -> tensor<200x64xf32> attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : (tensor<200x64xf32>, tensor<64xf32>) -> tensor<200x64xf32>
  return %y : tensor<200x64xf32>
}

func.func @norm_384_70(%x: tensor<70x384xf32>, %g: tensor<384xf32>) -> tensor<70x384xf32> attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %g {epsilon = 1.0e-6 : f64} : (tensor<70x384xf32>, tensor<384xf32>) -> tensor<70x384xf32>
  return %y : tensor<70x384xf32>
}

func.func @loss_50257_2(%x: tensor<2x50257xf32>, %t: tensor<2xi32> {wav.range = [0, 50257]}) -> tensor<f32> attributes {wav.gradient = "vjp"} {
  %y = wav.cross_entropy %x, %t : (tensor<2x50257xf32>, tensor<2xi32>) -> tensor<f32>
  return %y : tensor<f32>
}

func.func @loss_20000_2(%x: tensor<2x20000xf32>, %t: tensor<2xi32> {wav.range = [0, 20000]}) -> tensor<f32> attributes {wav.gradient = "vjp"} {
  %y = wav.cross_entropy %x, %t : (tensor<2x20000xf32>, tensor<2xi32>) -> tensor<f32>
  return %y : tensor<f32>
}

func.func @swiglu_1408_66(%x: tensor<66x1408xf32>, %u: tensor<66x1408xf32>) -> tensor<66x1408xf32> attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %x, %u : (tensor<66x1408xf32>, tensor<66x1408xf32>) -> tensor<66x1408xf32>
  return %y : tensor<66x1408xf32>
}
