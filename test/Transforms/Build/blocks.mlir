// Blocks of 4 in a network of 6 sublayers: online details, a boundary, and a
// short last block (method.md 2.2).
// RUN: wav-opt %s --wav-build="batch=1 entries=eval" | FileCheck %s

wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 3, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 4, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>]>
}

// CHECK-DAG: wav.parameter @model.layers.0.self_attn_read.query : tensor<8xf32> {init_value = 0.000000e+00 : f64}
// CHECK-DAG: wav.parameter @model.layers.0.self_attn_read.bias : tensor<2xf32> {init_value = -2.000000e+00 : f64}
// CHECK-DAG: wav.parameter @model.layers.2.mlp_read.query
// CHECK-DAG: wav.parameter @model.final_read.query
// CHECK-DAG: wav.parameter @model.final_read.bias : tensor<2xf32>

// Site 1 has one source.
// CHECK: %[[X0:.*]] = wav.embed
// CHECK: %[[ONE:.*]] = wav.fill {value = 1.000000e+00 : f64} : tensor<4xf32>
// CHECK: %[[BANK:.*]] = wav.bank %[[X0]] : {{.*}} -> !wav.bank<1 x tensor<4x8xf32>>
// CHECK: %[[SCALES:.*]] = wav.bank %[[ONE]] : {{.*}} -> !wav.bank<1 x tensor<4xf32>>
// CHECK: %[[QUERY:.*]] = wav.get @model.layers.0.self_attn_read.query
// CHECK: %[[BIAS:.*]] = wav.get @model.layers.0.self_attn_read.bias
// CHECK: %[[KINDS:.*]] = arith.constant dense<-1> : tensor<1xi32>
// CHECK: wav.read query(%[[QUERY]], bias %[[BIAS]]) bank(%[[BANK]], %[[SCALES]], %[[KINDS]]) {epsilon = 1.000000e-03 : f64}

// Attention, first half.
// CHECK: %[[B1:.*]] = wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P1:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S1:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[MP:.*]] = wav.match %[[P1]] to %[[B1]] {detach, epsilon = 1.000000e-03 : f64}
// CHECK: %[[MS:.*]] = wav.match %[[S1]] to %[[B1]] {detach
// CHECK: wav.read {{.*}} bank(%[[BANK]], %[[SCALES]], %{{.*}}) open(%[[B1]], %[[P1]], %[[S1]] scaled %[[ONE]], %[[MP]], %[[MS]]) {epsilon = 1.000000e-03 : f64, open_kinds = array<i64: -1, 0, 1>}
// MLP, first half.
// CHECK: %[[B2:.*]] = wav.write %[[U:.*]] into %[[B1]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P2:.*]] = wav.write %[[U]] into %[[P1]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S2:.*]] = wav.write %[[U]] into %[[S1]] {coefficient = 1.000000e+00 : f64}
// CHECK: wav.read {{.*}} bank(%[[BANK]], {{.*}} open(%[[B2]], %[[P2]], %[[S2]] scaled
// Attention, second half.
// CHECK: %[[B3:.*]] = wav.write %[[U:.*]] into %[[B2]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P3:.*]] = wav.write %[[U]] into %[[P2]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S3:.*]] = wav.write %[[U]] into %[[S2]] {coefficient = -1.000000e+00 : f64}
// CHECK: wav.read {{.*}} bank(%[[BANK]], {{.*}} open(%[[B3]], %[[P3]], %[[S3]] scaled
// MLP, second half; the block is complete.
// CHECK: %[[B4:.*]] = wav.write %[[U:.*]] into %[[B3]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P4:.*]] = wav.write %[[U]] into %[[P3]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S4:.*]] = wav.write %[[U]] into %[[S3]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[MP:.*]] = wav.match %[[P4]] to %[[B4]]
// CHECK: %[[MS:.*]] = wav.match %[[S4]] to %[[B4]]
// CHECK: %[[BANK2:.*]] = wav.bank extend %[[BANK]], %[[B4]], %[[P4]], %[[S4]] : {{.*}} -> !wav.bank<4 x tensor<4x8xf32>>
// CHECK: %[[SCALES2:.*]] = wav.bank extend %[[SCALES]], %[[ONE]], %[[MP]], %[[MS]] : {{.*}} -> !wav.bank<4 x tensor<4xf32>>

// The first site of block 2 has no open rows. Its halves are one sublayer each.
// CHECK: %[[KINDS2:.*]] = arith.constant dense<[-1, -1, 0, 1]> : tensor<4xi32>
// CHECK: wav.read {{.*}} bank(%[[BANK2]], %[[SCALES2]], %[[KINDS2]]) {epsilon
// CHECK: %[[B5:.*]] = wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P5:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S5:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: wav.read {{.*}} bank(%[[BANK2]], %[[SCALES2]], %{{.*}}) open(%[[B5]], %[[P5]], %[[S5]] scaled
// CHECK: %[[B6:.*]] = wav.write %[[U:.*]] into %[[B5]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P6:.*]] = wav.write %[[U]] into %[[P5]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S6:.*]] = wav.write %[[U]] into %[[S5]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[BANK3:.*]] = wav.bank extend %[[BANK2]], %[[B6]], %[[P6]], %[[S6]] : {{.*}} -> !wav.bank<7 x

// The final read sees all blocks.
// CHECK: wav.get @model.final_read.query
// CHECK: %[[KINDS3:.*]] = arith.constant dense<[-1, -1, 0, 1, -1, 0, 1]> : tensor<7xi32>
// CHECK: %[[Y:.*]] = wav.read {{.*}} bank(%[[BANK3]], %{{.*}}, %[[KINDS3]])
// CHECK: wav.rms_norm %[[Y]]
