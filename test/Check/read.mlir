// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Sources are the rows of a bank and open rows, each with its scale and kind.

func.func @read_one_row(%query: tensor<4xf32>, %row0: tensor<1x4xf32>) -> tensor<1x4xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<1xf32>
  %bank_0 = wav.source %row0 scaled %one
      : (tensor<1x4xf32>, tensor<1xf32>) -> !wav.bank<1 x tensor<1x4xf32>, scaled>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<1x4xf32>, scaled>) -> !wav.bank<1 x tensor<1x4xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<4xf32>, !wav.bank<1 x tensor<1x4xf32>, scaled>) -> (tensor<1x4xf32>, tensor<1xf32>, tensor<1xf32>)
  return %y : tensor<1x4xf32>
}

func.func @read_one_scaled_row(
    %query: tensor<20xf32>,
    %bias: tensor<2xf32>,
    %row0: tensor<3x20xf32>,
    %s0: tensor<3xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %none = arith.constant dense<-1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank = wav.bank %bank_0
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y : tensor<3x20xf32>
}

func.func @read_two_rows(
    %query: tensor<20xf32>,
    %row0: tensor<5x20xf32>,
    %row1: tensor<5x20xf32>,
    %s0: tensor<5xf32>,
    %s1: tensor<5xf32>) -> tensor<5x20xf32>
    attributes {wav.gradient = "vjp"} {
  %bank_0 = wav.source %row0 scaled %s0
      : (tensor<5x20xf32>, tensor<5xf32>) -> !wav.bank<1 x tensor<5x20xf32>, scaled>
  %bank_1 = wav.source %row1 scaled %s1
      : (tensor<5x20xf32>, tensor<5xf32>) -> !wav.bank<1 x tensor<5x20xf32>, scaled>
  %bank = wav.bank %bank_0, %bank_1
      : (!wav.bank<1 x tensor<5x20xf32>, scaled>, !wav.bank<1 x tensor<5x20xf32>, scaled>) -> !wav.bank<2 x tensor<5x20xf32>, scaled>
  %y, %y_max, %y_sum = wav.read query(%query) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, !wav.bank<2 x tensor<5x20xf32>, scaled>) -> (tensor<5x20xf32>, tensor<5xf32>, tensor<5xf32>)
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
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<7x36xf32>, tensor<7xf32>, tensor<i32>) -> !wav.bank<1 x tensor<7x36xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<7x36xf32>, tensor<7xf32>, tensor<i32>) -> !wav.bank<1 x tensor<7x36xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<7x36xf32>, tensor<7xf32>, tensor<i32>) -> !wav.bank<1 x tensor<7x36xf32>, scaled, biased>
  %bank_3 = wav.source %row3 scaled %s3 bias %none
      : (tensor<7x36xf32>, tensor<7xf32>, tensor<i32>) -> !wav.bank<1 x tensor<7x36xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2, %bank_3
      : (!wav.bank<1 x tensor<7x36xf32>, scaled, biased>, !wav.bank<1 x tensor<7x36xf32>, scaled, biased>, !wav.bank<1 x tensor<7x36xf32>, scaled, biased>, !wav.bank<1 x tensor<7x36xf32>, scaled, biased>) -> !wav.bank<4 x tensor<7x36xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<4 x tensor<7x36xf32>, scaled, biased>) -> (tensor<7x36xf32>, tensor<7xf32>, tensor<7xf32>)
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
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<3 x tensor<3x20xf32>, scaled, biased>
  %source1 = wav.source %open0 scaled %t0 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %source2 = wav.source %open1 scaled %t1 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %source3 = wav.source %open2 scaled %t2 bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1, %source2, %source3) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<3 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
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
  %one = wav.fill {value = 1.0 : f64} : tensor<3xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %one bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %one bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_3 = wav.source %row3 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2, %bank_3
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<4 x tensor<3x20xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
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
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<2 x tensor<3x20xf32>, scaled, biased>
  %source1 = wav.source %open0 scaled %t0 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y_mix, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<2 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %y = arith.addf %y_mix, %base : tensor<3x20xf32>
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
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %bank_3 = wav.source %row3 scaled %s3 bias %none
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %bank_4 = wav.source %row4 scaled %s4 bias %bias0
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2, %bank_3, %bank_4
      : (!wav.bank<1 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>) -> !wav.bank<5 x tensor<1x384xf32>, scaled, biased>
  %source1 = wav.source %open0 scaled %t0 bias %bias0
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %source2 = wav.source %open1 scaled %t1 bias %bias1
      : (tensor<1x384xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x384xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1, %source2) {epsilon = 1.0e-6 : f64}
      : (tensor<384xf32>, tensor<2xf32>, !wav.bank<5 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>, !wav.bank<1 x tensor<1x384xf32>, scaled, biased>) -> (tensor<1x384xf32>, tensor<1xf32>, tensor<1xf32>)
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
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %bank_0 = wav.source %row0 scaled %s0 bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_1 = wav.source %row1 scaled %s1 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank_2 = wav.source %row2 scaled %s2 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1, %bank_2
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<3 x tensor<3x20xf32>, scaled, biased>
  %source1 = wav.source %open0 scaled %t0 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1) {epsilon = 1.0e-2 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<3 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y : tensor<3x20xf32>
}
