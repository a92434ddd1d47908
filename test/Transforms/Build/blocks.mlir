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
// CHECK: %[[NONE:.*]] = arith.constant dense<-1> : tensor<i32>
// CHECK: %[[SX0:.*]] = wav.source %[[X0]] scaled %[[ONE]] bias %[[NONE]] : {{.*}} -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
// CHECK: %[[BANK:.*]] = wav.bank %[[SX0]] : {{.*}} -> !wav.bank<1 x tensor<4x8xf32>, scaled, biased>
// CHECK: %[[QUERY:.*]] = wav.get @model.layers.0.self_attn_read.query
// CHECK: %[[BIAS:.*]] = wav.get @model.layers.0.self_attn_read.bias
// CHECK: wav.read query(%[[QUERY]] bias %[[BIAS]]) bank(%[[BANK]]) {epsilon = 1.000000e-03 : f64}

// Attention, first half.
// CHECK: %[[B1:.*]] = wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P1:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S1:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[SB1:.*]] = wav.source %[[B1]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P1]] to %[[B1]] {detach, epsilon = 1.000000e-03 : f64}
// CHECK: %[[ZERO:.*]] = arith.constant dense<0> : tensor<i32>
// CHECK: %[[SP1:.*]] = wav.source %[[P1]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S1]] to %[[B1]] {detach
// CHECK: %[[UNIT:.*]] = arith.constant dense<1> : tensor<i32>
// CHECK: %[[SS1:.*]] = wav.source %[[S1]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: wav.read {{.*}} bank(%[[BANK]]) open(%[[SB1]], %[[SP1]], %[[SS1]]) {epsilon = 1.000000e-03 : f64}
// MLP, first half.
// CHECK: %[[B2:.*]] = wav.write %[[U:.*]] into %[[B1]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P2:.*]] = wav.write %[[U]] into %[[P1]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S2:.*]] = wav.write %[[U]] into %[[S1]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[SB2:.*]] = wav.source %[[B2]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P2]] to %[[B2]] {detach
// CHECK: %[[SP2:.*]] = wav.source %[[P2]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S2]] to %[[B2]] {detach
// CHECK: %[[SS2:.*]] = wav.source %[[S2]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: wav.read {{.*}} bank(%[[BANK]]) open(%[[SB2]], %[[SP2]], %[[SS2]]) {
// Attention, second half.
// CHECK: %[[B3:.*]] = wav.write %[[U:.*]] into %[[B2]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P3:.*]] = wav.write %[[U]] into %[[P2]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S3:.*]] = wav.write %[[U]] into %[[S2]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[SB3:.*]] = wav.source %[[B3]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P3]] to %[[B3]] {detach
// CHECK: %[[SP3:.*]] = wav.source %[[P3]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S3]] to %[[B3]] {detach
// CHECK: %[[SS3:.*]] = wav.source %[[S3]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: wav.read {{.*}} bank(%[[BANK]]) open(%[[SB3]], %[[SP3]], %[[SS3]]) {
// MLP, second half; the block is complete.
// CHECK: %[[B4:.*]] = wav.write %[[U:.*]] into %[[B3]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P4:.*]] = wav.write %[[U]] into %[[P3]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S4:.*]] = wav.write %[[U]] into %[[S3]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[SB4:.*]] = wav.source %[[B4]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P4]] to %[[B4]] {detach
// CHECK: %[[SP4:.*]] = wav.source %[[P4]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S4]] to %[[B4]] {detach
// CHECK: %[[SS4:.*]] = wav.source %[[S4]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: %[[BANK2:.*]] = wav.bank %[[BANK]], %[[SB4]], %[[SP4]], %[[SS4]] : {{.*}} -> !wav.bank<4 x tensor<4x8xf32>, scaled, biased>

// The first site of block 2 has no open sources. Its halves are one sublayer each.
// CHECK: wav.read {{.*}} bank(%[[BANK2]]) {epsilon
// CHECK: %[[B5:.*]] = wav.write %[[U:.*]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P5:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S5:.*]] = wav.write %[[U]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[SB5:.*]] = wav.source %[[B5]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P5]] to %[[B5]] {detach
// CHECK: %[[SP5:.*]] = wav.source %[[P5]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S5]] to %[[B5]] {detach
// CHECK: %[[SS5:.*]] = wav.source %[[S5]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: wav.read {{.*}} bank(%[[BANK2]]) open(%[[SB5]], %[[SP5]], %[[SS5]]) {
// CHECK: %[[B6:.*]] = wav.write %[[U:.*]] into %[[B5]] {coefficient = 1.000000e+00 : f64}
// CHECK: %[[P6:.*]] = wav.write %[[U]] into %[[P5]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[S6:.*]] = wav.write %[[U]] into %[[S5]] {coefficient = -1.000000e+00 : f64}
// CHECK: %[[SB6:.*]] = wav.source %[[B6]] scaled %[[ONE]] bias %[[NONE]] :
// CHECK: %[[MP:.*]] = wav.match %[[P6]] to %[[B6]] {detach
// CHECK: %[[SP6:.*]] = wav.source %[[P6]] scaled %[[MP]] bias %[[ZERO]] :
// CHECK: %[[MS:.*]] = wav.match %[[S6]] to %[[B6]] {detach
// CHECK: %[[SS6:.*]] = wav.source %[[S6]] scaled %[[MS]] bias %[[UNIT]] :
// CHECK: %[[BANK3:.*]] = wav.bank %[[BANK2]], %[[SB6]], %[[SP6]], %[[SS6]] : {{.*}} -> !wav.bank<7 x

// The final read sees all blocks.
// CHECK: wav.get @model.final_read.query
// CHECK: %[[Y:.*]], %{{.*}}, %{{.*}} = wav.read {{.*}} bank(%[[BANK3]]) {
// CHECK: wav.rms_norm %[[Y]]
