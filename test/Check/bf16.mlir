// RUN: wav-check %s --backend=cpu,simt

// Every op that may see bf16, stored as wav-build stores it. The reference
// rounds where a value is stored, so that a compiled result may differ where a
// kernel keeps more digits inside; by norm, all is within 1e-2. Gradients are
// compared with differences in float64, whatever the types.

!row = tensor<5x24xbf16>
!scale = tensor<5xf32>
!rows = !wav.bank<2 x tensor<5x24xbf16>>
!scales = !wav.bank<2 x tensor<5xf32>>

func.func @round(%x: tensor<5x24xf32>) -> !row attributes {wav.gradient = "vjp"} {
  %y = wav.cast %x : (tensor<5x24xf32>) -> !row
  return %y : !row
}

func.func @widen(%x: !row) -> tensor<5x24xf32> attributes {wav.gradient = "vjp"} {
  %y = wav.cast %x : (!row) -> tensor<5x24xf32>
  return %y : tensor<5x24xf32>
}

func.func @round_special_numbers() -> tensor<2x4xbf16> {
  // Ties go to even; what is above the largest number becomes infinite.
  %x = arith.constant dense<[[1.00390625, 1.01171875, -1.00390625, 0.0],
                             [3.3e38, -3.3e38, 1.0e-40, 65535.0]]> : tensor<2x4xf32>
  %y = wav.cast %x : (tensor<2x4xf32>) -> tensor<2x4xbf16>
  return %y : tensor<2x4xbf16>
}

func.func @embed(%table: tensor<7x24xf32>, %index: tensor<5xi32> {wav.range = [0, 7]}) -> !row
    attributes {wav.gradient = "vjp"} {
  %y = wav.embed %table, %index : (tensor<7x24xf32>, tensor<5xi32>) -> !row
  return %y : !row
}

func.func @pick_a_row(%rows: !row, %index: tensor<1xi32> {wav.range = [0, 5]})
    -> tensor<1x24xbf16> attributes {wav.gradient = "vjp"} {
  %y = wav.embed %rows, %index : (!row, tensor<1xi32>) -> tensor<1x24xbf16>
  return %y : tensor<1x24xbf16>
}

// A weight is f32, and so is its gradient.
func.func @linear(%x: !row, %w: tensor<40x24xf32>) -> tensor<5x40xbf16>
    attributes {wav.gradient = "vjp"} {
  %narrow = wav.cast %w : (tensor<40x24xf32>) -> tensor<40x24xbf16>
  %y = wav.matmul %x, %narrow {transpose_b}
      : (!row, tensor<40x24xbf16>) -> tensor<5x40xbf16>
  return %y : tensor<5x40xbf16>
}

func.func @matmul(%a: tensor<24x300xbf16>, %b: tensor<300x40xbf16>) -> tensor<24x40xbf16>
    attributes {wav.gradient = "vjp"} {
  %c = wav.matmul %a, %b : (tensor<24x300xbf16>, tensor<300x40xbf16>) -> tensor<24x40xbf16>
  return %c : tensor<24x40xbf16>
}

func.func @matmul_into(%a: tensor<300x33xbf16>, %b: tensor<17x300xbf16>, %c: tensor<33x17xbf16>)
    -> tensor<33x17xbf16> attributes {wav.gradient = "vjp"} {
  %d = wav.matmul %a, %b into %c {transpose_a, transpose_b}
      : (tensor<300x33xbf16>, tensor<17x300xbf16>, tensor<33x17xbf16>) -> tensor<33x17xbf16>
  return %d : tensor<33x17xbf16>
}

func.func @matmul_to_f32(%a: tensor<20x33xbf16>, %b: tensor<20x17xbf16>, %c: tensor<33x17xf32>)
    -> tensor<33x17xf32> attributes {wav.gradient = "vjp"} {
  %d = wav.matmul %a, %b into %c {transpose_a}
      : (tensor<20x33xbf16>, tensor<20x17xbf16>, tensor<33x17xf32>) -> tensor<33x17xf32>
  return %d : tensor<33x17xf32>
}

func.func @matrix_by_vector(%x: tensor<1x40xbf16>, %w: tensor<70x40xbf16>) -> tensor<1x70xbf16> {
  %y = wav.matmul %x, %w {transpose_b} : (tensor<1x40xbf16>, tensor<70x40xbf16>) -> tensor<1x70xbf16>
  return %y : tensor<1x70xbf16>
}

func.func @rms_norm(%x: !row, %gain: tensor<24xf32>) -> !row
    attributes {wav.gradient = "vjp"} {
  %y = wav.rms_norm %x, %gain {epsilon = 1.0e-6 : f64} : (!row, tensor<24xf32>) -> !row
  return %y : !row
}

