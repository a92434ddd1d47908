// Options of schemes with details.
// RUN: wav-opt %s --split-input-file --wav-build="batch=1 entries=eval" 2>/dev/null | FileCheck %s

// Details only of complete blocks; none at the final read.
// CHECK-LABEL: module
// CHECK: func.func @eval
// CHECK: %[[X0:.*]] = wav.embed
// CHECK: %[[ONE:.*]] = wav.fill
// CHECK: %[[NONE:.*]] = arith.constant dense<-1> : tensor<i32>
// CHECK: %[[SX0:.*]] = wav.source %[[X0]] scaled %[[ONE]] bias %[[NONE]]
// CHECK: %[[BANK:.*]] = wav.bank %[[SX0]] :
// CHECK: %[[B1:.*]] = wav.write
// CHECK-NOT: wav.match
// CHECK: %[[SB1:.*]] = wav.source %[[B1]] scaled %[[ONE]] bias %[[NONE]]
// CHECK: wav.read {{.*}} bank(%[[BANK]]) open(%[[SB1]]) {
// CHECK: %[[B2:.*]] = wav.write
// CHECK: %[[SB2:.*]] = wav.source %[[B2]] scaled %[[ONE]] bias %[[NONE]]
// CHECK: %[[MP:.*]] = wav.match %[[P2:.*]] to %[[B2]] {epsilon
// CHECK: %[[SP2:.*]] = wav.source %[[P2]] scaled %[[MP]]
// CHECK: %[[MS:.*]] = wav.match %[[S2:.*]] to %[[B2]] {epsilon
// CHECK: %[[SS2:.*]] = wav.source %[[S2]] scaled %[[MS]]
// CHECK: wav.bank %[[BANK]], %[[SB2]], %[[SP2]], %[[SS2]] :
// CHECK: %[[LAST:.*]] = wav.bank %[[SX0]], %[[SB2]] :
// CHECK: %[[BIAS:.*]] = wav.get @model.final_read.bias
// CHECK: wav.read query(%{{.*}} bias %[[BIAS]]) bank(%[[LAST]]) {
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>],
      partial_details = completed, final_details = false, match_detach = false>
}

// -----

// Each site has a bias for each biased row of each of the two blocks, whether it
// sees the block or not; a key gain.
// CHECK-LABEL: module
// CHECK: wav.parameter @model.layers.0.self_attn_read.gain : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK: wav.parameter @model.layers.0.self_attn_read.bias : tensor<4xf32> {init_value = -2.000000e+00 : f64}
// CHECK: wav.parameter @model.layers.0.mlp_read.bias : tensor<4xf32>
// CHECK: wav.parameter @model.layers.1.self_attn_read.bias : tensor<4xf32>
// CHECK: wav.parameter @model.layers.1.mlp_read.bias : tensor<4xf32>
// CHECK: wav.parameter @model.final_read.bias : tensor<4xf32>
// CHECK: func.func @eval
// CHECK: %[[NONE:.*]] = arith.constant dense<-1> : tensor<i32>
// CHECK: %[[GAIN:.*]] = wav.get @model.layers.0.self_attn_read.gain
// CHECK: %[[QUERY:.*]] = arith.mulf %{{.*}}, %[[GAIN]] : tensor<8xf32>
// CHECK: %[[BIAS:.*]] = wav.get @model.layers.0.self_attn_read.bias
// CHECK: wav.read query(%[[QUERY]] bias %[[BIAS]]) bank(
// CHECK: %[[A0:.*]] = wav.source {{.*}} bias %[[NONE]] :
// CHECK: %[[I0:.*]] = arith.constant dense<0> : tensor<i32>
// CHECK: %[[A1:.*]] = wav.source {{.*}} bias %[[I0]] :
// CHECK: %[[I1:.*]] = arith.constant dense<1> : tensor<i32>
// CHECK: %[[A2:.*]] = wav.source {{.*}} bias %[[I1]] :
// CHECK: wav.read {{.*}} open(%[[A0]], %[[A1]], %[[A2]]) {
// CHECK: %[[B0:.*]] = wav.source {{.*}} bias %[[NONE]] :
// CHECK: %[[B1:.*]] = wav.source {{.*}} bias %[[I0]] :
// CHECK: %[[B2:.*]] = wav.source {{.*}} bias %[[I1]] :
// CHECK: %[[BANK:.*]] = wav.bank %{{.*}}, %[[B0]], %[[B1]], %[[B2]] :
// CHECK: wav.read {{.*}} bank(%[[BANK]]) {
// CHECK: %[[C0:.*]] = wav.source {{.*}} bias %[[NONE]] :
// CHECK: %[[I2:.*]] = arith.constant dense<2> : tensor<i32>
// CHECK: %[[C1:.*]] = wav.source {{.*}} bias %[[I2]] :
// CHECK: %[[I3:.*]] = arith.constant dense<3> : tensor<i32>
// CHECK: %[[C2:.*]] = wav.source {{.*}} bias %[[I3]] :
// CHECK: wav.read {{.*}} bank(%[[BANK]]) open(%[[C0]], %[[C1]], %[[C2]]) {
// CHECK: %[[D0:.*]] = wav.source {{.*}} bias %[[NONE]] :
// CHECK: %[[D1:.*]] = wav.source {{.*}} bias %[[I2]] :
// CHECK: %[[D2:.*]] = wav.source {{.*}} bias %[[I3]] :
// CHECK: %[[LAST:.*]] = wav.bank %[[BANK]], %[[D0]], %[[D1]], %[[D2]] :
// CHECK: wav.read {{.*}} bank(%[[LAST]]) {
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 2, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>],
      bias_scope = source, key_gain = true>
}

// -----

// One bias for all sites.
// CHECK-LABEL: module
// CHECK: wav.parameter @model.read.bias : tensor<2xf32> {init_value = -2.000000e+00 : f64}
// CHECK-NOT: .bias
// CHECK: %[[BIAS:.*]] = wav.get @model.read.bias
// CHECK: wav.read query(%{{.*}} bias %[[BIAS]])
// CHECK: wav.read query(%{{.*}} bias %[[BIAS]])
// CHECK: wav.read query(%{{.*}} bias %[[BIAS]])
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>], bias_scope = type>
}

// -----

// Learned ones start at a value for each row.
// CHECK-LABEL: module
// CHECK: wav.parameter @model.final_read.bias : tensor<2xf32> {init_value = 0.000000e+00 : f64, init_values = array<f64: -1.000000e+00, 5.000000e-01>}
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "sum">, <name = "a", bias_init = -1>, <name = "b", bias_init = 0.5>]>
}

// -----

// Fixed biases are constants, of a value for each row.
// CHECK-LABEL: module
// CHECK-NOT: .bias
// CHECK: %[[BIAS:.*]] = arith.constant dense<[-1.000000e+00, 5.000000e-01]> : tensor<2xf32>
// CHECK: wav.read query(%{{.*}} bias %[[BIAS]])
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "sum">, <name = "a", bias_init = -1>, <name = "b", bias_init = 0.5>],
      bias_mode = fixed>
}

// -----

// CHECK-LABEL: module
// CHECK-NOT: .bias
// CHECK: func.func @eval
// CHECK-NOT: bias
// CHECK: wav.read {{.*}} open(%{{.*}}, %{{.*}}, %{{.*}}) {
// CHECK-NOT: bias
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>], bias_mode = none>
}
