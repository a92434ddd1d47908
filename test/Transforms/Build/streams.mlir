// Schemes that keep a stream.
// RUN: wav-opt %s --split-input-file --wav-build="batch=1 entries=eval" | FileCheck %s

// A scale per sublayer (ReZero).
// CHECK-LABEL: module
// CHECK: wav.parameter @model.layers.0.self_attn_scale : tensor<1xf32> {init_value = 0.000000e+00 : f64}
// CHECK: wav.parameter @model.layers.0.mlp_scale : tensor<1xf32> {init_value = 0.000000e+00 : f64}
// CHECK: func.func @eval
// CHECK-NOT: wav.read
// CHECK-NOT: wav.bank
// CHECK: %[[X0:.*]] = wav.embed
// CHECK: %[[S:.*]] = wav.get @model.layers.0.self_attn_scale
// CHECK: %[[X1:.*]] = wav.write %{{.*}} into %[[X0]] scaled %[[S]] per tensor {coefficient = 1.000000e+00 : f64}
// CHECK: %[[S:.*]] = wav.get @model.layers.0.mlp_scale
// CHECK: %[[X2:.*]] = wav.write %{{.*}} into %[[X1]] scaled %[[S]]
// CHECK: wav.rms_norm %[[X2]]
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "stream">], normaliser = none, write_scale = scalar, write_scale_init = 0>
}

// -----

// A scale per channel (LayerScale).
// CHECK-LABEL: module
// CHECK: wav.parameter @model.layers.0.self_attn_scale : tensor<8xf32> {init_value = 1.000000e-01 : f64}
// CHECK: wav.parameter @model.layers.0.mlp_scale : tensor<8xf32>
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "stream">], normaliser = none, write_scale = vector, write_scale_init = 0.1>
}

// -----

// A scale per channel and block.
// CHECK-LABEL: module
// CHECK: wav.parameter @model.blocks.0.scale : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK: wav.parameter @model.blocks.1.scale : tensor<8xf32> {init_value = 1.000000e+00 : f64}
// CHECK-NOT: _scale
// CHECK: %[[S0:.*]] = wav.get @model.blocks.0.scale
// CHECK: wav.write %{{.*}} into %{{.*}} scaled %[[S0]] per channel
// CHECK: wav.write %{{.*}} into %{{.*}} scaled %[[S0]] per channel
// CHECK: wav.write %{{.*}} into %{{.*}} scaled %[[S0]] per channel
// CHECK: %[[S1:.*]] = wav.get @model.blocks.1.scale
// CHECK: wav.write %{{.*}} into %{{.*}} scaled %[[S1]] per channel
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 2, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<block_size = 3, rows = [<name = "stream">], normaliser = none, write_scale = block_vector>
}

// -----

// A stream beside the rows is added to every read. Scales apply to all writes.
// CHECK-LABEL: module
// CHECK: func.func @eval
// CHECK: %[[X0:.*]] = wav.embed
// CHECK: %[[MIX0:.*]], %{{.*}}, %{{.*}} = wav.read
// CHECK: arith.addf %[[MIX0]], %[[X0]]
// CHECK: %[[SUM:.*]] = wav.write %[[U:.*]] scaled %[[S:.*]] {coefficient
// CHECK: %[[X1:.*]] = wav.write %[[U]] into %[[X0]] scaled %[[S]]
// CHECK: %[[SOURCE:.*]] = wav.source %[[SUM]] scaled
// CHECK: %[[MIX1:.*]], %{{.*}}, %{{.*}} = wav.read {{.*}} open(%[[SOURCE]])
// CHECK: arith.addf %[[MIX1]], %[[X1]]
// CHECK: %[[X2:.*]] = wav.write %{{.*}} into %[[X1]]
// CHECK: %[[MIX2:.*]], %{{.*}}, %{{.*}} = wav.read
// CHECK: arith.addf %[[MIX2]], %[[X2]]
wav.model @m {
  vocab_size = 12, hidden_size = 8, intermediate_size = 16,
  num_hidden_layers = 1, num_attention_heads = 2, max_position_embeddings = 4,
  rms_norm_eps = 0.001, rope_theta = 100, initializer_range = 0.5,
  tie_word_embeddings = true,
  residual = #wav.residual<rows = [<name = "sum">], base = true, write_scale = scalar>
}
