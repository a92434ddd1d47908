// RUN: wav-check %s --backend=cpu,simt --simt-seeds=3

// Small models: how gradient rules work together, in banks above all.

!index = tensor<4xi32>
!vec = tensor<6xf32>
!mat = tensor<6x6xf32>
!table = tensor<5x6xf32>
!row = tensor<4x6xf32>
!scale = tensor<4xf32>
!rows1 = !wav.bank<1 x tensor<4x6xf32>>
!rows3 = !wav.bank<3 x tensor<4x6xf32>>
!rows5 = !wav.bank<5 x tensor<4x6xf32>>
!scales1 = !wav.bank<1 x tensor<4xf32>>
!scales3 = !wav.bank<3 x tensor<4xf32>>
!scales5 = !wav.bank<5 x tensor<4xf32>>

// Two blocks of two sublayers with matched, biased details that open blocks
// expose: three reads share the bank of each block; tied embedding.
func.func @routed(
    %table: !table {wav.range = [-0.7, 0.7]},
    %w1: !mat {wav.range = [-0.7, 0.7]},
    %w2: !mat {wav.range = [-0.7, 0.7]},
    %w3: !mat {wav.range = [-0.7, 0.7]},
    %w4: !mat {wav.range = [-0.7, 0.7]},
    %q: !vec {wav.range = [-0.7, 0.7]},
    %q2: !vec {wav.range = [-0.7, 0.7]},
    %bias: tensor<2xf32> {wav.range = [-0.7, 0.7]},
    %tokens: !index {wav.range = [0, 5]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %one = wav.fill {value = 1.0 : f64} : !scale
  %x = wav.embed %table, %tokens : (!table, !index) -> !row
  %none = arith.constant dense<-1> : tensor<i32>
  %bank1_0 = wav.source %x scaled %one bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank1 = wav.bank %bank1_0
      : (!wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>

  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %bias1 = arith.constant dense<1> : tensor<i32>
  %source1 = wav.source %u1 scaled %one bias %bias1
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %y2, %y2_max, %y2_sum = wav.read query(%q bias %bias) bank(%bank1) open(%source1) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<2xf32>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %u2 = wav.matmul %y2, %w2 {transpose_b} : (!row, !mat) -> !row
  %sum1 = wav.write %u2 into %u1 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split1 = wav.write %u2 into %u1 {coefficient = -1.0 : f64} : (!row, !row) -> !row
  %s1 = wav.match %split1 to %sum1 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale

  %bias0 = arith.constant dense<0> : tensor<i32>
  %bank3_1 = wav.source %sum1 scaled %one bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank3_2 = wav.source %split1 scaled %s1 bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank3 = wav.bank %bank1, %bank3_1, %bank3_2
      : (!wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> !wav.bank<3 x tensor<4x6xf32>, scaled, biased>
  %y3, %y3_max, %y3_sum = wav.read query(%q2 bias %bias) bank(%bank3) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<2xf32>, !wav.bank<3 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %u3 = wav.matmul %y3, %w3 {transpose_b} : (!row, !mat) -> !row
  %s3 = wav.match %u3 to %u1 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale
  %source2 = wav.source %u3 scaled %one bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %source3 = wav.source %u3 scaled %s3 bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %y4, %y4_max, %y4_sum = wav.read query(%q bias %bias) bank(%bank3) open(%source2, %source3) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<2xf32>, !wav.bank<3 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %u4 = wav.matmul %y4, %w4 {transpose_b} : (!row, !mat) -> !row
  %sum2 = wav.write %u4 into %u3 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split2 = wav.write %u4 into %u3 {coefficient = -0.5 : f64} : (!row, !row) -> !row
  %s4 = wav.match %split2 to %sum2 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale

  %bank5_3 = wav.source %sum2 scaled %one bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank5_4 = wav.source %split2 scaled %s4 bias %bias1
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank5 = wav.bank %bank3, %bank5_3, %bank5_4
      : (!wav.bank<3 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> !wav.bank<5 x tensor<4x6xf32>, scaled, biased>
  %y5, %y5_max, %y5_sum = wav.read query(%q bias %bias) bank(%bank5) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<2xf32>, !wav.bank<5 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %logits = wav.matmul %y5, %table {transpose_b} : (!row, !table) -> tensor<4x5xf32>
  %loss = wav.cross_entropy %logits, %tokens : (tensor<4x5xf32>, !index) -> tensor<f32>
  return %loss : tensor<f32>
}

// Matches that pass gradients on, scales that several reads of growing banks
// share.
func.func @matched(
    %x: !row,
    %w1: !mat,
    %w2: !mat,
    %q: !vec,
    %bias: tensor<1xf32>,
    %tokens: !index {wav.range = [0, 5]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %one = wav.fill {value = 1.0 : f64} : !scale
  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %s1 = wav.match %x to %u1 {epsilon = 0.1 : f64} : (!row, !row) -> !scale
  %bias0 = arith.constant dense<0> : tensor<i32>
  %bank1_0 = wav.source %x scaled %s1 bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank1 = wav.bank %bank1_0
      : (!wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %none = arith.constant dense<-1> : tensor<i32>
  %source1 = wav.source %u1 scaled %s1 bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %source2 = wav.source %x scaled %one bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %y1, %y1_max, %y1_sum = wav.read query(%q bias %bias) bank(%bank1) open(%source1, %source2) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<1xf32>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %u2 = wav.matmul %y1, %w2 {transpose_b} : (!row, !mat) -> !row
  %s2 = wav.match %u2 to %y1 {epsilon = 0.1 : f64} : (!row, !row) -> !scale
  %source3 = wav.source %u2 scaled %s2 bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %y2_mix, %y2_max, %y2_sum = wav.read query(%q bias %bias) bank(%bank1) open(%source3) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<1xf32>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %y2 = arith.addf %y2_mix, %y1 : !row
  %bank3_1 = wav.source %u2 scaled %s2 bias %none
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank3_2 = wav.source %y2 scaled %one bias %bias0
      : (tensor<4x6xf32>, tensor<4xf32>, tensor<i32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled, biased>
  %bank3 = wav.bank %bank1, %bank3_1, %bank3_2
      : (!wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> !wav.bank<3 x tensor<4x6xf32>, scaled, biased>
  %y3, %y3_max, %y3_sum = wav.read query(%q bias %bias) bank(%bank3) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<1xf32>, !wav.bank<3 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  // The bank that was extended is read once more, and so are its scales.
  %y4_mix, %y4_max, %y4_sum = wav.read query(%q bias %bias) bank(%bank1) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, tensor<1xf32>, !wav.bank<1 x tensor<4x6xf32>, scaled, biased>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %y4 = arith.addf %y4_mix, %y3 : !row
  %loss = wav.cross_entropy %y4, %tokens : (!row, !index) -> tensor<f32>
  return %loss : tensor<f32>
}

// Rows that are in two banks: the last read leaves details out.
func.func @two_banks(
    %x: !row,
    %w1: !mat,
    %w2: !mat,
    %q: !vec,
    %tokens: !index {wav.range = [0, 5]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %one = wav.fill {value = 1.0 : f64} : !scale
  %bank1_0 = wav.source %x scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %bank1 = wav.bank %bank1_0
      : (!wav.bank<1 x tensor<4x6xf32>, scaled>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %source1 = wav.source %u1 scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %y1, %y1_max, %y1_sum = wav.read query(%q) bank(%bank1) open(%source1) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, !wav.bank<1 x tensor<4x6xf32>, scaled>, !wav.bank<1 x tensor<4x6xf32>, scaled>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %u2 = wav.matmul %y1, %w2 {transpose_b} : (!row, !mat) -> !row
  %sum = wav.write %u2 into %u1 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split = wav.write %u2 into %u1 {coefficient = -1.0 : f64} : (!row, !row) -> !row
  %bank3_1 = wav.source %sum scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %bank3_2 = wav.source %split scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %bank3 = wav.bank %bank1, %bank3_1, %bank3_2
      : (!wav.bank<1 x tensor<4x6xf32>, scaled>, !wav.bank<1 x tensor<4x6xf32>, scaled>, !wav.bank<1 x tensor<4x6xf32>, scaled>) -> !wav.bank<3 x tensor<4x6xf32>, scaled>
  %y2, %y2_max, %y2_sum = wav.read query(%q) bank(%bank3) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, !wav.bank<3 x tensor<4x6xf32>, scaled>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %last_0 = wav.source %x scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %last_1 = wav.source %sum scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %last_2 = wav.source %y2 scaled %one
      : (tensor<4x6xf32>, tensor<4xf32>) -> !wav.bank<1 x tensor<4x6xf32>, scaled>
  %last = wav.bank %last_0, %last_1, %last_2
      : (!wav.bank<1 x tensor<4x6xf32>, scaled>, !wav.bank<1 x tensor<4x6xf32>, scaled>, !wav.bank<1 x tensor<4x6xf32>, scaled>) -> !wav.bank<3 x tensor<4x6xf32>, scaled>
  %y3, %y3_max, %y3_sum = wav.read query(%q) bank(%last) {epsilon = 0.1 : f64}
      : (tensor<6xf32>, !wav.bank<3 x tensor<4x6xf32>, scaled>) -> (!row, tensor<4xf32>, tensor<4xf32>)
  %loss = wav.cross_entropy %y3, %tokens : (!row, !index) -> tensor<f32>
  return %loss : tensor<f32>
}

// A stream: pre-norm attention and gated MLP, with rotary embeddings and
// scaled writes, LayerScale's and ReZero's.
func.func @stream(
    %table: !table {wav.range = [-0.7, 0.7]},
    %g1: !vec {wav.range = [-0.7, 0.7]},
    %wq: !mat {wav.range = [-0.7, 0.7]},
    %wk: !mat {wav.range = [-0.7, 0.7]},
    %wv: !mat {wav.range = [-0.7, 0.7]},
    %wo: !mat {wav.range = [-0.7, 0.7]},
    %scale1: !vec {wav.range = [-0.7, 0.7]},
    %g2: !vec {wav.range = [-0.7, 0.7]},
    %gate: tensor<8x6xf32> {wav.range = [-0.7, 0.7]},
    %up: tensor<8x6xf32> {wav.range = [-0.7, 0.7]},
    %down: tensor<6x8xf32> {wav.range = [-0.7, 0.7]},
    %scale2: tensor<1xf32> {wav.range = [-0.7, 0.7]},
    %tokens: !index {wav.range = [0, 5]},
    %targets: !index {wav.range = [0, 5]}) -> tensor<f32>
    attributes {wav.gradient = "arguments"} {
  %angles = wav.rope_table {theta = 100.0 : f64} : tensor<2x2xf32>
  %x0 = wav.embed %table, %tokens : (!table, !index) -> !row
  %n1 = wav.rms_norm %x0, %g1 {epsilon = 0.1 : f64} : (!row, !vec) -> !row
  %q = wav.matmul %n1, %wq {transpose_b} : (!row, !mat) -> !row
  %k = wav.matmul %n1, %wk {transpose_b} : (!row, !mat) -> !row
  %v = wav.matmul %n1, %wv {transpose_b} : (!row, !mat) -> !row
  %qr = wav.rope %q, %angles {heads = 3 : i64, sequence_length = 2 : i64} : (!row, tensor<2x2xf32>) -> !row
  %kr = wav.rope %k, %angles {heads = 3 : i64, sequence_length = 2 : i64} : (!row, tensor<2x2xf32>) -> !row
  %o, %max, %inverse_sum = wav.attention %qr, %kr, %v {batch = 2 : i64, heads = 3 : i64} : (!row, !row, !row) -> (!row, tensor<12xf32>, tensor<12xf32>)
  %u1 = wav.matmul %o, %wo {transpose_b} : (!row, !mat) -> !row
  %x1 = wav.write %u1 into %x0 scaled %scale1 per channel {coefficient = 1.0 : f64} : (!row, !row, !vec) -> !row
  %n2 = wav.rms_norm %x1, %g2 {epsilon = 0.1 : f64} : (!row, !vec) -> !row
  %hg = wav.matmul %n2, %gate {transpose_b} : (!row, tensor<8x6xf32>) -> tensor<4x8xf32>
  %hu = wav.matmul %n2, %up {transpose_b} : (!row, tensor<8x6xf32>) -> tensor<4x8xf32>
  %h = wav.swiglu %hg, %hu : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %u2 = wav.matmul %h, %down {transpose_b} : (tensor<4x8xf32>, tensor<6x8xf32>) -> !row
  %x2 = wav.write %u2 into %x1 scaled %scale2 per tensor {coefficient = 2.0 : f64} : (!row, !row, tensor<1xf32>) -> !row
  %logits = wav.matmul %x2, %table {transpose_b} : (!row, !table) -> tensor<4x5xf32>
  %loss = wav.cross_entropy %logits, %targets : (tensor<4x5xf32>, !index) -> tensor<f32>
  return %loss : tensor<f32>
}
