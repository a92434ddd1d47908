// wav-check --load-dialect-plugin=libDemo.so --backend=cpu,simt ops.mlir

func.func @temperature(%x: tensor<7x20xf32>, %t: tensor<20xf32> {wav.range = [-1.0, 1.0]})
    -> tensor<7x20xf32> attributes {wav.gradient = "vjp"} {
  %y = demo.temperature %x, %t : (tensor<7x20xf32>, tensor<20xf32>) -> tensor<7x20xf32>
  return %y : tensor<7x20xf32>
}

func.func @temperature_bf16(%x: tensor<7x24xbf16>, %t: tensor<24xf32> {wav.range = [-1.0, 1.0]})
    -> tensor<7x24xbf16> attributes {wav.gradient = "vjp"} {
  %y = demo.temperature %x, %t : (tensor<7x24xbf16>, tensor<24xf32>) -> tensor<7x24xbf16>
  return %y : tensor<7x24xbf16>
}

func.func @shift(%x: tensor<12x20xf32>) -> tensor<12x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = demo.shift %x {sequence_length = 4} : (tensor<12x20xf32>) -> tensor<12x20xf32>
  return %y : tensor<12x20xf32>
}

func.func @shift_back(%x: tensor<12x20xf32>) -> tensor<12x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = demo.shift %x {sequence_length = 6, inverse} : (tensor<12x20xf32>) -> tensor<12x20xf32>
  return %y : tensor<12x20xf32>
}

func.func @cumulate(%x: tensor<12x20xf32>) -> tensor<12x20xf32>
    attributes {wav.gradient = "vjp"} {
  %y = demo.cumulate %x {decay = 0.7 : f64, sequence_length = 6}
      : (tensor<12x20xf32>) -> tensor<12x20xf32>
  return %y : tensor<12x20xf32>
}

// More channels than a block of threads has.
func.func @cumulate_back(%x: tensor<6x150xf32>) -> tensor<6x150xf32>
    attributes {wav.gradient = "vjp"} {
  %y = demo.cumulate %x {decay = -0.5 : f64, sequence_length = 3, inverse}
      : (tensor<6x150xf32>) -> tensor<6x150xf32>
  return %y : tensor<6x150xf32>
}

// Nothing else reads the bank: its gradient is that of one row.
func.func @last(%a: tensor<4x20xf32>, %b: tensor<4x20xf32>, %s: tensor<4xf32>)
    -> tensor<4x20xf32> attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a scaled %s
      : (tensor<4x20xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %1 = wav.source %b scaled %s
      : (tensor<4x20xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %bank = wav.bank %0, %1
      : (!wav.bank<1 x tensor<4x20xf32>, scaled>, !wav.bank<1 x tensor<4x20xf32>, scaled>)
      -> !wav.bank<2 x tensor<4x20xf32>, scaled>
  %row = demo.last %bank
      : (!wav.bank<2 x tensor<4x20xf32>, scaled>) -> tensor<4x20xf32>
  %y = arith.mulf %row, %row : tensor<4x20xf32>
  return %y : tensor<4x20xf32>
}

// Before the read, whose gradient is there when that of the row comes.
func.func @last_then_read(%q: tensor<20xf32> {wav.range = [-0.7, 0.7]}, %a: tensor<4x20xf32>, %b: tensor<4x20xf32>,
                          %s: tensor<4xf32>)
    -> tensor<4x20xf32> attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a scaled %s
      : (tensor<4x20xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %1 = wav.source %a, %b scaled %s {coefficients = array<f64: 1.0, -0.5>}
      : (tensor<4x20xf32>, tensor<4x20xf32>, tensor<4xf32>)
      -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %bank = wav.bank %0, %1
      : (!wav.bank<1 x tensor<4x20xf32>, scaled>, !wav.bank<1 x tensor<4x20xf32>, scaled>)
      -> !wav.bank<2 x tensor<4x20xf32>, scaled>
  %row = demo.last %bank
      : (!wav.bank<2 x tensor<4x20xf32>, scaled>) -> tensor<4x20xf32>
  %read, %read_max, %read_sum = wav.read query(%q) bank(%bank) {epsilon = 0.1 : f64}
      : (tensor<20xf32>, !wav.bank<2 x tensor<4x20xf32>, scaled>) -> (tensor<4x20xf32>, tensor<4xf32>, tensor<4xf32>)
  %y = arith.mulf %row, %read : tensor<4x20xf32>
  return %y : tensor<4x20xf32>
}

// Behind it: the read's gradient is added to that of the row.
func.func @read_then_last(%q: tensor<20xf32> {wav.range = [-0.7, 0.7]}, %a: tensor<4x20xf32>, %b: tensor<4x20xf32>,
                          %s: tensor<4xf32>)
    -> tensor<4x20xf32> attributes {wav.gradient = "vjp"} {
  %0 = wav.source %a scaled %s
      : (tensor<4x20xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %1 = wav.source %b scaled %s
      : (tensor<4x20xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x20xf32>, scaled>
  %bank = wav.bank %0, %1
      : (!wav.bank<1 x tensor<4x20xf32>, scaled>, !wav.bank<1 x tensor<4x20xf32>, scaled>)
      -> !wav.bank<2 x tensor<4x20xf32>, scaled>
  %read, %read_max, %read_sum = wav.read query(%q) bank(%bank) {epsilon = 0.1 : f64}
      : (tensor<20xf32>, !wav.bank<2 x tensor<4x20xf32>, scaled>) -> (tensor<4x20xf32>, tensor<4xf32>, tensor<4xf32>)
  %row = demo.last %bank
      : (!wav.bank<2 x tensor<4x20xf32>, scaled>) -> tensor<4x20xf32>
  %y = arith.mulf %row, %read : tensor<4x20xf32>
  return %y : tensor<4x20xf32>
}

// All of them, and what they fuse with.
func.func @together(%x: tensor<12x20xf32>, %t: tensor<20xf32> {wav.range = [-1.0, 1.0]},
                    %gain: tensor<20xf32>)
    -> tensor<12x20xf32> attributes {wav.gradient = "vjp"} {
  %0 = wav.source %x : (tensor<12x20xf32>) -> !wav.bank<1 x tensor<12x20xf32>>
  %bank = wav.bank %0 : (!wav.bank<1 x tensor<12x20xf32>>) -> !wav.bank<1 x tensor<12x20xf32>>
  %last = demo.last %bank : (!wav.bank<1 x tensor<12x20xf32>>) -> tensor<12x20xf32>
  %before = demo.shift %last {sequence_length = 6} : (tensor<12x20xf32>) -> tensor<12x20xf32>
  %warm = demo.temperature %before, %t : (tensor<12x20xf32>, tensor<20xf32>) -> tensor<12x20xf32>
  %sum = demo.cumulate %warm {decay = 0.7 : f64, sequence_length = 6}
      : (tensor<12x20xf32>) -> tensor<12x20xf32>
  %added = wav.write %sum into %x {coefficient = 0.5 : f64}
      : (tensor<12x20xf32>, tensor<12x20xf32>) -> tensor<12x20xf32>
  %y = wav.rms_norm %added, %gain {epsilon = 0.1 : f64}
      : (tensor<12x20xf32>, tensor<20xf32>) -> tensor<12x20xf32>
  return %y : tensor<12x20xf32>
}
