// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Ops of arith and math on tensors, and what brings their operands to one type.

func.func @addf_7x20(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.addf %x, %y : tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}

func.func @addf_20(%x: tensor<20xf32>, %y: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.addf %x, %y : tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @addf_scalar(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.addf %x, %y : tensor<f32>
  return %z : tensor<f32>
}

func.func @subf_7x20(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.subf %x, %y : tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}

func.func @subf_20(%x: tensor<20xf32>, %y: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.subf %x, %y : tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @subf_scalar(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.subf %x, %y : tensor<f32>
  return %z : tensor<f32>
}

func.func @mulf_7x20(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}

func.func @mulf_4(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<4xf32>
  return %z : tensor<4xf32>
}

func.func @mulf_20(%x: tensor<20xf32>, %y: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @mulf_384(%x: tensor<384xf32>, %y: tensor<384xf32>) -> tensor<384xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<384xf32>
  return %z : tensor<384xf32>
}

func.func @mulf_scalar(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<f32>
  return %z : tensor<f32>
}

func.func @divf_7x20(%x: tensor<7x20xf32>, %y: tensor<7x20xf32> {wav.range = [0.5, 2.0]}) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.divf %x, %y : tensor<7x20xf32>
  return %z : tensor<7x20xf32>
}

func.func @divf_20(%x: tensor<20xf32>, %y: tensor<20xf32> {wav.range = [0.5, 2.0]}) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.divf %x, %y : tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @divf_scalar(%x: tensor<f32>, %y: tensor<f32> {wav.range = [0.5, 2.0]}) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.divf %x, %y : tensor<f32>
  return %z : tensor<f32>
}