func.func @rope(%x: tensor<6x24xbf16>) -> tensor<6x24xbf16> attributes {wav.gradient = "vjp"} {
  %table = wav.rope_table {theta = 100.0 : f64} : tensor<3x8xf32>
  %y = wav.rope %x, %table {heads = 3, sequence_length = 3}
      : (tensor<6x24xbf16>, tensor<3x8xf32>) -> tensor<6x24xbf16>
  return %y : tensor<6x24xbf16>
}

func.func @attention(%q: tensor<198x16xbf16>, %k: tensor<198x16xbf16>, %v: tensor<198x16xbf16>)
    -> tensor<198x16xbf16> attributes {wav.gradient = "vjp"} {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v {batch = 3, heads = 2}
      : (tensor<198x16xbf16>, tensor<198x16xbf16>, tensor<198x16xbf16>)
      -> (tensor<198x16xbf16>, tensor<396xf32>, tensor<396xf32>)
  return %y : tensor<198x16xbf16>
}

func.func @attention_against_a_cache(
    %q: tensor<1x24xbf16>, %k: tensor<9x24xbf16>, %v: tensor<9x24xbf16>,
    %position: tensor<1xi32> {wav.range = [0, 9]})
    -> (tensor<1x24xbf16>, tensor<3xf32>, tensor<3xf32>) {
  %y, %max, %inverse_sum = wav.attention %q, %k, %v at %position {batch = 1, heads = 3}
      : (tensor<1x24xbf16>, tensor<9x24xbf16>, tensor<9x24xbf16>, tensor<1xi32>)
      -> (tensor<1x24xbf16>, tensor<3xf32>, tensor<3xf32>)
  return %y, %max, %inverse_sum : tensor<1x24xbf16>, tensor<3xf32>, tensor<3xf32>
}

func.func @cache_update(%cache: tensor<9x24xbf16>, %x: tensor<2x24xbf16>,
                        %position: tensor<1xi32> {wav.range = [0, 8]}) -> tensor<9x24xbf16> {
  %y = wav.cache_update %x at %position into %cache
      : (tensor<9x24xbf16>, tensor<2x24xbf16>, tensor<1xi32>) -> tensor<9x24xbf16>
  return %y : tensor<9x24xbf16>
}

func.func @swiglu(%gate: !row, %up: !row) -> !row attributes {wav.gradient = "vjp"} {
  %y = wav.swiglu %gate, %up : (!row, !row) -> !row
  return %y : !row
}

