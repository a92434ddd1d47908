// Options of schemes with details.
// RUN: wav-opt %s --split-input-file --wav-build="batch=1 entries=eval" 2>/dev/null | FileCheck %s

// Details only of complete blocks; none at the final read.
// CHECK-LABEL: module
// CHECK: func.func @eval
// CHECK: %[[X0:.*]] = wav.embed
// CHECK: %[[ONE:.*]] = wav.fill
// CHECK: %[[B1:.*]] = wav.write
// CHECK-NOT: wav.match
// CHECK: wav.read {{.*}} open(%[[B1]] scaled %[[ONE]]) {{.*}}open_kinds = array<i64: -1>
// CHECK: %[[B2:.*]] = wav.write
// CHECK: wav.match %{{.*}} to %[[B2]] {epsilon
// CHECK: wav.match %{{.*}} to %[[B2]] {epsilon
// CHECK: wav.bank extend %{{.*}}, %[[B2]], %{{.*}}, %{{.*}} :
// CHECK: %[[BANK:.*]] = wav.bank %[[X0]], %[[B2]] :
// CHECK: %[[SCALES:.*]] = wav.bank %[[ONE]], %[[ONE]] :
// CHECK: %[[BIAS:.*]] = wav.get @model.final_read.bias
// CHECK: %[[KINDS:.*]] = arith.constant dense<-1> : tensor<2xi32>
// CHECK: wav.read query(%{{.*}}, bias %[[BIAS]]) bank(%[[BANK]], %[[SCALES]], %[[KINDS]])
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

// A bias for each source of a site, none where there are none; a key gain.
// CHECK-LABEL: module
// CHECK-NOT: self_attn_read.bias
// CHECK: wav.parameter @model.layers.0.self_attn_read.gain : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK-NOT: self_attn_read.bias
// CHECK: wav.parameter @model.layers.0.mlp_read.bias : tensor<2xf32>
// CHECK: wav.parameter @model.layers.1.self_attn_read.bias : tensor<2xf32>
// CHECK: wav.parameter @model.layers.1.mlp_read.bias : tensor<4xf32> {init_value = -2.000000e+00 : f64}
// CHECK: wav.parameter @model.final_read.bias : tensor<4xf32>
// CHECK: func.func @eval
// CHECK: %[[GAIN:.*]] = wav.get @model.layers.0.self_attn_read.gain
// CHECK: %[[QUERY:.*]] = wav.multiply %{{.*}}, %[[GAIN]]
// CHECK: wav.read query(%[[QUERY]]) bank(
// CHECK: open_kinds = array<i64: -1, 0, 1>
// CHECK: dense<[-1, -1, 0, 1]> : tensor<4xi32>
// CHECK: dense<[-1, -1, 0, 1]> : tensor<4xi32>
// CHECK: open_kinds = array<i64: -1, 2, 3>
// CHECK: dense<[-1, -1, 0, 1, -1, 2, 3]> : tensor<7xi32>
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
// CHECK: wav.read query(%{{.*}}, bias %[[BIAS]])
// CHECK: wav.read query(%{{.*}}, bias %[[BIAS]])
// CHECK: wav.read query(%{{.*}}, bias %[[BIAS]])
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
// CHECK: wav.read query(%{{.*}}, bias %[[BIAS]])
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
// CHECK: open_kinds = array<i64: -1, -1, -1>
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 2, rows = [<name = "sum">, <name = "phase", coefficients = [1, -1, 1, -1], match = "sum", bias_init = -2>,
      <name = "split", coefficients = [1, 1, -1, -1], match = "sum", bias_init = -2>], bias_mode = none>
}