func.func @negf_7x20(%x: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = arith.negf %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @negf_20(%x: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = arith.negf %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @negf_scalar(%x: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = arith.negf %x : tensor<f32>
  return %y : tensor<f32>
}

func.func @exp_7x20(%x: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.exp %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @exp_20(%x: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.exp %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @exp_scalar(%x: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = math.exp %x : tensor<f32>
  return %y : tensor<f32>
}

func.func @log_7x20(%x: tensor<7x20xf32> {wav.range = [0.5, 2.0]}) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.log %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @log_20(%x: tensor<20xf32> {wav.range = [0.5, 2.0]}) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.log %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @log_scalar(%x: tensor<f32> {wav.range = [0.5, 2.0]}) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = math.log %x : tensor<f32>
  return %y : tensor<f32>
}

func.func @sqrt_7x20(%x: tensor<7x20xf32> {wav.range = [0.5, 2.0]}) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.sqrt %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @sqrt_20(%x: tensor<20xf32> {wav.range = [0.5, 2.0]}) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.sqrt %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @sqrt_scalar(%x: tensor<f32> {wav.range = [0.5, 2.0]}) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = math.sqrt %x : tensor<f32>
  return %y : tensor<f32>
}

func.func @rsqrt_7x20(%x: tensor<7x20xf32> {wav.range = [0.5, 2.0]}) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.rsqrt %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @rsqrt_20(%x: tensor<20xf32> {wav.range = [0.5, 2.0]}) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.rsqrt %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @rsqrt_scalar(%x: tensor<f32> {wav.range = [0.5, 2.0]}) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = math.rsqrt %x : tensor<f32>
  return %y : tensor<f32>
}

func.func @tanh_7x20(%x: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.tanh %x : tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @tanh_20(%x: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = math.tanh %x : tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @tanh_scalar(%x: tensor<f32>) -> tensor<f32>
    attributes {wav.gradient = "vjp"} {
  %y = math.tanh %x : tensor<f32>
  return %y : tensor<f32>
}

// An operand that is both has the sum of two gradients.
func.func @square(%x: tensor<20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %x : tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @broadcast_per_tensor(%x: tensor<1xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.broadcast %x per tensor : (tensor<1xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @row_sum_per_tensor(%x: tensor<7x20xf32>) -> tensor<1xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.row_sum %x per tensor : (tensor<7x20xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

func.func @broadcast_per_channel(%x: tensor<20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.broadcast %x per channel : (tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @row_sum_per_channel(%x: tensor<7x20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.row_sum %x per channel : (tensor<7x20xf32>) -> tensor<20xf32>
  return %y : tensor<20xf32>
}

func.func @broadcast_per_token(%x: tensor<7xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.broadcast %x per token : (tensor<7xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @row_sum_per_token(%x: tensor<7x20xf32>) -> tensor<7xf32>
    attributes {wav.gradient = "vjp"} {
  %y = wav.row_sum %x per token : (tensor<7x20xf32>) -> tensor<7xf32>
  return %y : tensor<7xf32>
}

// Width of a row where there are as many rows as columns, and one row.
func.func @square_per_channel(%x: tensor<16x16xf32>) -> tensor<16x16xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.row_sum %x per channel : (tensor<16x16xf32>) -> tensor<16xf32>
  %y = wav.broadcast %s per channel : (tensor<16xf32>) -> tensor<16x16xf32>
  return %y : tensor<16x16xf32>
}

func.func @square_per_token(%x: tensor<16x16xf32>) -> tensor<16x16xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.row_sum %x per token : (tensor<16x16xf32>) -> tensor<16xf32>
  %y = wav.broadcast %s per token : (tensor<16xf32>) -> tensor<16x16xf32>
  return %y : tensor<16x16xf32>
}

func.func @one_row(%x: tensor<1x20xf32>) -> tensor<1x20xf32>
    attributes {wav.gradient = "vjp"} {
  %s = wav.row_sum %x per channel : (tensor<1x20xf32>) -> tensor<20xf32>
  %e = math.exp %s : tensor<20xf32>
  %y = wav.broadcast %e per channel : (tensor<20xf32>) -> tensor<1x20xf32>
  return %y : tensor<1x20xf32>
}

// Rows of bf16, numbers of f32.
func.func @bf16(%x: tensor<7x20xbf16>, %y: tensor<7x20xbf16>) -> tensor<7x20xbf16>
    attributes {wav.gradient = "vjp"} {
  %z = arith.mulf %x, %y : tensor<7x20xbf16>
  %s = wav.row_sum %z per token : (tensor<7x20xbf16>) -> tensor<7xf32>
  %t = math.tanh %s : tensor<7xf32>
  %b = wav.broadcast %t per token : (tensor<7xf32>) -> tensor<7x20xbf16>
  return %b : tensor<7x20xbf16>
}

// A gate on an update: the sigmoid of a projection of each token.
func.func @gate(%u: tensor<7x20xf32>, %w: tensor<20xf32>, %x: tensor<7x20xf32>) -> tensor<7x20xf32>
    attributes {wav.gradient = "vjp"} {
  %one = wav.fill {value = 1.0 : f64} : tensor<7xf32>
  %wb = wav.broadcast %w per channel : (tensor<20xf32>) -> tensor<7x20xf32>
  %p = arith.mulf %u, %wb : tensor<7x20xf32>
  %s = wav.row_sum %p per token : (tensor<7x20xf32>) -> tensor<7xf32>
  %n = arith.negf %s : tensor<7xf32>
  %e = math.exp %n : tensor<7xf32>
  %d = arith.addf %one, %e : tensor<7xf32>
  %sigmoid = arith.divf %one, %d : tensor<7xf32>
  %g = wav.broadcast %sigmoid per token : (tensor<7xf32>) -> tensor<7x20xf32>
  %v = arith.mulf %u, %g : tensor<7x20xf32>
  %y = wav.write %v into %x {coefficient = 1.0 : f64} : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @row_sum_times_per_tensor(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<1xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.row_sum %x times %y per tensor : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<1xf32>
  return %z : tensor<1xf32>
}

func.func @row_sum_times_per_channel(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<20xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.row_sum %x times %y per channel : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<20xf32>
  return %z : tensor<20xf32>
}

func.func @row_sum_times_per_token(%x: tensor<7x20xf32>, %y: tensor<7x20xf32>) -> tensor<7xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.row_sum %x times %y per token : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7xf32>
  return %z : tensor<7xf32>
}

func.func @row_sum_of_squares(%x: tensor<7x20xf32>) -> tensor<7xf32>
    attributes {wav.gradient = "vjp"} {
  %z = wav.row_sum %x times %x per token : (tensor<7x20xf32>, tensor<7x20xf32>) -> tensor<7xf32>
  return %z : tensor<7xf32>
}
