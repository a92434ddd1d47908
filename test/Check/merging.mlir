// RUN: wav-check %s --backend=cpu,simt

// An op that reads what two kernels give joins them, unless one updates in place
// what the other gathers.
func.func @merge(%a: tensor<8x20xf32>, %t: tensor<8xi32> {wav.range = [0, 7]}, %g: tensor<8x20xf32>, %m0: tensor<8x20xf32>,
   %norm: tensor<f32> {wav.range = [1.0, 2.0]}, %lr: tensor<f32> {wav.range = [0.1, 0.2]}, %decay: tensor<f32> {wav.range = [0.1, 0.2]}, %clip: tensor<f32> {wav.range = [1.0, 2.0]}) -> (tensor<8x20xf32>, tensor<8x20xf32>, tensor<8x20xf32>) {
  %x = math.exp %a : tensor<8x20xf32>
  %m = math.exp %m0 : tensor<8x20xf32>
  %e = wav.embed %x, %t : (tensor<8x20xf32>, tensor<8xi32>) -> tensor<8x20xf32>
  %q, %n = wav.lion %x, %g moments(%m) norm(%norm) settings(%lr, %decay, %clip)
     {beta1 = 0.9 : f64, beta2 = 0.99 : f64, decay_rows = 8} :
     (tensor<8x20xf32>, tensor<8x20xf32>, tensor<8x20xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<8x20xf32>, tensor<8x20xf32>)
  %c = arith.addf %e, %q : tensor<8x20xf32>
  return %c, %n, %q : tensor<8x20xf32>, tensor<8x20xf32>, tensor<8x20xf32>
}

// Sums of two kernels are added by one, which a third program joins.
func.func @uaf(%x: tensor<1x20xf32>, %y: tensor<1x20xf32>, %v: tensor<1xf32>, %w: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) {
  %pa = wav.row_sum %x per token : (tensor<1x20xf32>) -> tensor<1xf32>
  %ta = wav.row_sum %x per tensor : (tensor<1x20xf32>) -> tensor<1xf32>
  %da = arith.mulf %ta, %v : tensor<1xf32>
  %pb = wav.row_sum %y per token : (tensor<1x20xf32>) -> tensor<1xf32>
  %tb = wav.row_sum %y per tensor : (tensor<1x20xf32>) -> tensor<1xf32>
  %db = arith.mulf %tb, %w : tensor<1xf32>
  %c = wav.combine %pa, %pb, %v, %w {coefficients = array<f64: 1.0, 1.0, 1.0, 1.0>} : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  return %da, %db, %c : tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
}

// What nobody uses is no kernel; a bank may be empty.
func.func @unused(%x: tensor<4x8xf32>, %q: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = math.exp %x : tensor<4x8xf32>
  %1 = wav.source %x : (tensor<4x8xf32>) -> !wav.bank<1 x tensor<4x8xf32>>
  %none = wav.bank : () -> !wav.bank<0 x tensor<4x8xf32>>
  %y, %y_max, %y_sum = wav.read query(%q) bank(%none) open(%1, %1) {epsilon = 1.0e-6 : f64}
      : (tensor<8xf32>, !wav.bank<0 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>, !wav.bank<1 x tensor<4x8xf32>>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>)
  return %y : tensor<4x8xf32>
}