func.func @cross_entropy(%logits: tensor<5x50xbf16>, %targets: tensor<5xi32> {wav.range = [0, 50]})
    -> tensor<f32> attributes {wav.gradient = "arguments"} {
  %loss = wav.cross_entropy %logits, %targets : (tensor<5x50xbf16>, tensor<5xi32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @write(%u: !row, %row: !row, %scale: tensor<24xf32>) -> !row
    attributes {wav.gradient = "vjp"} {
  %y = wav.write %u into %row scaled %scale per channel {coefficient = -1.0 : f64}
      : (!row, !row, tensor<24xf32>) -> !row
  return %y : !row
}

func.func @match(%row: !row, %reference: !row) -> !scale attributes {wav.gradient = "vjp"} {
  %s = wav.match %row to %reference {epsilon = 1.0e-6 : f64} : (!row, !row) -> !scale
  return %s : !scale
}

func.func @combine_a_mixture(%x: !row, %y: tensor<5x24xf32>) -> !row
    attributes {wav.gradient = "vjp"} {
  %z = wav.combine %x, %y {coefficients = array<f64: 1.0, -0.5>}
      : (!row, tensor<5x24xf32>) -> !row
  return %z : !row
}

// Two reads of a bank: its gradient is one f32 bank, of whose rows one is read
// in bf16.
func.func @read(%query: tensor<24xf32>, %query2: tensor<24xf32>, %bias: tensor<2xf32>,
                %u: !row, %b: !row, %open: !row, %s: !scale, %t: !scale)
    -> (!row, !row) attributes {wav.gradient = "vjp"} {
  %a = wav.swiglu %u, %b : (!row, !row) -> !row
  %none = arith.constant dense<-1> : tensor<i32>
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bank_0 = wav.source %a scaled %s bias %none
      : (tensor<5x24xbf16>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x24xbf16>, scaled, biased>
  %bank_1 = wav.source %b scaled %t bias %bias0
      : (tensor<5x24xbf16>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x24xbf16>, scaled, biased>
  %bank = wav.bank %bank_0, %bank_1
      : (!wav.bank<1 x tensor<5x24xbf16>, scaled, biased>, !wav.bank<1 x tensor<5x24xbf16>, scaled, biased>) -> !wav.bank<2 x tensor<5x24xbf16>, scaled, biased>
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source1 = wav.source %open scaled %t bias %bias1
      : (tensor<5x24xbf16>, tensor<5xf32>, tensor<i32>) -> !wav.bank<1 x tensor<5x24xbf16>, scaled, biased>
  %y, %y_max, %y_sum = wav.read query(%query bias %bias) bank(%bank) open(%source1) {epsilon = 1.0e-6 : f64}
      : (tensor<24xf32>, tensor<2xf32>, !wav.bank<2 x tensor<5x24xbf16>, scaled, biased>, !wav.bank<1 x tensor<5x24xbf16>, scaled, biased>) -> (!row, tensor<5xf32>, tensor<5xf32>)
  %z_mix, %z_max, %z_sum = wav.read query(%query2 bias %bias) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<24xf32>, tensor<2xf32>, !wav.bank<2 x tensor<5x24xbf16>, scaled, biased>) -> (!row, tensor<5xf32>, tensor<5xf32>)
  %z = arith.addf %z_mix, %y : !row
  return %y, %z : !row, !row
}

// Parts and their gradients: what is read is rounded, its statistics are not.
func.func @read_in_parts(%query: tensor<24xf32>, %query2: tensor<24xf32>, %a: !row, %b: !row, %c: !row, %g: !row, %h: !row)
    -> (!row, !row, !scale, !scale, tensor<24xf32>, !row, !scale, !scale, tensor<24xf32>, tensor<5x24xf32>) {
  %0 = wav.source %a : (!row) -> !wav.bank<1 x tensor<5x24xbf16>>
  %1 = wav.source %b : (!row) -> !wav.bank<1 x tensor<5x24xbf16>>
  %bank = wav.bank %0, %1 : (!wav.bank<1 x tensor<5x24xbf16>>, !wav.bank<1 x tensor<5x24xbf16>>) -> !rows
  %2 = wav.source %c : (!row) -> !wav.bank<1 x tensor<5x24xbf16>>
  %p:6 = wav.read query(%query, %query2) bank(%bank) {epsilon = 1.0e-6 : f64}
      : (tensor<24xf32>, tensor<24xf32>, !rows) -> (!row, !row, !scale, !scale, !scale, !scale)
  %y:6 = wav.read query(%query, %query2) open(%2) after(%p#0, %p#1 max %p#2, %p#3 sum %p#4, %p#5) {epsilon = 1.0e-6 : f64}
      : (tensor<24xf32>, tensor<24xf32>, !wav.bank<1 x tensor<5x24xbf16>>, !row, !row, !scale, !scale, !scale, !scale)
      -> (!row, !row, !scale, !scale, !scale, !scale)
  %own:7 = wav.read_grad query(%query, %query2) open(%2) after(%p#0, %p#1 max %p#2, %p#3 sum %p#4, %p#5) grad(%g, %h)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 0, 0, 1, 0, 2, 2>}
      : (tensor<24xf32>, tensor<24xf32>, !wav.bank<1 x tensor<5x24xbf16>>, !row, !row, !scale, !scale, !scale, !scale, !row, !row)
      -> (tensor<24xf32>, tensor<24xf32>, !row, !scale, !scale, !scale, !scale)
  %shared:3 = wav.read_grad query(%query, %query2) bank(%bank) grad(%g, %h weight %own#3, %own#4 lse_grad %own#5, %own#6)
      {epsilon = 1.0e-6 : f64, resultSegmentSizes = array<i32: 2, 0, 1, 0, 0, 0, 0>}
      : (tensor<24xf32>, tensor<24xf32>, !rows, !row, !row, !scale, !scale, !scale, !scale)
      -> (tensor<24xf32>, tensor<24xf32>, !wav.bank<2 x tensor<5x24xf32>>)
  %grad = wav.take %shared#2[1] : (!wav.bank<2 x tensor<5x24xf32>>) -> tensor<5x24xf32>
  return %y#0, %y#1, %y#2, %y#5, %own#0, %own#2, %own#3, %own#6, %shared#1, %grad
      : !row, !row, !scale, !scale, tensor<24xf32>, !row, !scale, !scale, tensor<24xf32>, tensor<5x24xf32>
}

func.func @row_sum_times(%x: !row, %y: !row, %z: tensor<5x24xf32>) -> (!scale, tensor<24xf32>)
    attributes {wav.gradient = "vjp"} {
  %s = wav.row_sum %x times %y per token : (!row, !row) -> !scale
  %t = wav.row_sum %x times %z per channel : (!row, tensor<5x24xf32>) -> tensor<24xf32>
  return %s, %t : !scale, tensor<24xf32>
}
