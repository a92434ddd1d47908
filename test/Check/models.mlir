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
  %kinds1 = arith.constant dense<-1> : tensor<1xi32>
  %kinds3 = arith.constant dense<[-1, -1, 0]> : tensor<3xi32>
  %kinds5 = arith.constant dense<[-1, -1, 0, -1, 1]> : tensor<5xi32>
  %x = wav.embed %table, %tokens : (!table, !index) -> !row
  %bank1 = wav.bank %x : (!row) -> !rows1
  %scales1 = wav.bank %one : (!scale) -> !scales1

  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %y2 = wav.read query(%q, bias %bias) bank(%bank1, %scales1, %kinds1) open(%u1 scaled %one) {epsilon = 0.1 : f64, open_kinds = array<i64: 1>}
    : (!vec, tensor<2xf32>, !rows1, !scales1, tensor<1xi32>, !row, !scale) -> !row
  %u2 = wav.matmul %y2, %w2 {transpose_b} : (!row, !mat) -> !row
  %sum1 = wav.write %u2 into %u1 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split1 = wav.write %u2 into %u1 {coefficient = -1.0 : f64} : (!row, !row) -> !row
  %s1 = wav.match %split1 to %sum1 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale

  %bank3 = wav.bank extend %bank1, %sum1, %split1 : (!rows1, !row, !row) -> !rows3
  %scales3 = wav.bank extend %scales1, %one, %s1 : (!scales1, !scale, !scale) -> !scales3
  %y3 = wav.read query(%q2, bias %bias) bank(%bank3, %scales3, %kinds3) {epsilon = 0.1 : f64}
    : (!vec, tensor<2xf32>, !rows3, !scales3, tensor<3xi32>) -> !row
  %u3 = wav.matmul %y3, %w3 {transpose_b} : (!row, !mat) -> !row
  %s3 = wav.match %u3 to %u1 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale
  %y4 = wav.read query(%q, bias %bias) bank(%bank3, %scales3, %kinds3) open(%u3, %u3 scaled %one, %s3) {epsilon = 0.1 : f64, open_kinds = array<i64: -1, 0>}
    : (!vec, tensor<2xf32>, !rows3, !scales3, tensor<3xi32>, !row, !row, !scale, !scale) -> !row
  %u4 = wav.matmul %y4, %w4 {transpose_b} : (!row, !mat) -> !row
  %sum2 = wav.write %u4 into %u3 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split2 = wav.write %u4 into %u3 {coefficient = -0.5 : f64} : (!row, !row) -> !row
  %s4 = wav.match %split2 to %sum2 {epsilon = 0.1 : f64, detach} : (!row, !row) -> !scale

  %bank5 = wav.bank extend %bank3, %sum2, %split2 : (!rows3, !row, !row) -> !rows5
  %scales5 = wav.bank extend %scales3, %one, %s4 : (!scales3, !scale, !scale) -> !scales5
  %y5 = wav.read query(%q, bias %bias) bank(%bank5, %scales5, %kinds5) {epsilon = 0.1 : f64}
    : (!vec, tensor<2xf32>, !rows5, !scales5, tensor<5xi32>) -> !row
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
  %kinds1 = arith.constant dense<0> : tensor<1xi32>
  %kinds3 = arith.constant dense<[0, -1, 0]> : tensor<3xi32>
  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %s1 = wav.match %x to %u1 {epsilon = 0.1 : f64} : (!row, !row) -> !scale
  %bank1 = wav.bank %x : (!row) -> !rows1
  %scales1 = wav.bank %s1 : (!scale) -> !scales1
  %y1 = wav.read query(%q, bias %bias) bank(%bank1, %scales1, %kinds1) open(%u1, %x scaled %s1, %one) {epsilon = 0.1 : f64, open_kinds = array<i64: -1, 0>}
    : (!vec, tensor<1xf32>, !rows1, !scales1, tensor<1xi32>, !row, !row, !scale, !scale) -> !row
  %u2 = wav.matmul %y1, %w2 {transpose_b} : (!row, !mat) -> !row
  %s2 = wav.match %u2 to %y1 {epsilon = 0.1 : f64} : (!row, !row) -> !scale
  %y2 = wav.read query(%q, bias %bias) bank(%bank1, %scales1, %kinds1) open(%u2 scaled %s2) base(%y1) {epsilon = 0.1 : f64, open_kinds = array<i64: 0>}
    : (!vec, tensor<1xf32>, !rows1, !scales1, tensor<1xi32>, !row, !scale, !row) -> !row
  %bank3 = wav.bank extend %bank1, %u2, %y2 : (!rows1, !row, !row) -> !rows3
  %scales3 = wav.bank extend %scales1, %s2, %one : (!scales1, !scale, !scale) -> !scales3
  %y3 = wav.read query(%q, bias %bias) bank(%bank3, %scales3, %kinds3) {epsilon = 0.1 : f64}
    : (!vec, tensor<1xf32>, !rows3, !scales3, tensor<3xi32>) -> !row
  // The bank that was extended is read once more, and so are its scales.
  %y4 = wav.read query(%q, bias %bias) bank(%bank1, %scales1, %kinds1) base(%y3) {epsilon = 0.1 : f64}
    : (!vec, tensor<1xf32>, !rows1, !scales1, tensor<1xi32>, !row) -> !row
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
  %kinds1 = arith.constant dense<-1> : tensor<1xi32>
  %kinds3 = arith.constant dense<-1> : tensor<3xi32>
  %bank1 = wav.bank %x : (!row) -> !rows1
  %scales1 = wav.bank %one : (!scale) -> !scales1
  %u1 = wav.matmul %x, %w1 {transpose_b} : (!row, !mat) -> !row
  %y1 = wav.read query(%q) bank(%bank1, %scales1, %kinds1) open(%u1 scaled %one) {epsilon = 0.1 : f64, open_kinds = array<i64: -1>}
    : (!vec, !rows1, !scales1, tensor<1xi32>, !row, !scale) -> !row
  %u2 = wav.matmul %y1, %w2 {transpose_b} : (!row, !mat) -> !row
  %sum = wav.write %u2 into %u1 {coefficient = 1.0 : f64} : (!row, !row) -> !row
  %split = wav.write %u2 into %u1 {coefficient = -1.0 : f64} : (!row, !row) -> !row
  %bank3 = wav.bank extend %bank1, %sum, %split : (!rows1, !row, !row) -> !rows3
  %scales3 = wav.bank extend %scales1, %one, %one : (!scales1, !scale, !scale) -> !scales3
  %y2 = wav.read query(%q) bank(%bank3, %scales3, %kinds3) {epsilon = 0.1 : f64}
    : (!vec, !rows3, !scales3, tensor<3xi32>) -> !row
  %last = wav.bank %x, %sum, %y2 : (!row, !row, !row) -> !rows3
  %y3 = wav.read query(%q) bank(%last, %scales3, %kinds3) {epsilon = 0.1 : f64}
    : (!vec, !rows3, !scales3, tensor<3xi32>) -> !row
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
