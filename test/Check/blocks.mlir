// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// WAV v1 in small: two blocks, a sum and two details a block, details matched to
// the sum, the open block visible. Banks are extended at the boundary; reads of
// both blocks send gradients to the first block's rows.

func.func @matched(
    %x0: tensor<3x20xf32>,
    %q0: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %q1: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %q2: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %bias: tensor<2xf32>,
    %w0: tensor<20x20xf32>,
    %w1: tensor<20x20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<3xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank0_0 = wav.source %x0 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank0 = wav.bank %bank0_0
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  // First block.
  %y1, %y1_max, %y1_sum = wav.read query(%q0 bias %bias) bank(%bank0) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u1 = wav.matmul %y1, %w0 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %p1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %h1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %sp1 = wav.match %p1 to %b1 {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %sh1 = wav.match %h1 to %b1 {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %source1 = wav.source %b1 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %source2 = wav.source %p1 scaled %sp1 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source3 = wav.source %h1 scaled %sh1 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y2, %y2_max, %y2_sum = wav.read query(%q1 bias %bias) bank(%bank0) open(%source1, %source2, %source3) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u2 = wav.matmul %y2, %w1 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b2 = wav.write %u2 into %b1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %p2 = wav.write %u2 into %p1 {coefficient = -1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %h2 = wav.write %u2 into %h1 {coefficient = -1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %sp2 = wav.match %p2 to %b2 {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %sh2 = wav.match %h2 to %b2 {epsilon = 1.0e-6 : f64} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %bank1_1 = wav.source %b2 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_2 = wav.source %p2 scaled %sp2 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_3 = wav.source %h2 scaled %sh2 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1 = wav.bank %bank0, %bank1_1, %bank1_2, %bank1_3
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<4 x tensor<3x20xf32>, scaled, biased>
  // Second block, of one sublayer.
  %y3, %y3_max, %y3_sum = wav.read query(%q0 bias %bias) bank(%bank1) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u3 = wav.matmul %y3, %w0 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b3 = wav.write %u3 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %source4 = wav.source %b3 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y4, %y4_max, %y4_sum = wav.read query(%q2 bias %bias) bank(%bank1) open(%source4) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y4 : tensor<3x20xf32>
}

func.func @matched_and_detached(
    %x0: tensor<3x20xf32>,
    %q0: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %q1: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %q2: tensor<20xf32> {wav.range = [-0.5, 0.5]},
    %bias: tensor<2xf32>,
    %w0: tensor<20x20xf32>,
    %w1: tensor<20x20xf32>) -> tensor<3x20xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<3xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank0_0 = wav.source %x0 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank0 = wav.bank %bank0_0
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  // First block.
  %y1, %y1_max, %y1_sum = wav.read query(%q0 bias %bias) bank(%bank0) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u1 = wav.matmul %y1, %w0 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %p1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %h1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %sp1 = wav.match %p1 to %b1 {epsilon = 1.0e-6 : f64, detach} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %sh1 = wav.match %h1 to %b1 {epsilon = 1.0e-6 : f64, detach} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %source1 = wav.source %b1 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %source2 = wav.source %p1 scaled %sp1 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source3 = wav.source %h1 scaled %sh1 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y2, %y2_max, %y2_sum = wav.read query(%q1 bias %bias) bank(%bank0) open(%source1, %source2, %source3) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u2 = wav.matmul %y2, %w1 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b2 = wav.write %u2 into %b1 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %p2 = wav.write %u2 into %p1 {coefficient = -1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %h2 = wav.write %u2 into %h1 {coefficient = -1.0 : f64}
      : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3x20xf32>
  %sp2 = wav.match %p2 to %b2 {epsilon = 1.0e-6 : f64, detach} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %sh2 = wav.match %h2 to %b2 {epsilon = 1.0e-6 : f64, detach} : (tensor<3x20xf32>, tensor<3x20xf32>) -> tensor<3xf32>
  %bank1_1 = wav.source %b2 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_2 = wav.source %p2 scaled %sp2 bias %bias0
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1_3 = wav.source %h2 scaled %sh2 bias %bias1
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %bank1 = wav.bank %bank0, %bank1_1, %bank1_2, %bank1_3
      : (!wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> !wav.bank<4 x tensor<3x20xf32>, scaled, biased>
  // Second block, of one sublayer.
  %y3, %y3_max, %y3_sum = wav.read query(%q0 bias %bias) bank(%bank1) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  %u3 = wav.matmul %y3, %w0 {transpose_b} : (tensor<3x20xf32>, tensor<20x20xf32>) -> tensor<3x20xf32>
  %b3 = wav.write %u3 {coefficient = 1.0 : f64}
      : (tensor<3x20xf32>) -> tensor<3x20xf32>
  %source4 = wav.source %b3 scaled %one bias %none
      : (tensor<3x20xf32>, tensor<3xf32>, tensor<i32>) -> !wav.bank<1 x tensor<3x20xf32>, scaled, biased>
  %y4, %y4_max, %y4_sum = wav.read query(%q2 bias %bias) bank(%bank1) open(%source4) {epsilon = 1.0e-6 : f64}
      : (tensor<20xf32>, tensor<2xf32>, !wav.bank<4 x tensor<3x20xf32>, scaled, biased>, !wav.bank<1 x tensor<3x20xf32>, scaled, biased>) -> (tensor<3x20xf32>, tensor<3xf32>, tensor<3xf32>)
  return %y4 : tensor<3x20xf32>
}

func.func @one_token(
    %x0: tensor<1x36xf32>,
    %q0: tensor<36xf32> {wav.range = [-0.5, 0.5]},
    %q1: tensor<36xf32> {wav.range = [-0.5, 0.5]},
    %q2: tensor<36xf32> {wav.range = [-0.5, 0.5]},
    %bias: tensor<2xf32>,
    %w0: tensor<36x36xf32>,
    %w1: tensor<36x36xf32>) -> tensor<1x36xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<1xf32>
  %none = arith.constant dense<-1> : tensor<i32>
  %bank0_0 = wav.source %x0 scaled %one bias %none
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bank0 = wav.bank %bank0_0
      : (!wav.bank<1 x tensor<1x36xf32>, scaled, biased>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  // First block.
  %y1, %y1_max, %y1_sum = wav.read query(%q0 bias %bias) bank(%bank0) {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>) -> (tensor<1x36xf32>, tensor<1xf32>, tensor<1xf32>)
  %u1 = wav.matmul %y1, %w0 {transpose_b} : (tensor<1x36xf32>, tensor<36x36xf32>) -> tensor<1x36xf32>
  %b1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<1x36xf32>) -> tensor<1x36xf32>
  %p1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<1x36xf32>) -> tensor<1x36xf32>
  %h1 = wav.write %u1 {coefficient = 1.0 : f64}
      : (tensor<1x36xf32>) -> tensor<1x36xf32>
  %sp1 = wav.match %p1 to %b1 {epsilon = 1.0e-6 : f64, detach} : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1xf32>
  %sh1 = wav.match %h1 to %b1 {epsilon = 1.0e-6 : f64, detach} : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1xf32>
  %source1 = wav.source %b1 scaled %one bias %none
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %source2 = wav.source %p1 scaled %sp1 bias %bias0
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source3 = wav.source %h1 scaled %sh1 bias %bias1
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %y2, %y2_max, %y2_sum = wav.read query(%q1 bias %bias) bank(%bank0) open(%source1, %source2, %source3) {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>) -> (tensor<1x36xf32>, tensor<1xf32>, tensor<1xf32>)
  %u2 = wav.matmul %y2, %w1 {transpose_b} : (tensor<1x36xf32>, tensor<36x36xf32>) -> tensor<1x36xf32>
  %b2 = wav.write %u2 into %b1 {coefficient = 1.0 : f64}
      : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1x36xf32>
  %p2 = wav.write %u2 into %p1 {coefficient = -1.0 : f64}
      : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1x36xf32>
  %h2 = wav.write %u2 into %h1 {coefficient = -1.0 : f64}
      : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1x36xf32>
  %sp2 = wav.match %p2 to %b2 {epsilon = 1.0e-6 : f64, detach} : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1xf32>
  %sh2 = wav.match %h2 to %b2 {epsilon = 1.0e-6 : f64, detach} : (tensor<1x36xf32>, tensor<1x36xf32>) -> tensor<1xf32>
  %bank1_1 = wav.source %b2 scaled %one bias %none
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bank1_2 = wav.source %p2 scaled %sp2 bias %bias0
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bank1_3 = wav.source %h2 scaled %sh2 bias %bias1
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %bank1 = wav.bank %bank0, %bank1_1, %bank1_2, %bank1_3
      : (!wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>) -> !wav.bank<4 x tensor<1x36xf32>, scaled, biased>
  // Second block, of one sublayer.
  %y3, %y3_max, %y3_sum = wav.read query(%q0 bias %bias) bank(%bank1) {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<4 x tensor<1x36xf32>, scaled, biased>) -> (tensor<1x36xf32>, tensor<1xf32>, tensor<1xf32>)
  %u3 = wav.matmul %y3, %w0 {transpose_b} : (tensor<1x36xf32>, tensor<36x36xf32>) -> tensor<1x36xf32>
  %b3 = wav.write %u3 {coefficient = 1.0 : f64}
      : (tensor<1x36xf32>) -> tensor<1x36xf32>
  %source4 = wav.source %b3 scaled %one bias %none
      : (tensor<1x36xf32>, tensor<1xf32>, tensor<i32>) -> !wav.bank<1 x tensor<1x36xf32>, scaled, biased>
  %y4, %y4_max, %y4_sum = wav.read query(%q2 bias %bias) bank(%bank1) open(%source4) {epsilon = 1.0e-6 : f64}
      : (tensor<36xf32>, tensor<2xf32>, !wav.bank<4 x tensor<1x36xf32>, scaled, biased>, !wav.bank<1 x tensor<1x36xf32>, scaled, biased>) -> (tensor<1x36xf32>, tensor<1xf32>, tensor<1xf32>)
  return %y4 : tensor<1x36xf32>
}
